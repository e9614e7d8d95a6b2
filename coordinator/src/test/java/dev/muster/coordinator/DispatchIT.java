package dev.muster.coordinator;

import static dev.muster.coordinator.FakeWorker.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.db.TestDatabase;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Who is given what: each task once, never more than the credit, nobody blocked by others. */
class DispatchIT {

    private static final int TASKS = 2000;

    private static CoordinatorFixture coordinator;
    private static FakeWorker bus;
    private FakeWorker worker;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "true");
        bus = FakeWorker.enrolled(coordinator);
    }

    @AfterAll
    static void stop() {
        bus.close();
        coordinator.close();
    }

    @BeforeEach
    void enrol() {
        worker = bus.neighbour(coordinator);
    }

    /** Tests leave tasks behind that nobody may be given later. */
    @AfterEach
    void emptyTheQueue() {
        worker.close();
        coordinator.emptyTheQueue();
    }

    @Test
    void manyTasksAreGrantedOnceEachAndNeverMoreThanTheCredit() {
        manyTasks(TASKS);
        var granted = new ConcurrentHashMap<Long, LeaseRef>();
        var twice = new AtomicInteger();
        var tooMany = new AtomicInteger();
        var claimers = IntStream.range(0, 6).mapToObj(_ -> bus.neighbour(coordinator)).toList();

        Threads.all(
                claimers.stream()
                        .map(
                                claimer ->
                                        (Runnable)
                                                () -> {
                                                    var random = new Random(claimer.hashCode());
                                                    while (granted.size() < TASKS) {
                                                        int credit = 1 + random.nextInt(40);
                                                        var got =
                                                                claimer.pull(
                                                                        UUID.randomUUID(),
                                                                        credit,
                                                                        300,
                                                                        false);
                                                        if (got.size() > credit) {
                                                            tooMany.incrementAndGet();
                                                        }
                                                        got.forEach(
                                                                one -> {
                                                                    var lease = one.lease();
                                                                    if (granted.put(
                                                                                    lease.task(),
                                                                                    lease)
                                                                            != null) {
                                                                        twice.incrementAndGet();
                                                                    }
                                                                });
                                                    }
                                                })
                        .toArray(Runnable[]::new));

        assertThat(twice).hasValue(0);
        assertThat(tooMany).hasValue(0);
        assertThat(granted).hasSize(TASKS);
        assertThat(coordinator.sql("select 1 from queue")).isEmpty();
        assertThat(
                        coordinator.sql(
                                "select count(*) from lease l join task t on t.id = l.task_id and"
                                        + " t.fence = l.fence and t.state = 'ASSIGNED' where"
                                        + " t.description = 'many'"))
                .containsExactly(Integer.toString(TASKS));
        coordinator.execute("delete from lease");
        claimers.forEach(FakeWorker::close);
    }

    /** As if so many had been created: through HTTP it would take most of the test's time. */
    private static void manyTasks(int count) {
        coordinator.execute(
                """
                with made as (
                    insert into task (project_id, pipeline_id, developer_id, description, events)
                    select p.id, p.pipeline_id, p.created_by, 'many', 1
                      from project p, generate_series(1, %d)
                     where p.key = 'shop'
                    returning id, project_id
                )
                insert into queue (task_id, project_id, agent_type)
                select id, project_id, 'shell' from made
                """
                        .formatted(count));
    }

    @Test
    void aPollAskedAgainIsGivenTheSameAssignments() {
        coordinator.task("shop");
        coordinator.task("shop");
        var poll = UUID.randomUUID();
        var first = worker.pull(poll, 2, 5000, false);
        coordinator.task("shop");
        var left =
                "select count(*) from lease where poll = '%s' and expires_at > now() + interval '10 s'"
                        .formatted(poll);
        coordinator.execute(
                "update lease set expires_at = now() + interval '5 s' where poll = '%s'"
                        .formatted(poll));

        var again = worker.pull(poll, 2, 5000, true);

        assertThat(again).isEqualTo(first).isNotEmpty();
        assertThat(coordinator.sql(left)).containsExactly("2");
        worker.heartbeat(first.getFirst().lease(), first.getLast().lease());
        var heard =
                "select heard_at || ' ' || expires_at from lease where poll = '%s' order by task_id"
                        .formatted(poll);
        var before = coordinator.sql(heard);
        assertThat(worker.pull(poll, 2, 5000, true)).isEqualTo(first);
        assertThat(coordinator.sql(heard)).as("it was told of them").isEqualTo(before);
    }

    @Test
    void aPollAskedAgainWhileItIsParkedIsGivenTheTaskThatComes() {
        var poll = UUID.randomUUID();
        worker.pullLater(poll, 1, 20_000, false);
        var again = worker.pullLater(poll, 1, 20_000, true);
        Await.until("the pull is parked", () -> openCredit() >= 1);

        var id = coordinator.task("shop");

        assertThat(await(again)).extracting(one -> one.lease().task()).containsExactly(id);
    }

    /** The copy comes while the grant is under way, which another's lock on the task holds up. */
    @Test
    void aCopyThatComesDuringTheGrantIsGivenTheSame() throws Exception {
        var poll = UUID.randomUUID();
        var id = coordinator.task("shop");
        Future<List<Assignment>> first;
        Future<List<Assignment>> copy;
        try (var holder = TestDatabase.connect(coordinator.database);
                var statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("select 1 from task where id = " + id + " for update");
            first = worker.pullLater(poll, 1, 25_000, false);
            coordinator.awaitWaiting("%update task t%");
            copy = worker.pullLater(poll, 1, 25_000, true);
            Await.until("the copy is parked", () -> openCredit() >= 1);
            holder.rollback();
        }

        assertThat(tasks(first.timeout(10, TimeUnit.SECONDS).await())).containsExactly(id);
        assertThat(tasks(copy.timeout(10, TimeUnit.SECONDS).await())).containsExactly(id);
    }

    /** A pass that finds nothing has the copy just when it is looked up what that was given. */
    @Test
    void aPollAskedAgainDuringAPassIsGivenWhatItHas() throws Exception {
        var poll = UUID.randomUUID();
        coordinator.task("shop");
        var first = worker.pull(poll, 1, 5000, false);
        Future<List<Assignment>> other;
        try (var neighbour = bus.neighbour(coordinator);
                var queue = TestDatabase.connect(coordinator.database);
                var statement = queue.createStatement()) {
            queue.setAutoCommit(false);
            Future<List<Assignment>> again;
            try (var lease = TestDatabase.connect(coordinator.database);
                    var holding = lease.createStatement()) {
                lease.setAutoCommit(false);
                holding.execute("select 1 from lease where poll = '" + poll + "' for update");
                again = worker.pullLater(poll, 1, 25_000, true);
                coordinator.awaitWaiting("%where poll = %");
                statement.execute("lock table queue in access exclusive mode");
                other = neighbour.pullLater(UUID.randomUUID(), 1, 25_000, false);
                coordinator.awaitWaiting("%from queue%");
                lease.rollback();
            }
            assertThat(again.timeout(10, TimeUnit.SECONDS).await()).isEqualTo(first);
            queue.rollback();
            Await.until("only the neighbour is parked", () -> openCredit() == 1);

            var id = coordinator.task("shop");

            assertThat(tasks(other.timeout(10, TimeUnit.SECONDS).await())).containsExactly(id);
        }
    }

    @Test
    void pinnedAndOtherTasksTogetherNeverExceedTheCredit() {
        for (int i = 0; i < 3; i++) {
            pinned(worker);
            coordinator.task("shop");
        }

        assertThat(worker.pull(2)).hasSize(2);
        assertThat(worker.pull(3)).hasSize(3);
        assertThat(worker.pull(3)).hasSize(1);
    }

    @Test
    void copiesOfAPullNeverYieldTwoGrants() {
        for (int round = 0; round < 20; round++) {
            var poll = UUID.randomUUID();
            var ids = List.of(coordinator.task("shop"), coordinator.task("shop"));

            var copies =
                    IntStream.range(0, 4)
                            .mapToObj(i -> worker.pullLater(poll, 1, 1000, i > 1))
                            .toList();

            // a copy that a later one took the place of is never answered
            Future.any(copies).timeout(20, TimeUnit.SECONDS).await();
            Await.until("something was granted", () -> !granted(poll).isEmpty());
            var given = new HashSet<Long>();
            copies.stream()
                    .filter(Future::succeeded)
                    .forEach(copy -> given.addAll(tasks(copy.result())));
            assertThat(given).hasSize(1);
            assertThat(granted(poll)).containsExactly(given.iterator().next().toString());
            ids.forEach(id -> coordinator.cancel(id).expect(200));
        }
    }

    /** Nobody listens for its answer any more, so what it were given would lie. */
    @Test
    void aCopyOfAPullThatComesAfterTheAnswerTakesNothing() {
        var empty = UUID.randomUUID();
        assertThat(worker.pull(empty, 1, 1, false)).isEmpty();
        var full = UUID.randomUUID();
        var done = coordinator.task("shop");
        var had = worker.pull(full, 1, 5000, false).getFirst().lease();
        assertThat(worker.pull(full, 1, 5000, false)).extracting(Assignment::lease).contains(had);
        worker.report(had, 1, new Fact.StageStarted(1, 0, "only", null));
        worker.report(had, 2, new Fact.Succeeded(2, null));
        coordinator.awaitStatus(done, "COMPLETED");
        var copies =
                List.of(
                        worker.pullLater(empty, 1, 25_000, false),
                        worker.pullLater(empty, 1, 25_000, true),
                        worker.pullLater(full, 1, 25_000, false),
                        worker.pullLater(full, 1, 25_000, true));

        var next = coordinator.task("shop");

        assertThat(tasks(worker.pull(1))).containsExactly(next);
        copies.forEach(copy -> assertThat(copy.await()).isEmpty());
    }

    private static List<String> granted(UUID poll) {
        return coordinator.sql("select task_id from lease where poll = '" + poll + "'");
    }

    @Test
    void aPinnedTaskWaitsForItsMachineAndBlocksNobody() {
        var other = bus.neighbour(coordinator);
        var pinned = List.of(pinned(other), pinned(other), pinned(other));
        var free = coordinator.task("shop");

        assertThat(tasks(worker.pull(1))).containsExactly(free);
        assertThat(worker.pull(UUID.randomUUID(), 4, 300, false)).isEmpty();

        assertThat(tasks(other.pull(2))).containsExactlyElementsOf(pinned.subList(0, 2));
        assertThat(tasks(other.pull(2))).containsExactly(pinned.get(2));
        other.close();
    }

    @Test
    void aPinnedTaskOfAnAgentTheMachineLacksDoesNotHoldUpTheNext() {
        var impossible = pinned(worker);
        coordinator.execute("update queue set agent_type = 'claude' where task_id = " + impossible);
        var possible = pinned(worker);

        assertThat(tasks(worker.pull(1))).containsExactly(possible);
    }

    @Test
    void higherPriorityGoesFirstAndThenAge() {
        var low = task(-5);
        var first = task(0);
        var second = task(0);
        var high = task(50);

        assertThat(tasks(worker.pull(4))).containsExactlyInAnyOrder(low, first, second, high);
        coordinator.execute("delete from queue");
        var again = List.of(task(-5), task(0), task(0), task(50));

        assertThat(tasks(worker.pull(1))).containsExactly(again.get(3));
        assertThat(tasks(worker.pull(1))).containsExactly(again.get(1));
        assertThat(tasks(worker.pull(1))).containsExactly(again.get(2));
        assertThat(tasks(worker.pull(1))).containsExactly(again.get(0));
    }

    @Test
    void aTaskOfAnAgentNobodyHasWaits() {
        var id = coordinator.task("shop");
        coordinator.execute("update queue set agent_type = 'claude' where task_id = " + id);

        assertThat(worker.pull(UUID.randomUUID(), 1, 300, false)).isEmpty();

        assertThat(coordinator.status(id)).isEqualTo("QUEUED");
    }

    @Test
    void aDrainedMachineIsGivenNothingAndDoesNotDrawTasksAwayFromOthers() {
        var drained = bus.neighbour(coordinator);
        coordinator.execute(
                "update machine set status = 'draining' where id = '" + drained.machine + "'");
        var poll = UUID.randomUUID();
        var nothing = drained.pullLater(poll, 100, 25_000, false);
        Await.until("the drained machine's pull is parked", () -> openCredit() >= 100);
        var something = worker.pullLater(UUID.randomUUID(), 1, 25_000, false);
        Await.until("both pulls are parked", () -> openCredit() >= 101);

        var id = coordinator.task("shop");

        assertThat(tasks(something.timeout(10, TimeUnit.SECONDS).await())).containsExactly(id);
        assertThat(nothing.isComplete()).isFalse();
        assertThat(drained.pull(poll, 100, 50, false)).isEmpty();
        drained.close();
    }

    @Test
    void tasksThatCannotBePlacedKeepTheTimeTheyWereQueued() {
        var other = bus.neighbour(coordinator);
        coordinator.execute(
                "update machine set status = 'draining' where id = '" + other.machine + "'");
        var id = pinned(other);
        var query = "select xmin || ' ' || enqueued_at from queue where task_id = " + id;
        var before = coordinator.sql(query);

        other.pull(UUID.randomUUID(), 1, 300, false);

        assertThat(coordinator.sql(query)).isEqualTo(before);
        other.close();
    }

    @Test
    void aWaitThatIsOverIsAnsweredWithNothing() {
        assertThat(worker.pull(UUID.randomUUID(), 1, 100, false)).isEmpty();
        assertThat(openCredit()).isZero();
    }

    @Test
    void aFormerDaemonIsGivenNothing() {
        var former = worker;
        var present = worker.restarted();
        present.hello();
        var id = coordinator.task("shop");

        assertThat(former.pull(UUID.randomUUID(), 1, 300, false)).isEmpty();
        assertThat(tasks(present.pull(1))).containsExactly(id);
    }

    /** Each assignment carries its pipeline, so many of them are more than a message can hold. */
    @Test
    void assignmentsThatDoNotFitIntoOneMessageDoNotBlockTheMachine() {
        var stages = new JsonArray();
        for (int i = 0; i < 14; i++) {
            stages.add(
                    new JsonObject()
                            .put("name", "s" + i)
                            .put("command", ": " + "x".repeat(16_000)));
        }
        var key = "big" + UUID.randomUUID().toString().substring(0, 8);
        coordinator
                .post(
                        "/api/admin/projects",
                        new JsonObject().put("key", key).put("name", key).put("pipeline", stages))
                .expect(201);
        var ids = IntStream.range(0, 8).mapToObj(_ -> coordinator.task(key)).toList();
        var poll = UUID.randomUUID();

        var given = worker.pull(poll, 8, 5000, false);

        assertThat(given).hasSizeBetween(1, 7);
        assertThat(worker.pull(poll, 8, 5000, true)).isEqualTo(given);
        assertThat(ids).containsAll(tasks(given));
        var lease = given.getFirst().lease();
        assertThat(worker.report(lease, 1, new Fact.StageStarted(1, 13, "s13", null)))
                .isEqualTo(Verdict.ACCEPTED);
    }

    private static long pinned(FakeWorker machine) {
        return coordinator.task(
                new JsonObject()
                        .put("projectKey", "shop")
                        .put("description", "pinned")
                        .put("machineId", machine.machine.toString()));
    }

    private static long task(int priority) {
        return coordinator.task(
                new JsonObject()
                        .put("projectKey", "shop")
                        .put("description", "d")
                        .put("priority", priority));
    }

    private static double openCredit() {
        return coordinator.metric("muster_dispatch_open_credit");
    }

    private static List<Assignment> await(Future<List<Assignment>> pulled) {
        return pulled.timeout(30, TimeUnit.SECONDS).await();
    }

    @Test
    void whoWatchesSeesHowLongTheOldestTransactionIsOpen() {
        var open = CompletableFuture.runAsync(() -> coordinator.sql("select pg_sleep(7)"));

        Await.until(
                "it is seen",
                () -> coordinator.metric("muster_database_oldest_transaction_seconds") >= 1);

        open.join();
    }
}
