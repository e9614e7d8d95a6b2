package dev.muster.coordinator.dispatch.explain;

import static dev.muster.coordinator.dispatch.rule.Machines.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.dispatch.rule.Degradation;
import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.dispatch.rule.MachineView;
import dev.muster.coordinator.dispatch.rule.Machines;
import dev.muster.coordinator.dispatch.rule.Openings;
import dev.muster.coordinator.dispatch.rule.Reason;
import dev.muster.coordinator.dispatch.rule.Sentences;
import dev.muster.coordinator.dispatch.rule.Wanted;
import dev.muster.protocol.task.TaskState;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** What people read. */
final class SummaryTest {

    private static final Eligibility RULES = new Eligibility(0.85, Duration.ofSeconds(45));
    private static final Wanted SHELL = new Wanted("shell", null);

    @Test
    void aTaskInLineIsToldItsPlace() {
        assertThat(waiting(SHELL, null, machine()))
                .isEqualTo("It is number 3 in line, and 1 machine may run it.");
        assertThat(waiting(SHELL, null, machine(), machine(), machine().status("draining")))
                .isEqualTo("It is number 3 in line, and 2 machines may run it.");
    }

    @Test
    void whatKeepsMachinesIsCounted() {
        assertThat(
                        waiting(
                                SHELL,
                                null,
                                machine().load(0.9, 0),
                                machine().load(0.95, 0),
                                machine().status("draining"),
                                machine().silent(60_000L),
                                machine().degraded("shell")))
                .isEqualTo(
                        "No machine may run it now: 1 draining, 1 offline, 1 where the agent failed"
                                + " time after time, 2 too busy.");
    }

    @Test
    void aFullProjectIsNamedWithItsLimit() {
        assertThat(waiting(SHELL, 2, machine()))
                .isEqualTo("The project runs as many tasks at once as it may: 2.");
    }

    @Test
    void whatCanNeverRunIsToldSo() {
        assertThat(waiting(SHELL, null)).isEqualTo("It cannot run: no machine is enrolled.");
        assertThat(waiting(new Wanted("claude", null), null, machine()))
                .isEqualTo("It cannot run: no machine can drive 'claude'.");
        var gone = machine().status("decommissioned");
        assertThat(waiting(new Wanted("shell", gone.view().id()), null, gone))
                .isEqualTo("It cannot run: it waits for m, which was decommissioned.");
        var other = machine();
        assertThat(waiting(new Wanted("claude", other.view().id()), null, other))
                .isEqualTo("It cannot run: it waits for m, which cannot drive 'claude'.");
    }

    @Test
    void aPinnedTaskIsToldAboutItsMachineOnly() {
        var busy = machine().load(0.9, 0.25);
        var pinned = new Wanted("shell", busy.view().id());

        assertThat(waiting(pinned, null, machine(), busy))
                .isEqualTo(
                        "It waits for m. The machine is too busy: processors 90 %, memory 25 % in"
                                + " use, and from 85 % it is given nothing more.");
    }

    @Test
    void whoMayNotSeeLoadsIsNotToldThem() {
        var sentences = new Sentences(RULES, null, false);

        assertThat(sentences.of(Reason.OVERLOADED, SHELL, machine().load(0.9, 0).view()))
                .isEqualTo("The machine is too busy.");
    }

    @Test
    void whyAMachineDrainsIsToldToThoseWhoMaySeeMachines() {
        var full = machine().status("draining").because("Its disk is 93 % full.").view();

        assertThat(new Sentences(RULES, null, true).of(Reason.DRAINING, SHELL, full))
                .isEqualTo(
                        "The machine is draining: it is given no new tasks. Why: Its disk is 93 %"
                                + " full.");
        assertThat(new Sentences(RULES, null, false).of(Reason.DRAINING, SHELL, full))
                .isEqualTo("The machine is draining: it is given no new tasks.");
    }

    @Test
    void aDegradationSaysHowItEnds() {
        var sentences = new Sentences(RULES, null, true);
        var until = Instant.parse("2026-01-01T10:00:00Z");

        assertThat(sentences.of(Reason.DEGRADED, SHELL, machine().degraded("shell").view()))
                .isEqualTo(
                        "'shell' failed on the machine time after time (binary_missing) and is not"
                                + " tried there until its worker is restarted.");
        assertThat(
                        sentences.of(
                                Reason.DEGRADED,
                                SHELL,
                                degraded(new Degradation("shell", until, "rate_limit"))))
                .isEqualTo(
                        "'shell' failed on the machine time after time (rate_limit) and is not"
                                + " tried there until 2026-01-01T10:00:00Z.");
        assertThat(
                        sentences.of(
                                Reason.DEGRADED,
                                SHELL,
                                degraded(new Degradation("shell", until, "no_start"))))
                .isEqualTo(
                        "'shell' was given to the machine time after time and never begun"
                                + " (no_start) and is not tried there until 2026-01-01T10:00:00Z.");
    }

    @Test
    void everyReasonHasASentence() {
        var sentences = new Sentences(RULES, 1, true);
        for (var reason : Reason.values()) {
            assertThat(sentences.of(reason, SHELL, machine().view())).endsWith(".");
        }
    }

    @Test
    void whatDoesNotWaitIsToldToo() {
        assertThat(in(TaskState.ASSIGNED)).isEqualTo("It was given to m, which prepares it.");
        assertThat(in(TaskState.RUNNING)).isEqualTo("It runs on m, in stage 'build'.");
        assertThat(in(TaskState.COMPLETED)).isEqualTo("It has completed.");
        assertThat(in(TaskState.FAILED)).isEqualTo("It has failed. Why it is so.");
        assertThat(in(TaskState.CANCELLED)).isEqualTo("It was cancelled. Why it is so.");
        assertThat(in(TaskState.SUSPENDED))
                .isEqualTo("It is suspended while m is out of contact. Why it is so.");
    }

    private static String waiting(Wanted wanted, @Nullable Integer limit, Machines... machines) {
        var task =
                new Subject(
                        TaskState.QUEUED,
                        null,
                        null,
                        null,
                        null,
                        wanted.pinned() == null ? null : "m",
                        null,
                        wanted,
                        limit,
                        limit == null ? 0 : limit,
                        3,
                        false);
        var verdicts =
                Arrays.stream(machines)
                        .map(Machines::view)
                        .map(
                                one ->
                                        new Verdict(
                                                one,
                                                RULES.refusals(
                                                        wanted, one, new Openings(1, task.room()))))
                        .toList();
        return Summary.of(task, verdicts, new Sentences(RULES, limit, true));
    }

    private static String in(TaskState state) {
        var task =
                new Subject(
                        state,
                        state == TaskState.SUSPENDED ? "MACHINE_LOST" : null,
                        "Why it is so.",
                        "build",
                        "m",
                        null,
                        null,
                        SHELL,
                        null,
                        0,
                        null,
                        false);
        return Summary.of(task, List.of(), new Sentences(RULES, null, true));
    }

    private static MachineView degraded(Degradation degradation) {
        return new MachineView(
                UUID.randomUUID(),
                "m",
                "active",
                null,
                Duration.ZERO,
                0.0,
                0.0,
                null,
                Set.of("shell"),
                List.of(degradation),
                4,
                1024,
                Set.of());
    }
}
