package dev.muster.coordinator.model;

import dev.muster.coordinator.model.EndRules.Loss;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.task.TaskState;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/** A task as it should be, with all that hangs on it. */
final class ModelTask {

    /** The right of a machine to run it. */
    static final class Lease {
        final LeaseRef ref;
        final ModelMachine machine;
        final UUID boot;
        int heard;
        int expires;
        boolean renewed;
        boolean lost;

        Lease(LeaseRef ref, ModelMachine machine, UUID boot, int now) {
            this.ref = ref;
            this.machine = machine;
            this.boot = boot;
            this.heard = now;
            this.expires = now + Model.START_DEADLINE;
        }

        /** The holder spoke for it. */
        void renew(int now) {
            heard = now;
            expires = now + Model.GRACE;
            renewed = true;
        }
    }

    /**
     * What was the right of a machine that was silent for too long. Nothing came after it yet, so
     * what it says of how that ended is believed.
     *
     * @param asked whether it waited for a person's answer then, which nobody will give any more
     */
    record GivenUp(LeaseRef ref, ModelMachine machine, boolean asked) {}

    /** One go at it. */
    static final class Attempt {
        final int number;
        ModelMachine machine;
        long fence;
        boolean began;
        @Nullable String outcome;
        @Nullable String reason;
        int facts;
        int losses;
        int stage;
        @Nullable Integer workspace;
        String log = "";

        Attempt(int number, ModelMachine machine) {
            this.number = number;
            this.machine = machine;
        }

        void end(String how, @Nullable String why) {
            outcome = how;
            reason = why;
        }
    }

    /** A question of one of its stages. */
    static final class Gate {
        final int attempt;
        final int stage;
        final int expires;
        @Nullable String outcome;
        @Nullable String result;

        Gate(int attempt, int stage, int expires) {
            this.attempt = attempt;
            this.stage = stage;
            this.expires = expires;
        }

        boolean isOpen() {
            return outcome == null;
        }

        void close(String how, @Nullable String with) {
            outcome = how;
            result = with;
        }
    }

    final long id;
    final Project project;
    final int priority;
    final @Nullable ModelMachine pinned;
    final TreeMap<Integer, Attempt> attempts = new TreeMap<>();
    final List<Gate> gates = new ArrayList<>();
    final List<String> events = new ArrayList<>();
    TaskState state = TaskState.QUEUED;
    @Nullable String reason;
    int attempt = 1;
    // the newest that a person asked for
    int asked = 1;
    long fence;
    @Nullable ModelMachine machine;
    @Nullable Integer stage;
    @Nullable Lease lease;
    @Nullable GivenUp givenUp;
    // where its next attempt goes on; null for one that begins anew
    @Nullable ModelMachine goesOnAt;
    @Nullable Integer goesOnIn;
    private @Nullable ModelMachine passedOver;
    private int passedAt;

    ModelTask(long id, Project project, int priority, @Nullable ModelMachine pinned) {
        this.id = id;
        this.project = project;
        this.priority = priority;
        this.pinned = pinned;
        event(Lines.move(null, "QUEUED", null));
    }

    /** The one machine that may run it now; null for any. */
    @Nullable ModelMachine waitsFor() {
        return goesOnAt == null ? pinned : goesOnAt;
    }

    /** That machine let it lie without a word, so others are asked first. */
    void passOver(ModelMachine silent, int now) {
        passedOver = silent;
        passedAt = now;
    }

    boolean isPassedOverFor(ModelMachine asking, int now) {
        return asking == passedOver && now - passedAt < Model.START_DEADLINE;
    }

    boolean isAtGate() {
        return state == TaskState.SUSPENDED && "GATE".equals(reason);
    }

    boolean isHeldBy(ModelMachine by, LeaseRef ref) {
        return lease != null && lease.machine == by && lease.ref.equals(ref);
    }

    /**
     * Whether it was given up as that one's, which is no stranger since, and nothing came after.
     */
    boolean isGivenUpOf(ModelMachine by, LeaseRef ref) {
        return givenUp != null
                && givenUp.machine().equals(by)
                && by.status != ModelMachine.Status.DECOMMISSIONED
                && givenUp.ref().equals(ref);
    }

    Attempt newest() {
        return attempts.get(attempt);
    }

    /** Of the attempts since a person asked for one, by no operator's doing. */
    int lossesWhileItRan() {
        return (int)
                attempts.tailMap(asked).values().stream()
                        .filter(one -> one.began && "LOST".equals(one.outcome))
                        .filter(one -> !Loss.DECOMMISSION.word.equals(one.reason))
                        .count();
    }

    void move(TaskState to, @Nullable String why, @Nullable String since) {
        event(Lines.move(state.name(), to.name(), since));
        state = to;
        reason = why;
    }

    void event(String what) {
        events.add(Lines.event(id, events.size() + 1, attempt, what));
    }

    /** It ended for the machine that had it. */
    void release() {
        lease = null;
        gates.stream().filter(Gate::isOpen).forEach(gate -> gate.close("over", null));
    }

    /** For the machine that had it, and will not come back. */
    void giveUp() {
        var held = Objects.requireNonNull(lease);
        givenUp = new GivenUp(held.ref, held.machine, gates.stream().anyMatch(Gate::isOpen));
        release();
    }

    /** It waits again, as nobody's. */
    void requeue(@Nullable String since) {
        event(Lines.move(state.name(), "QUEUED", since));
        state = TaskState.QUEUED;
        reason = null;
        givenUp = null;
        passedOver = null;
        machine = null;
        stage = null;
    }

    Stream<String> lines(int now) {
        var lines = new ArrayList<String>();
        lines.add(
                Lines.task(
                        id,
                        project.key,
                        state.name(),
                        reason,
                        attempt,
                        fence,
                        idOf(machine),
                        stage));
        if (state == TaskState.QUEUED) {
            lines.add(Lines.queued(id, priority, idOf(waitsFor())));
        }
        if (lease != null) {
            lines.add(
                    Lines.lease(
                            lease.ref,
                            lease.machine.id,
                            lease.boot,
                            now - lease.heard,
                            lease.expires - now,
                            lease.renewed,
                            lease.lost));
        }
        attempts.values().forEach(one -> addLines(one, lines));
        for (int i = 0; i < gates.size(); i++) {
            var gate = gates.get(i);
            lines.add(Lines.gate(id, i + 1, gate.attempt, gate.stage, gate.outcome, gate.result));
        }
        lines.addAll(events);
        return lines.stream();
    }

    private void addLines(Attempt one, List<String> lines) {
        lines.add(
                Lines.attempt(
                        id,
                        one.number,
                        one.machine.id,
                        one.fence,
                        one.began,
                        one.outcome,
                        one.reason,
                        one.facts,
                        one.losses,
                        one.workspace));
        if (!one.log.isEmpty()) {
            long feeds = one.log.chars().filter(c -> c == '\n').count();
            lines.add(Lines.log(id, one.number, one.log.length(), feeds, one.log));
        }
    }

    private static @Nullable UUID idOf(@Nullable ModelMachine machine) {
        return machine == null ? null : machine.id;
    }
}
