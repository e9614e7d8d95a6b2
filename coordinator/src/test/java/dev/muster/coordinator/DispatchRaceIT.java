package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Two coordinators grant from one queue while tasks end, fail and are cancelled. */
class DispatchRaceIT {

    private static final int SLOTS = 4;
    private static final int LIMIT = 3;
    private static final int TASKS = 90;

    // one statement, so that all it counts was true at one time
    private static final String BEYOND =
            """
            select 'machine ' || machine_id || ' holds ' || count(*)
              from lease
             group by machine_id
            having count(*) > %d
             union all
            select 'project ' || p.key || ' holds ' || count(*)
              from lease l
              join task t on t.id = l.task_id
              join project p on p.id = t.project_id
             where p.concurrency is not null
             group by p.key, p.concurrency
            having count(*) > p.concurrency
            """
                    .formatted(SLOTS);

    private final AtomicBoolean done = new AtomicBoolean();
    private final ConcurrentHashMap<Long, Integer> ended = new ConcurrentHashMap<>();

    @Test
    void neitherSlotsNorLimitsAreEverExceededAndNoTaskIsGrantedTwice() {
        try (var coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
                var another = coordinator.another();
                var bus = FakeWorker.enrolled(coordinator)) {
            for (var key : List.of("one", "two")) {
                project(coordinator, key, LIMIT);
            }
            coordinator.project("three", "true");
            var ids =
                    IntStream.range(0, TASKS)
                            .mapToObj(
                                    i ->
                                            coordinator.task(
                                                    List.of("one", "two", "three").get(i % 3)))
                            .toList();
            var machines = IntStream.range(0, 4).mapToObj(_ -> bus.neighbour(coordinator)).toList();
            // of two kinds, which are given tasks of the same projects in one pass
            machines.stream()
                    .limit(2)
                    .forEach(one -> one.capabilities = List.of("shell", "claude"));
            var beyond = ConcurrentHashMap.<String>newKeySet();

            Threads.all(
                    Stream.concat(
                                    machines.stream().map(one -> (Runnable) () -> work(one)),
                                    Stream.of(
                                            () -> cancelSome(coordinator, ids),
                                            () -> watch(coordinator, beyond),
                                            () -> awaitTheEnd(coordinator)))
                            .toArray(Runnable[]::new));

            assertThat(beyond).isEmpty();
            assertThat(ended.values()).containsOnly(1);
            assertThat(coordinator.sql("select distinct state from task order by 1"))
                    .isSubsetOf("CANCELLED", "COMPLETED", "FAILED");
            assertThat(coordinator.sql("select 1 from lease")).isEmpty();
            assertThat(coordinator.contradictions()).isEmpty();
            // or it was no race
            assertThat(coordinator.metric("muster_grants_total")).isPositive();
            assertThat(coordinator.metric(another.managementPort(), "muster_grants_total"))
                    .isPositive();
            machines.forEach(FakeWorker::close);
        }
    }

    /** An honest worker: it asks for what it has free, and lets some time pass in between. */
    private void work(FakeWorker machine) {
        var random = new Random(machine.machine.getLeastSignificantBits());
        var held = new ArrayList<LeaseRef>();
        while (!done.get() || !held.isEmpty()) {
            int free = SLOTS - held.size();
            if (free > 0 && !done.get()) {
                machine.pull(UUID.randomUUID(), 1 + random.nextInt(free), 50, false)
                        .forEach(one -> held.add(one.lease()));
            }
            if (!held.isEmpty() && (random.nextBoolean() || held.size() == SLOTS)) {
                end(machine, held.remove(random.nextInt(held.size())), random);
            }
        }
    }

    private void end(FakeWorker machine, LeaseRef lease, Random random) {
        machine.report(lease, 1, new Fact.StageStarted(1, 0, "only", null));
        var end =
                random.nextInt(4) == 0
                        ? new Fact.Failed(2, "stage_failed", "why", null)
                        : new Fact.Succeeded(2, null);
        machine.report(lease, 2, end);
        ended.merge(lease.task(), 1, Integer::sum);
    }

    private static void cancelSome(CoordinatorFixture coordinator, List<Long> ids) {
        for (int i = 0; i < ids.size(); i += 7) {
            // one that has ended by now refuses
            coordinator.cancel(ids.get(i));
        }
    }

    private void watch(CoordinatorFixture coordinator, Set<String> beyond) {
        while (!done.get()) {
            beyond.addAll(coordinator.sql(BEYOND));
        }
    }

    private void awaitTheEnd(CoordinatorFixture coordinator) {
        try {
            Await.until(
                    "every task was given to somebody or cancelled",
                    () -> coordinator.sql("select 1 from queue").isEmpty());
        } finally {
            done.set(true);
        }
    }

    private static void project(CoordinatorFixture coordinator, String key, int concurrency) {
        var stage = new JsonObject().put("name", "only").put("command", "true");
        coordinator
                .post(
                        "/api/admin/projects",
                        new JsonObject()
                                .put("key", key)
                                .put("name", key)
                                .put("concurrency", concurrency)
                                .put("pipeline", new JsonArray().add(stage)))
                .expect(201);
    }
}
