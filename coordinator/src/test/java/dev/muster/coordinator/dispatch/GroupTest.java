package dev.muster.coordinator.dispatch;

import static dev.muster.coordinator.dispatch.Candidates.candidate;
import static dev.muster.coordinator.dispatch.rule.Machines.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.dispatch.rule.Eligibility;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Set;

final class GroupTest {

    private static final Eligibility RULES = new Eligibility(0.85, Duration.ofSeconds(45));

    @Test
    void whoMayBeGivenTheSameStandsTogetherAndWhoMayBeGivenLeastComesFirst() {
        var able = candidate(machine().agents("shell", "claude"), 1);
        var simple = candidate(machine(), 1);
        var degraded = candidate(machine().agents("claude", "shell").degraded("claude"), 1);
        var ableToo = candidate(machine().agents("claude", "shell"), 1);
        var busy = candidate(machine().load(0.9, 0), 1);

        assertThat(Group.of(RULES, List.of(able, simple, busy, degraded, ableToo)))
                .containsExactly(
                        new Group(Set.of("shell"), List.of(simple, degraded)),
                        new Group(Set.of("shell", "claude"), List.of(able, ableToo)));
    }
}
