package dev.muster.coordinator.machine;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of machines for people (seed 004, machines). */
public final class MachineRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Machines machines;

    public MachineRoutes(Machines machines) {
        this.machines = machines;
    }

    public void bind(Operations operations) {
        operations.on("listMachines", Access.LEAD, this::list);
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        machines.list(page.limit(), page.offset()).forEach(machine -> items.add(json(machine)));
        return Answer.page(call, page, items, machines.count());
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
        return json;
    }
}
