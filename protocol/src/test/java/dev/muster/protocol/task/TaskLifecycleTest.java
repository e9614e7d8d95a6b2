package dev.muster.protocol.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Every pair of a state and a trigger, against the design written down a second time. */
class TaskLifecycleTest {

    private static final Path PAGE = Path.of("states.md");

    /** What each trigger leads to, by state. Whatever is absent is refused. */
    private static final Map<TaskState, Map<Trigger, TaskState>> DESIGN = design();

    private static Map<TaskState, Map<Trigger, TaskState>> design() {
        var design = new EnumMap<TaskState, Map<Trigger, TaskState>>(TaskState.class);
        design.put(
                TaskState.QUEUED,
                Map.of(Trigger.CLAIM, TaskState.ASSIGNED, Trigger.CANCEL, TaskState.CANCELLED));
        design.put(
                TaskState.ASSIGNED,
                Map.of(
                        Trigger.START, TaskState.RUNNING,
                        Trigger.RELEASE, TaskState.QUEUED,
                        Trigger.DECOMMISSION, TaskState.QUEUED,
                        Trigger.FAIL, TaskState.FAILED,
                        Trigger.CANCEL, TaskState.CANCELLED));
        design.put(
                TaskState.RUNNING,
                Map.of(
                        Trigger.SUSPEND, TaskState.SUSPENDED,
                        Trigger.SUCCEED, TaskState.COMPLETED,
                        Trigger.FAIL, TaskState.FAILED,
                        Trigger.DECOMMISSION, TaskState.FAILED,
                        Trigger.CANCEL, TaskState.CANCELLED));
        design.put(
                TaskState.SUSPENDED,
                Map.of(
                        Trigger.RESUME, TaskState.RUNNING,
                        Trigger.SUCCEED, TaskState.COMPLETED,
                        Trigger.FAIL, TaskState.FAILED,
                        Trigger.DECOMMISSION, TaskState.QUEUED,
                        Trigger.CANCEL, TaskState.CANCELLED));
        design.put(TaskState.COMPLETED, Map.of());
        design.put(
                TaskState.FAILED,
                Map.of(Trigger.RETRY, TaskState.QUEUED, Trigger.RESTORE, TaskState.COMPLETED));
        design.put(TaskState.CANCELLED, Map.of(Trigger.RETRY, TaskState.QUEUED));
        return design;
    }

    @Test
    void everyPairMovesAsDesignedOrIsRefused() {
        int visited = 0;

        for (var state : TaskState.values()) {
            for (var trigger : Trigger.values()) {
                visited++;
                assertThat(TaskLifecycle.next(state, trigger).orElse(null))
                        .as("%s in %s", trigger, state)
                        .isEqualTo(DESIGN.get(state).get(trigger));
            }
        }

        assertThat(visited).isEqualTo(77);
    }

    @Test
    void noPairStandsInTheTableTwice() {
        var pairs = new HashSet<String>();

        for (var move : TaskLifecycle.TABLE) {
            assertThat(pairs.add(move.from() + " " + move.trigger())).as(move.toString()).isTrue();
        }
    }

    @Test
    void theSourcesOfATriggerAreExactlyTheStatesItLeadsFrom() {
        for (var trigger : Trigger.values()) {
            for (var to : TaskState.values()) {
                var from = EnumSet.noneOf(TaskState.class);
                for (var state : TaskState.values()) {
                    if (to == DESIGN.get(state).get(trigger)) {
                        from.add(state);
                    }
                }
                assertThat(TaskLifecycle.sources(trigger, to)).isEqualTo(from);
            }
        }
    }

    @Test
    void everyStateIsReachedAndEveryTriggerMovesSomething() {
        var reached = EnumSet.of(TaskState.QUEUED);
        var used = EnumSet.noneOf(Trigger.class);
        for (var move : TaskLifecycle.TABLE) {
            reached.add(move.to());
            used.add(move.trigger());
        }

        assertThat(reached).containsExactlyInAnyOrder(TaskState.values());
        assertThat(used).containsExactlyInAnyOrder(Trigger.values());
    }

    @Test
    void onlyAPersonOrAMachineThatCameBackLeavesAnEnd() {
        for (var move : TaskLifecycle.TABLE) {
            if (move.from().isTerminal()) {
                assertThat(Set.of(Trigger.RETRY, Trigger.RESTORE)).contains(move.trigger());
            }
        }
    }

    @Test
    void aFilterReadsEitherCaseAndNothingElse() {
        assertThat(TaskState.parse("running")).contains(TaskState.RUNNING);
        assertThat(TaskState.parse("Running")).contains(TaskState.RUNNING);
        assertThat(TaskState.parse("RUNNING ")).isEmpty();
        assertThat(TaskState.parse("")).isEmpty();
    }

    /** Writes the page when it is missing: after a change of the table, delete it and run this. */
    @Test
    void thePageOfStatesShowsTheTable() throws IOException {
        if (Files.notExists(PAGE)) {
            Files.writeString(PAGE, page());
        }

        assertThat(Files.readString(PAGE)).isEqualTo(page());
    }

    private static String page() {
        var lines = new ArrayList<String>();
        lines.add("# States of a task");
        lines.add("");
        lines.add("What each trigger leads to, by state; an empty cell is a move that is refused.");
        lines.add("Written by `TaskLifecycleTest` from `TaskLifecycle.TABLE`, which rules.");
        lines.add("");
        var head = new StringBuilder("| trigger |");
        var rule = new StringBuilder("|---|");
        for (var state : TaskState.values()) {
            head.append(' ').append(state).append(" |");
            rule.append("---|");
        }
        lines.add(head.toString());
        lines.add(rule.toString());
        for (var trigger : Trigger.values()) {
            var row = new StringBuilder("| ").append(trigger).append(" |");
            for (var state : TaskState.values()) {
                TaskLifecycle.next(state, trigger).ifPresent(to -> row.append(' ').append(to));
                row.append(" |");
            }
            lines.add(row.toString());
        }
        return String.join("\n", lines) + "\n";
    }
}
