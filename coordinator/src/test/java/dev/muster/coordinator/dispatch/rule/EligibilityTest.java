package dev.muster.coordinator.dispatch.rule;

import static dev.muster.coordinator.dispatch.rule.Machines.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Pause;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Each rule refuses by itself, at its very edge, and nothing else is refused. */
final class EligibilityTest {

    private static final Eligibility RULES = new Eligibility(0.85, Duration.ofSeconds(45));
    private static final Wanted SHELL = new Wanted("shell", null);
    private static final Openings ROOM = new Openings(1, 1);

    @Test
    void aHealthyMachineMayRunATask() {
        assertThat(RULES.refusals(SHELL, machine().view(), ROOM)).isEmpty();
        assertThat(RULES.open(machine().view())).containsExactly("shell");
    }

    static Stream<Arguments> refused() {
        var elsewhere = new Wanted("shell", UUID.randomUUID());
        var deaf = machine();
        var lost = new Wanted("shell", null, deaf.view().id());
        return Stream.of(
                Arguments.of(Reason.PINNED_ELSEWHERE, elsewhere, machine(), ROOM),
                Arguments.of(
                        Reason.DECOMMISSIONED, SHELL, machine().status("decommissioned"), ROOM),
                Arguments.of(Reason.DRAINING, SHELL, machine().status("draining"), ROOM),
                Arguments.of(Reason.OFFLINE, SHELL, machine().silent(45_001L), ROOM),
                Arguments.of(Reason.OFFLINE, SHELL, machine().silent(null), ROOM),
                Arguments.of(Reason.NOT_ASKING, SHELL, machine().pausing(Pause.DISK), ROOM),
                Arguments.of(Reason.NO_AGENT, new Wanted("claude", null), machine(), ROOM),
                Arguments.of(Reason.DEGRADED, SHELL, machine().degraded("shell"), ROOM),
                Arguments.of(Reason.PASSED_OVER, lost, deaf, ROOM),
                Arguments.of(Reason.OVERLOADED, SHELL, machine().load(0.85, 0), ROOM),
                Arguments.of(Reason.OVERLOADED, SHELL, machine().load(0, 0.85), ROOM),
                Arguments.of(Reason.NO_SLOT, SHELL, machine(), new Openings(0, 1)),
                Arguments.of(Reason.PROJECT_LIMIT, SHELL, machine(), new Openings(1, 0)));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void eachRuleRefusesByItself(Reason reason, Wanted task, Machines machine, Openings left) {
        assertThat(RULES.refusals(task, machine.view(), left)).containsExactly(reason);
        assertThat(RULES.admits(task, machine.view(), left)).isFalse();
    }

    @Test
    void everyReasonHasItsCase() {
        assertThat(refused().map(one -> one.get()[0]).distinct().toList())
                .containsExactlyElementsOf(Arrays.asList(Reason.values()));
    }

    @Test
    void whatIsJustWithinItsBoundIsAdmitted() {
        assertThat(RULES.admits(SHELL, machine().silent(45_000L).view(), ROOM)).isTrue();
        assertThat(RULES.admits(SHELL, machine().load(0.849, 0.849).view(), ROOM)).isTrue();
        assertThat(RULES.admits(SHELL, machine().load(null, null).view(), ROOM)).isTrue();
        assertThat(RULES.admits(SHELL, machine().degraded("claude").view(), ROOM)).isTrue();
    }

    @Test
    void aThresholdOfOneNeverRefuses() {
        var never = new Eligibility(1, Duration.ofSeconds(45));

        assertThat(never.admits(SHELL, machine().load(1.0, 1.0).view(), ROOM)).isTrue();
    }

    @Test
    void whoAsksIsTakenAtItsWordWhateverItSaidBefore() {
        var view = machine().pausing(Pause.STOPPING).view();

        var asking = view.asking(view.agentTypes(), view.mirrors());

        assertThat(RULES.admits(SHELL, asking, ROOM)).isTrue();
        assertThat(RULES.open(asking)).containsExactly("shell");
    }

    @Test
    void aPinIsNoWayAroundTheOtherRules() {
        var busy = machine().load(0.9, 0.9);

        assertThat(RULES.refusals(new Wanted("shell", busy.view().id()), busy.view(), ROOM))
                .containsExactly(Reason.OVERLOADED);
    }

    @Test
    void allReasonsAreNamedInTheirOrder() {
        var machine = machine().status("draining").silent(null).load(1.0, 0);

        assertThat(RULES.refusals(SHELL, machine.view(), new Openings(0, 0)))
                .containsExactly(
                        Reason.DRAINING,
                        Reason.OFFLINE,
                        Reason.OVERLOADED,
                        Reason.NO_SLOT,
                        Reason.PROJECT_LIMIT);
    }

    @Test
    void aMachineIsOpenForWhatItIsTrustedWithOnly() {
        var both = machine().agents("shell", "claude");

        assertThat(RULES.open(both.view())).containsExactlyInAnyOrder("shell", "claude");
        assertThat(RULES.open(both.degraded("claude").view())).containsExactly("shell");
        assertThat(RULES.open(machine().status("draining").view())).isEmpty();
        assertThat(RULES.open(machine().load(0.9, 0).view())).isEmpty();
    }

    /**
     * Placing groups machines by {@code open}: it must never promise what {@code admits} refuses.
     */
    @Test
    void aMachineIsOpenForExactlyWhatItIsAdmittedTo() {
        var machines =
                List.of(
                        machine(),
                        machine().status("draining"),
                        machine().status("decommissioned"),
                        machine().silent(60_000L),
                        machine().pausing(Pause.STOPPING),
                        machine().silent(null),
                        machine().load(0.9, 0),
                        machine().degraded("shell"),
                        machine().agents("claude"),
                        machine().agents("claude", "shell").degraded("claude"));
        for (var machine : machines) {
            for (var agent : List.of("shell", "claude", "codex")) {
                assertThat(RULES.open(machine.view()).contains(agent))
                        .isEqualTo(RULES.admits(new Wanted(agent, null), machine.view(), ROOM));
            }
        }
    }

    @Test
    void whatPassesByItselfDoesNotMakeATaskHopeless() {
        assertThat(Eligibility.mightEver(SHELL, machine().silent(null).view())).isTrue();
        assertThat(Eligibility.mightEver(SHELL, machine().status("draining").view())).isTrue();
        assertThat(Eligibility.mightEver(SHELL, machine().degraded("shell").view())).isTrue();
        assertThat(Eligibility.mightEver(SHELL, machine().load(1.0, 1.0).view())).isTrue();

        assertThat(Eligibility.mightEver(SHELL, machine().status("decommissioned").view()))
                .isFalse();
        assertThat(Eligibility.mightEver(SHELL, machine().agents("claude").view())).isFalse();
        assertThat(Eligibility.mightEver(new Wanted("shell", UUID.randomUUID()), machine().view()))
                .isFalse();
    }
}
