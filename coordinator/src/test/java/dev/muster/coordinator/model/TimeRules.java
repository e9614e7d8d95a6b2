package dev.muster.coordinator.model;

import dev.muster.coordinator.machine.Greeting;
import dev.muster.coordinator.model.EndRules.Loss;
import dev.muster.coordinator.model.ModelMachine.Status;
import dev.muster.coordinator.model.ModelTask.Gate;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.task.TaskState;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** Who is heard of, who is silent, and what silence does. */
final class TimeRules {

    /** Sweeps further apart mean that nobody could be heard in between. */
    private static final int MOST_BETWEEN_SWEEPS = 5;

    private static final int LEAST_CROWD = 3;

    private final Model model;
    private final EndRules ends;

    TimeRules(Model model) {
        this.model = model;
        this.ends = new EndRules(model);
    }

    /**
     * A daemon says who it is.
     *
     * @param after the daemon that it knows to be dead; null for none
     */
    Greeting hello(ModelMachine machine, UUID boot, @Nullable UUID after) {
        if (machine.status == Status.DECOMMISSIONED) {
            return Greeting.GONE;
        }
        if (machine.former.contains(boot)) {
            return Greeting.FORMER;
        }
        var before = machine.boot;
        boolean speaks = boot.equals(before);
        boolean isAlive = model.now - Math.max(machine.seen, model.heard) <= Model.UNREACHABLE;
        if (before != null && !speaks && !before.equals(after) && isAlive) {
            return Greeting.TWIN;
        }
        if (before != null && !speaks) {
            machine.former.add(before);
        }
        machine.boot = boot;
        machine.speaks(model.now, !speaks);
        ends.ofOtherBoots(machine, boot);
        return Greeting.WELCOME;
    }

    /**
     * What a machine is told of what it named, and of the rest nothing: how that ended is on its
     * way.
     */
    record Reply(List<LeaseRef> stop, List<LeaseRef> kept) {}

    /**
     * Empty if the daemon does not speak for the machine.
     *
     * @param finished those of {@code held} of which nothing runs any more
     */
    Optional<Reply> heartbeat(
            ModelMachine machine, UUID boot, List<LeaseRef> held, List<LeaseRef> finished) {
        if (machine.status == Status.DECOMMISSIONED || !boot.equals(machine.boot)) {
            return Optional.empty();
        }
        machine.speaks(model.now, false);
        return Optional.of(reconcile(machine, held, finished));
    }

    Reply reconcile(ModelMachine machine, List<LeaseRef> held, List<LeaseRef> finished) {
        var stop = new ArrayList<LeaseRef>();
        var kept = new ArrayList<LeaseRef>();
        for (var ref : held) {
            var task = model.task(ref.task());
            if (task.isHeldBy(machine, ref)) {
                Objects.requireNonNull(task.lease).renew(model.now);
                resume(task, machine, ref);
                kept.add(ref);
            } else if (!finished.contains(ref) || !task.isGivenUpOf(machine, ref)) {
                stop.add(ref);
            }
        }
        return new Reply(stop, kept);
    }

    /** The holder speaks: if its task waited for it, it waits no more. */
    void resume(ModelTask task, ModelMachine by, LeaseRef ref) {
        var lease = task.lease;
        if (lease == null || !task.isHeldBy(by, ref) || !lease.lost) {
            return;
        }
        lease.lost = false;
        lease.expires = model.now + (lease.expires - lease.heard);
        lease.heard = model.now;
        if (task.isAtGate()) {
            task.event("machine_change back");
        } else {
            task.move(TaskState.RUNNING, null, "MACHINE_BACK");
        }
    }

    void sweep() {
        int trusted = trusted();
        if (trusted >= Model.OFFLINE) {
            model.leased(lease -> !lease.lost).forEach(this::suspendIfSilent);
        }
        ends.end(
                model.leased(
                        lease ->
                                model.now > lease.expires
                                        && lease.expires - lease.heard <= trusted),
                Loss.SILENCE);
        if (trusted >= Model.START_DEADLINE) {
            ends.end(model.leased(this::isForgotten), Loss.UNMENTIONED);
        }
        ends.ofDecommissioned();
    }

    /** How long a silence is the machines' own: nobody's is while coordinators hear nobody. */
    private int trusted() {
        var holders =
                model.leased(_ -> true).stream()
                        .map(task -> Objects.requireNonNull(task.lease).machine)
                        .distinct()
                        .toList();
        long silent =
                holders.stream().filter(one -> one.isSilent(model.now, Model.OFFLINE)).count();
        if (model.now - model.swept > MOST_BETWEEN_SWEEPS) {
            model.heard = model.now;
        }
        model.swept = model.now;
        boolean isCrowd =
                silent >= LEAST_CROWD
                        && 2 * silent > holders.size()
                        && model.now - model.heard >= Model.OFFLINE;
        if (!isCrowd) {
            model.crowd = null;
        } else if (model.crowd == null) {
            model.crowd = model.now;
        }
        return model.now - (model.crowd == null ? model.heard : Math.max(model.heard, model.crowd));
    }

    private void suspendIfSilent(ModelTask task) {
        var lease = Objects.requireNonNull(task.lease);
        if (!task.newest().began
                || model.now - lease.heard <= Model.OFFLINE
                || !lease.machine.isSilent(model.now, Model.OFFLINE)) {
            return;
        }
        lease.lost = true;
        if (task.state == TaskState.SUSPENDED) {
            task.event("machine_change lost");
        } else {
            task.move(TaskState.SUSPENDED, "MACHINE_LOST", "MACHINE_LOST");
        }
    }

    /** Its machine is in contact, mentioned it before, and does not any more. */
    private boolean isForgotten(ModelTask.Lease lease) {
        var machine = lease.machine;
        return lease.renewed
                && lease.boot.equals(machine.boot)
                && model.now - lease.heard > Model.START_DEADLINE
                && model.now - machine.contact > Model.START_DEADLINE
                && !machine.isSilent(model.now, Model.UNREACHABLE);
    }

    void sweepGates() {
        for (var task : model.leased(_ -> true)) {
            task.gates.stream()
                    .filter(gate -> gate.isOpen() && model.now > gate.expires)
                    .toList()
                    .forEach(gate -> expire(task, gate));
        }
    }

    private void expire(ModelTask task, Gate gate) {
        var fallback = task.project.fallback;
        if (fallback != null) {
            gate.close("fallback", fallback);
            task.event("gate_change fallback");
            var held = PeopleRules.goOn(task);
            model.orders.add(Lines.order("answer " + fallback, held.ref, held.machine.id));
            return;
        }
        gate.close("timed_out", null);
        task.event("gate_change timed_out");
        var held = Objects.requireNonNull(task.lease);
        task.newest().end("FAILED", "gate_timeout");
        task.release();
        task.move(TaskState.FAILED, "gate_timeout", "gate_timeout");
        model.stop(held.ref, held.machine);
    }
}
