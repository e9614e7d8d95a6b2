package dev.muster.coordinator.machine;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/** The edge of machines for people (seed 004, machines). */
public final class MachineRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Machines machines;
    private final Service service;

    public MachineRoutes(Machines machines, Service service) {
        this.machines = machines;
        this.service = service;
    }

    public void bind(Operations operations) {
        operations.on("listMachines", Access.LEAD, this::list);
        operations.on("getMachine", Access.LEAD, this::get);
        operations.on("drainMachine", Access.LEAD, this::drain);
        operations.on("undrainMachine", Access.LEAD, this::undrain);
        operations.on("decommissionMachine", Access.ADMIN, this::decommission);
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        machines.list(page.limit(), page.offset()).forEach(machine -> items.add(json(machine)));
        return Answer.page(call, page, items, machines.count());
    }

    private Answer get(Call call) {
        return Answer.ok(json(machines.get(machine(call))));
    }

    private Answer drain(Call call) {
        return Answer.ok(json(service.drain(machine(call), call, reason(call))));
    }

    private Answer undrain(Call call) {
        return Answer.ok(json(service.undrain(machine(call), call, reason(call))));
    }

    private Answer decommission(Call call) {
        service.decommission(machine(call), call);
        return Answer.noContent();
    }

    private static UUID machine(Call call) {
        return UUID.fromString(call.path("id"));
    }

    private static @Nullable String reason(Call call) {
        return call.text("reason").orElse(null);
    }

    private JsonObject json(MachineStore.Machine machine) {
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
            json.put("change", json(machine.change()));
        }
        return json;
    }

    private static JsonObject json(MachineStore.Change change) {
        var json = new JsonObject().put("at", change.at().toInstant());
        if (change.by() != null) {
            json.put("by", change.by());
        }
        if (change.reason() != null) {
            json.put("reason", change.reason());
        }
        return json;
    }
}
