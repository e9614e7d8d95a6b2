package dev.muster.coordinator.machine;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** The edge of machines for people (seed 004, machines). */
public final class MachineRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Machines machines;
    private final Service service;
    private final MachineJson json;

    public MachineRoutes(Machines machines, Service service) {
        this.machines = machines;
        this.service = service;
        this.json = new MachineJson(machines);
    }

    public void bind(Operations operations) {
        operations.on("listMachines", Access.LEAD, this::list);
        operations.on("getMachine", Access.LEAD, this::get);
        operations.on("drainMachine", Access.LEAD, this::drain);
        operations.on("undrainMachine", Access.LEAD, this::undrain);
        operations.on("listAllMachines", Access.ADMIN, this::listForAdmins);
        operations.on("updateMachine", Access.ADMIN, this::update);
        operations.on("decommissionMachine", Access.ADMIN, this::decommission);
        operations.on("getWorkersHealth", Access.OPEN, _ -> health());
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        machines.list(page.limit(), page.offset())
                .forEach(machine -> items.add(json.machine(machine)));
        return Answer.page(call, page, items, machines.count());
    }

    private Answer get(Call call) {
        return Answer.ok(json.machine(machines.get(machine(call))));
    }

    private Answer drain(Call call) {
        return Answer.ok(json.machine(service.drain(machine(call), call, reason(call))));
    }

    private Answer undrain(Call call) {
        return Answer.ok(json.machine(service.undrain(machine(call), call, reason(call))));
    }

    private Answer listForAdmins(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var some = machines.list(page.limit(), page.offset());
        var background = machines.background(some);
        var items = new JsonArray();
        some.forEach(
                machine -> items.add(json.machineForAdmins(machine, background.get(machine.id()))));
        return Answer.page(call, page, items, machines.count());
    }

    private Answer update(Call call) {
        var id = machine(call);
        var reason = reason(call);
        switch (call.body().getString("status")) {
            case "online" -> service.undrain(id, call, reason);
            case "draining" -> service.drain(id, call, reason);
            case "decommissioned" -> service.decommission(id, call, reason);
            case null, default -> {
                // the contract knows no other word, and none asks for nothing
            }
        }
        var now = machines.get(id);
        return Answer.ok(json.machineForAdmins(now, machines.background(List.of(now)).get(id)));
    }

    private Answer health() {
        return Answer.ok(new JsonObject().put("status", "ok").put("workers", machines.connected()));
    }

    private Answer decommission(Call call) {
        service.decommission(machine(call), call, null);
        return Answer.noContent();
    }

    private static UUID machine(Call call) {
        return UUID.fromString(call.path("id"));
    }

    private static @Nullable String reason(Call call) {
        return call.text("reason").orElse(null);
    }
}
