package dev.muster.coordinator.machine;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;

/** Machines and their tokens as the contract shows them. What is not known is left out. */
final class MachineJson {

    private final Machines machines;

    MachineJson(Machines machines) {
        this.machines = machines;
    }

    JsonObject machine(MachineStore.Machine machine) {
        var json =
                new JsonObject()
                        .put("id", machine.id().toString())
                        .put("name", machine.name())
                        .put("status", machines.status(machine))
                        .put("slots", machine.slots())
                        .put("busy", machine.busy())
                        .put("capabilities", MachineStore.words(machine.capabilities()))
                        .put("degraded", machine.degraded())
                        .put("hardware", machine.hardware())
                        .put("registeredAt", machine.registeredAt().toInstant());
        if (!machine.status().equals("decommissioned")) {
            json.put("presence", machines.presence(machine));
        }
        if (machine.version() != null) {
            json.put("version", machine.version());
        }
        if (machine.seenAt() != null) {
            json.put("lastSeenAt", machine.seenAt().toInstant());
        }
        if (machine.cpu() != null) {
            json.put(
                    "load",
                    new JsonObject()
                            .put("cpu", machine.cpu())
                            .put("memory", machine.memory())
                            .put("disk", machine.disk()));
        }
        if (machine.change() != null) {
            json.put("change", change(machine.change()));
        }
        return json;
    }

    private static JsonObject change(MachineStore.Change change) {
        var json = new JsonObject().put("at", change.at().toInstant());
        if (change.by() != null) {
            json.put("by", change.by());
        }
        if (change.reason() != null) {
            json.put("reason", change.reason());
        }
        return json;
    }

    /** A machine as admins see it. */
    JsonObject machineForAdmins(MachineStore.Machine machine, MachineStore.Background background) {
        var json =
                machine(machine)
                        .put("cluster", background.cluster())
                        .put("incidents", background.incidents());
        if (background.boot() != null) {
            json.put("boot", background.boot().toString());
        }
        if (background.tokenId() != null) {
            var enrolment =
                    new JsonObject()
                            .put("tokenId", background.tokenId())
                            .put("label", background.tokenLabel());
            put(enrolment, "at", background.enrolledAt());
            put(enrolment, "by", background.tokenBy());
            json.put("enrolment", enrolment);
        }
        if (background.incident() != null) {
            json.put("lastIncident", background.incident());
        }
        return json;
    }

    /** A token without its secret. */
    static JsonObject token(EnrolmentStore.Token token) {
        var json =
                new JsonObject()
                        .put("id", token.id())
                        .put("label", token.label())
                        .put("cluster", token.cluster())
                        .put("status", token.status())
                        .put("createdAt", token.createdAt().toInstant())
                        .put("expiresAt", token.expiresAt().toInstant());
        put(json, "usedAt", token.usedAt());
        put(json, "revokedAt", token.revokedAt());
        put(json, "machineId", token.machine() == null ? null : token.machine().toString());
        return json;
    }

    private static void put(JsonObject json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value instanceof OffsetDateTime at ? at.toInstant() : value);
        }
    }
}
