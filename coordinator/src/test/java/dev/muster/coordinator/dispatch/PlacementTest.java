package dev.muster.coordinator.dispatch;

import static dev.muster.coordinator.dispatch.Candidates.candidate;
import static dev.muster.coordinator.dispatch.rule.Machines.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.dispatch.rule.Wanted;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;

final class PlacementTest {

    private static final Eligibility RULES = new Eligibility(0.85, Duration.ofSeconds(45));
    private static final Map<Long, Integer> NO_LIMITS = Map.of();
    private static final List<String> AGENTS = List.of("shell", "claude", "codex");
    private static final String REPOSITORY = "0123456789abcdef";

    @Test
    void theMachineThatHoldsTheRepositoryIsPreferredEvenIfItIsBusier() {
        var holder = candidate(machine().load(0.8, 0).mirrors(REPOSITORY), 1);
        var idle = candidate(machine(), 4);

        assertThat(takers(List.of(on(1, REPOSITORY)), idle, holder)).containsExactly(holder);
        assertThat(takers(List.of(on(1, "ffffffffffffffff")), idle, holder)).containsExactly(idle);
        assertThat(takers(List.of(free(1)), idle, holder)).containsExactly(idle);
    }

    @Test
    void aHolderWithoutAFreeSlotIsNotWaitedFor() {
        var holder = candidate(machine().mirrors(REPOSITORY), 1);
        var other = candidate(machine(), 1);

        assertThat(takers(List.of(on(1, REPOSITORY), on(2, REPOSITORY)), other, holder))
                .containsExactly(holder, other);
    }

    @Test
    void theLessBusyMachineIsPreferredAndThenTheStrongerOne() {
        var busy = candidate(machine().load(0.5, 0).hardware(64, 64), 1);
        var small = candidate(machine().load(0.11, 0.1).hardware(2, 8), 1);
        var large = candidate(machine().load(0.19, 0.1).hardware(2, 16), 1);
        var fast = candidate(machine().load(0.1, 0.15).hardware(4, 1), 1);

        assertThat(takers(List.of(free(1), free(2), free(3), free(4)), busy, small, large, fast))
                .containsExactly(fast, large, small, busy);
    }

    @Test
    void tasksAreSpreadOverEqualMachines() {
        var one = candidate(machine(), 4);
        var two = candidate(machine(), 4);

        var takers = takers(List.of(free(1), free(2), free(3), free(4)), one, two);

        assertThat(takers).filteredOn(one::equals).hasSize(2);
    }

    @Test
    void whatElseAMachineCanDoIsNoReasonForOrAgainstIt() {
        var holder = candidate(machine().load(0.8, 0).mirrors(REPOSITORY), 1);
        var idle = candidate(machine().agents("shell", "claude"), 1);
        var busy = candidate(machine().load(0.7, 0).agents("shell", "claude", "codex"), 1);

        assertThat(takers(List.of(on(1, REPOSITORY)), busy, idle, holder)).containsExactly(holder);
        assertThat(takers(List.of(free(1), free(2), free(3)), busy, idle, holder))
                .containsExactly(idle, busy, holder);
    }

    @Test
    void aTaskGivesWayToOneThatCanBeDoneNowhereElse() {
        var able = candidate(machine().agents("shell", "claude"), 2);
        var busy = candidate(machine().load(0.8, 0), 1);

        assertThat(takers(List.of(free(1), free(2), task("claude", 3)), busy, able))
                .containsExactly(able, busy, able);
    }

    @Test
    void aTaskGivesWayToOneByOneThatGivesWayItself() {
        var both = candidate(machine().agents("shell", "claude"), 1);
        var other = candidate(machine().load(0.5, 0).agents("claude", "codex"), 1);
        var last = candidate(machine().load(0.8, 0).agents("codex"), 1);
        var tasks = List.of(task("claude", 1), task("codex", 2), free(3));

        assertThat(takers(tasks, last, other, both)).containsExactly(other, last, both);
    }

    @Property(tries = 200)
    void whatWasTakenForSomeMachineIsPlacedOnSome(
            @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 7) Integer> agentSets,
            @ForAll Random random) {
        var candidates = new ArrayList<Candidate>();
        var tasks = new ArrayList<QueuedTask>();
        for (int set : agentSets) {
            var agents = AGENTS.stream().filter(one -> (set >> AGENTS.indexOf(one)) % 2 == 1);
            var able =
                    machine().load(random.nextDouble(0.8), 0).agents(agents.toArray(String[]::new));
            int credit = 1 + random.nextInt(3);
            candidates.add(candidate(able, credit));
            var types = List.copyOf(able.view().agentTypes());
            for (int i = 0; i < credit; i++) {
                tasks.add(task(types.get(random.nextInt(types.size())), tasks.size() + 1));
            }
        }
        Collections.shuffle(tasks, random);

        var placed = Placement.place(RULES, tasks, candidates, NO_LIMITS);

        assertThat(placed).extracting(Placement.Placed::task).containsExactlyElementsOf(tasks);
        for (var one : candidates) {
            assertThat(placed)
                    .filteredOn(at -> at.pull().equals(one.pull()))
                    .allMatch(
                            at ->
                                    one.machine()
                                            .agentTypes()
                                            .contains(at.task().wanted().agentType()))
                    .extracting(Placement.Placed::credit)
                    .containsExactlyElementsOf(
                            IntStream.range(0, one.pull().credit()).boxed().toList());
        }
    }

    @Test
    void aPinnedTaskTakesTheLastSlotOfItsMachineBeforeOthersDo() {
        var only = candidate(machine(), 1);
        var pinned = new QueuedTask(2, 1, new Wanted("shell", only.machine().id()), null);

        var placed = Placement.place(RULES, List.of(free(1), pinned), List.of(only), NO_LIMITS);

        assertThat(placed).extracting(Placement.Placed::task).containsExactly(pinned);
    }

    @Test
    void aPinnedTaskIsNeverPlacedElsewhere() {
        var pinned = new QueuedTask(1, 1, new Wanted("shell", UUID.randomUUID()), null);

        assertThat(takers(List.of(pinned), candidate(machine(), 4))).isEmpty();
    }

    @Test
    void aMachineThatMayNotIsNeverGivenAnything() {
        assertThat(
                        takers(
                                List.of(free(1)),
                                candidate(machine().load(0.85, 0), 1),
                                candidate(machine().status("draining"), 1),
                                candidate(machine().degraded("shell"), 1),
                                candidate(machine().agents("claude"), 1)))
                .isEmpty();
    }

    @Property(tries = 200)
    void neitherCreditNorALimitIsEverExceeded(
            @ForAll @Size(min = 1, max = 5) List<@IntRange(min = 1, max = 4) Integer> credits,
            @ForAll @Size(max = 30) List<@IntRange(max = 3) Integer> projects,
            @ForAll @IntRange(max = 5) int limit) {
        var candidates = credits.stream().map(credit -> candidate(machine(), credit)).toList();
        var tasks = new ArrayList<QueuedTask>();
        projects.forEach(one -> tasks.add(task(tasks.size() + 1, one, null)));
        var placed = Placement.place(RULES, tasks, candidates, Map.of(0L, limit, 1L, limit));

        var ofPoll = new HashMap<UUID, List<Integer>>();
        placed.forEach(
                one ->
                        ofPoll.computeIfAbsent(one.pull().poll(), _ -> new ArrayList<>())
                                .add(one.credit()));
        for (var one : candidates) {
            var used = ofPoll.getOrDefault(one.pull().poll(), List.of());
            assertThat(used).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(one.pull().credit());
            assertThat(used).allMatch(credit -> credit < one.pull().credit());
        }
        long credit = credits.stream().mapToInt(one -> one).sum();
        long wanted = 0;
        for (long project = 0; project <= 3; project++) {
            long p = project;
            long most = project < 2 ? limit : tasks.size();
            assertThat(placed.stream().filter(one -> one.task().project() == p).count())
                    .isLessThanOrEqualTo(most);
            wanted += Math.min(most, tasks.stream().filter(one -> one.project() == p).count());
        }
        // and none is left out that would have fitted
        assertThat(placed).hasSize((int) Math.min(credit, wanted));
    }

    private static List<Candidate> takers(List<QueuedTask> tasks, Candidate... candidates) {
        return Placement.place(RULES, tasks, List.of(candidates), NO_LIMITS).stream()
                .map(placed -> of(placed.pull(), candidates))
                .toList();
    }

    private static Candidate of(OpenPull pull, Candidate... candidates) {
        return List.of(candidates).stream()
                .filter(one -> one.pull().equals(pull))
                .findFirst()
                .orElseThrow();
    }

    private static QueuedTask free(long id) {
        return task(id, 1, null);
    }

    private static QueuedTask on(long id, String repository) {
        return task(id, 1, repository);
    }

    private static QueuedTask task(String agentType, long id) {
        return new QueuedTask(id, 1, new Wanted(agentType, null), null);
    }

    private static QueuedTask task(long id, long project, @Nullable String repository) {
        return new QueuedTask(id, project, new Wanted("shell", null), repository);
    }
}
