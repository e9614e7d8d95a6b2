package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Every pair of a state and a trigger, driven by what really pulls it: the task moves as the table
 * says, or is refused by name and nothing of it changes.
 *
 * <p>A trigger is pulled for a task in each state at once, so that what waits for a sweep waits
 * once. Whoever adds a trigger has to say here what pulls it, or this does not compile.
 */
class TransitionsIT extends OneWorker {

    private static final Fact START = new Fact.StageStarted(1, 0, "only", null);
    private static final Fact SUCCESS = new Fact.Succeeded(3, null);
    private static final Fact FAILURE = new Fact.Failed(2, "stage_failed", "It broke.", null);

    /** A sweep tells nobody. */
    private static final String NOTHING = "nothing";

    private final Map<TaskState, Long> tasks = new EnumMap<>(TaskState.class);
    private final Map<TaskState, LeaseRef> leases = new EnumMap<>(TaskState.class);

    @BeforeAll
    static void start() {
        start(LeaseConfig.DEFAULT);
    }

    @ParameterizedTest
    @EnumSource(Trigger.class)
    void movesWhatTheTableMovesAndRefusesTheRest(Trigger trigger) {
        putATaskIntoEachState(trigger);
        var before = new EnumMap<TaskState, String>(TaskState.class);
        tasks.forEach((state, task) -> before.put(state, rows(task)));

        var said = pull(trigger);

        for (var state : TaskState.values()) {
            var pair = trigger + " in " + state;
            var to = TaskLifecycle.next(state, trigger);
            if (to.isPresent()) {
                coordinator.awaitStatus(tasks.get(state), to.get().name());
                assertThat(said.get(state)).as(pair).isEqualTo(ofAMove(trigger));
            } else {
                assertThat(rows(tasks.get(state))).as(pair).isEqualTo(before.get(state));
                assertThat(said.get(state)).as(pair).isEqualTo(ofARefusal(trigger, state));
            }
        }
    }

    /** What of a task may not change when it is refused. */
    private static String rows(long task) {
        return coordinator
                .sql(
                        """
                        select concat_ws(' ', t.state, t.attempt, t.fence, t.events, t.stage, t.machine_id, t.reason,
                                         t.ended_at, t.lost_since, a.fence, a.facts, a.outcome, l.fence, l.lost,
                                         (select count(*) from event e where e.task_id = t.id))
                          from task t
                          left join attempt a on a.task_id = t.id and a.number = t.attempt
                          left join lease l on l.task_id = t.id
                         where t.id = %d
                        """
                                .formatted(task))
                .getFirst();
    }

    private void putATaskIntoEachState(Trigger trigger) {
        for (var state : TaskState.values()) {
            if (state != TaskState.QUEUED) {
                tasks.put(state, coordinator.task("shop"));
            }
        }
        var pulled = worker.pull(tasks.size());
        assertThat(pulled).hasSameSizeAs(tasks.values());
        tasks.forEach(
                (state, task) ->
                        pulled.stream()
                                .filter(one -> one.lease().task() == task)
                                .forEach(one -> leases.put(state, one.lease())));
        tasks.put(TaskState.QUEUED, coordinator.task("shop"));
        leases.forEach(
                (state, lease) -> {
                    if (state != TaskState.ASSIGNED) {
                        assertThat(worker.report(lease, 1, START)).isEqualTo(Verdict.ACCEPTED);
                    }
                });
        worker.report(leases.get(TaskState.COMPLETED), 2, SUCCESS);
        worker.report(leases.get(TaskState.FAILED), 2, FAILURE);
        coordinator.cancel(tasks.get(TaskState.CANCELLED)).expect(200);
        suspend(leases.get(TaskState.SUSPENDED), waitsForItsMachine(trigger));
        tasks.forEach(
                (state, task) -> assertThat(coordinator.status(task)).isEqualTo(state.name()));
    }

    /** One reason to wait is as good as the other, but for what a sign of life means. */
    private static boolean waitsForItsMachine(Trigger trigger) {
        return switch (trigger) {
            case START, RELEASE, CLAIM -> false;
            case SUSPEND, RESUME, SUCCEED, FAIL, DECOMMISSION, RETRY, RESTORE, CANCEL -> true;
        };
    }

    private static void suspend(LeaseRef lease, boolean lost) {
        coordinator.execute(
                """
                with lost as (
                    update lease set lost = %2$s where task_id = %1$d
                ), asked as (
                    insert into gate (task_id, attempt, stage, kind, expires_at)
                    select id, attempt, 0, 'confirm', now() + interval '1 h'
                      from task
                     where id = %1$d and not %2$s
                )
                update task
                   set state = 'SUSPENDED', reason = case when %2$s then 'MACHINE_LOST' else 'GATE' end,
                       lost_since = case when %2$s then now() end
                 where id = %1$d
                """
                        .formatted(lease.task(), lost));
    }

    /** Pulls it for all tasks; answers what was said of each. */
    private Map<TaskState, String> pull(Trigger trigger) {
        return switch (trigger) {
            case CLAIM -> claim();
            case START -> report(worker, _ -> 1, START);
            case RELEASE -> letTheStartDeadlinePass();
            case SUSPEND -> fallSilent();
            case RESUME -> speakAgain();
            case SUCCEED -> report(worker, state -> Math.max(2, nextFact(state)), SUCCESS);
            case FAIL -> report(worker, TransitionsIT::nextFact, FAILURE);
            case DECOMMISSION -> decommission();
            case RETRY -> ask(coordinator::retry);
            case RESTORE -> comeBackWithTheOutcome();
            case CANCEL -> ask(coordinator::cancel);
        };
    }

    private static String ofAMove(Trigger trigger) {
        return switch (trigger) {
            case CLAIM -> "granted";
            case START, SUCCEED, FAIL, RESTORE -> "ACCEPTED";
            case RELEASE, SUSPEND, DECOMMISSION -> NOTHING;
            case RESUME -> "go on";
            case RETRY, CANCEL -> "200";
        };
    }

    private static String ofARefusal(Trigger trigger, TaskState state) {
        return switch (trigger) {
            case CLAIM -> "not granted";
            // a repeat of what its holder told before
            case START -> state == TaskState.QUEUED ? "STALE" : "ACCEPTED";
            // nothing was told of it yet
            case SUCCEED -> state == TaskState.ASSIGNED ? "GAP" : "STALE";
            case FAIL, RESTORE -> "STALE";
            case RELEASE, SUSPEND, DECOMMISSION -> NOTHING;
            case RESUME ->
                    Set.of(TaskState.ASSIGNED, TaskState.RUNNING).contains(state)
                            ? "go on"
                            : "stop";
            case RETRY -> "409 not_retryable";
            case CANCEL -> "409 task_ended";
        };
    }

    /** Those that do not wait stand in the queue by mistake. */
    private Map<TaskState, String> claim() {
        coordinator.execute(
                """
                insert into queue (task_id, project_id, agent_type)
                select t.id, t.project_id, 'shell' from task t
                 where t.id in (%s) and t.state <> 'QUEUED'
                """
                        .formatted(
                                tasks.values().stream()
                                        .map(String::valueOf)
                                        .collect(Collectors.joining(","))));
        var granted = worker.pull(tasks.size()).stream().map(one -> one.lease().task()).toList();
        return said(state -> granted.contains(tasks.get(state)) ? "granted" : "not granted");
    }

    private Map<TaskState, String> report(
            FakeWorker by, ToIntFunction<TaskState> first, Fact fact) {
        return said(state -> by.report(lease(state), first.applyAsInt(state), fact).name());
    }

    private static int nextFact(TaskState state) {
        return switch (state) {
            case QUEUED, ASSIGNED -> 1;
            case RUNNING, SUSPENDED, CANCELLED -> 2;
            case COMPLETED, FAILED -> 3;
        };
    }

    /** What began has none. */
    private Map<TaskState, String> letTheStartDeadlinePass() {
        coordinator.execute(
                """
                update lease l
                   set granted_at = l.granted_at - interval '1 h',
                       heard_at = case when a.started_at is null then now() - interval '2 ms' else l.heard_at end,
                       expires_at = case when a.started_at is null then now() - interval '1 ms' else l.expires_at end
                  from attempt a
                 where a.task_id = l.task_id and a.number = l.attempt and l.machine_id = '%s'
                """
                        .formatted(worker.machine));
        coordinator.awaitStatus(tasks.get(TaskState.ASSIGNED), "QUEUED");
        return said(_ -> NOTHING);
    }

    private Map<TaskState, String> fallSilent() {
        Await.until(
                "what runs waits for its machine",
                () -> {
                    // whenever the sweep was late it trusts no silence before
                    coordinator.execute("update sweep set heard_since = now() - interval '1 h'");
                    coordinator.execute(
                            "update lease set heard_at = now() - interval '50 s' where machine_id = '%1$s'"
                                    .formatted(worker.machine));
                    coordinator.execute(
                            "update presence set seen_at = now() - interval '50 s' where machine_id = '%1$s'"
                                    .formatted(worker.machine));
                    return coordinator.status(tasks.get(TaskState.RUNNING)).equals("SUSPENDED");
                });
        return said(_ -> NOTHING);
    }

    private Map<TaskState, String> speakAgain() {
        var all = tasks.keySet().stream().map(this::lease).toArray(LeaseRef[]::new);
        var stop = worker.heartbeat(all).stop();
        return said(state -> stop.contains(lease(state)) ? "stop" : "go on");
    }

    private Map<TaskState, String> decommission() {
        coordinator.delete("/api/admin/machines/" + worker.machine).expect(204);
        return said(_ -> NOTHING);
    }

    /** What is held by right is another's, so that nobody takes it for the end of it. */
    private Map<TaskState, String> comeBackWithTheOutcome() {
        var said = report(bus, state -> Math.max(2, nextFact(state)), SUCCESS);
        coordinator.execute(
                """
                with lost as (update attempt set outcome = 'LOST', reason = 'machine_lost' where task_id = %1$d)
                update task set reason = 'machine_lost' where id = %1$d
                """
                        .formatted(tasks.get(TaskState.FAILED)));
        said.put(TaskState.FAILED, worker.report(lease(TaskState.FAILED), 3, SUCCESS).name());
        return said;
    }

    private Map<TaskState, String> ask(LongFunction<CoordinatorFixture.Response> request) {
        return said(
                state -> {
                    var answer = request.apply(tasks.get(state));
                    var code = answer.body().getString("code");
                    return answer.status() + (code == null ? "" : " " + code);
                });
    }

    private Map<TaskState, String> said(Function<TaskState, String> of) {
        var said = new EnumMap<TaskState, String>(TaskState.class);
        for (var state : TaskState.values()) {
            said.put(state, of.apply(state));
        }
        return said;
    }

    /** The right to it, or for what never was anybody's one that nobody was given. */
    private LeaseRef lease(TaskState state) {
        return leases.getOrDefault(state, new LeaseRef(tasks.get(state), 1, 1));
    }
}
