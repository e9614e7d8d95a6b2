package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.coordinator.secret.Provisions;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Continuation;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;
import dev.muster.protocol.wire.WireException;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Grants leases of tasks taken off the queue, both in one transaction. */
final class GrantStore {

    private static final Logger log = LoggerFactory.getLogger(GrantStore.class);

    /** Bounds a transaction, and how long those who wait for a later one wait. */
    private static final int MOST_AT_ONCE = 256;

    /** For so many start deadlines it helps to ask again for what was granted. */
    private static final int MOST_DEADLINES = 4;

    /** More than any description that people may write, and far less than a message holds. */
    private static final int LONGEST_DESCRIPTION = 100_000;

    // A fence is never granted twice, not even by a standby that has not heard of all grants.
    // What was known of a machine may be a moment old. One that was drained, whose daemon was
    // replaced, or that is not trusted with the agent any more, is granted nothing.
    private static final String GRANT =
            """
            with placed as (
                select p.*
                  from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $8::text[])
                       as p (task_id, machine_id, boot, poll, credit, agent_type)
                  join machine m on m.id = p.machine_id and m.status = 'active'
                  join presence s on s.machine_id = p.machine_id and s.boot = p.boot
                 where not exists (select 1 from degradation d
                                    where d.machine_id = p.machine_id and d.agent_type = p.agent_type)
            ), moved as (
                update task t
                   set state = 'ASSIGNED', machine_id = p.machine_id, fence = greatest(t.fence + 1, f.least),
                       events = t.events + 1,
                       stage = null, try = null, tries = null, reason = null, detail = null
                  from placed p, (select least_fence() as least offset 0) f
                 where t.id = p.task_id and t.state = any($7)
                returning t.id, t.attempt, t.fence, t.events, t.project_id, t.pipeline_id, t.developer_id,
                          t.description, t.from_stage, t.from_attempt, p.machine_id, p.boot, p.poll, p.credit
            ), leased as (
                insert into lease (task_id, attempt, fence, machine_id, boot, poll, credit, expires_at)
                select id, attempt, fence, machine_id, boot, poll, credit, now() + $6::bigint * interval '1 ms'
                  from moved
            ), attempted as (
                insert into attempt (task_id, number, machine_id, fence, workspace)
                select id, attempt, machine_id, fence, from_attempt
                  from moved
                    on conflict (task_id, number)
                    do update set machine_id = excluded.machine_id, fence = excluded.fence, workspace = excluded.workspace,
                                  granted_at = now()
            ), dequeued as (
                delete from queue q
                 using moved m
                 where q.task_id = m.id
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select id, events, 'state_change', attempt,
                       jsonb_build_object('from', 'QUEUED', 'to', 'ASSIGNED', 'machineId', machine_id)
                  from moved
            )
            select m.id, m.attempt, m.fence, m.poll, m.description, m.pipeline_id, m.from_stage, m.from_attempt,
                   p.id as project_id, p.key, p.repo_url, p.default_branch, p.push, w.agent_type, p.environment,
                   exists (select 1 from secret s where s.project_id = p.id) as has_secrets, d.git_name, d.git_email
              from moved m
              join project p on p.id = m.project_id
              join pipeline w on w.id = m.pipeline_id
              join developer d on d.id = m.developer_id
             order by m.id
            """;

    // It may have been granted long ago and its answer lost: who hears of it only now has the same
    // time to begin it as anybody. Whoever named it was told of it, and prolongs it by that. What
    // was granted more than $4 ms ago runs out: its machine asks and asks and never hears.
    private static final String GRANTED =
            """
            with mine as materialized (
                select task_id, attempt, fence, poll
                  from lease
                 where poll = $1 and machine_id = $2
                 order by task_id
                   for update
            ), renewed as (
                update lease l
                   set expires_at = greatest(l.expires_at, now() + $3::bigint * interval '1 ms'), heard_at = now()
                  from mine m
                 where l.task_id = m.task_id and not l.renewed
                   and l.granted_at > now() - $4::bigint * interval '1 ms'
            )
            select t.id, l.attempt, l.fence, l.poll, t.description, t.pipeline_id, t.from_stage, t.from_attempt,
                   p.id as project_id, p.key, p.repo_url, p.default_branch, p.push, w.agent_type, p.environment,
                   exists (select 1 from secret s where s.project_id = p.id) as has_secrets, d.git_name, d.git_email
              from mine l
              join task t on t.id = l.task_id
              join project p on p.id = t.project_id
              join pipeline w on w.id = t.pipeline_id
              join developer d on d.id = t.developer_id
             order by t.id
            """;

    /**
     * What a grant came to.
     *
     * @param byPoll the assignments of each poll; polls that got nothing are absent
     * @param projects of the tasks granted, one for each
     * @param outdated machines that were granted less than was meant for them
     * @param poisoned how many of the tasks failed at once, since they cannot be handed out
     */
    record Granted(
            Map<UUID, List<Assignment>> byPoll,
            List<Long> projects,
            Set<UUID> outdated,
            int poisoned) {
        private static final Granted NOTHING = new Granted(Map.of(), List.of(), Set.of(), 0);
    }

    private final Database database;
    private final Pipelines pipelines;
    private final Provisions provisions;
    private final Supplier<Eligibility> rules;
    private final TakeStore queue;
    private final Duration startDeadline;

    GrantStore(
            Database database,
            Pipelines pipelines,
            Provisions provisions,
            Supplier<Eligibility> rules,
            TakeStore queue,
            Duration startDeadline) {
        this.database = database;
        this.pipelines = pipelines;
        this.provisions = provisions;
        this.rules = rules;
        this.queue = queue;
        this.startDeadline = startDeadline;
    }

    /**
     * Takes as many tasks as there is credit, lets {@code Placement} choose, and grants what it
     * chose.
     *
     * @param ahead turns that projects are ahead of the others
     */
    Granted grant(List<Candidate> candidates, Map<Long, Long> ahead) {
        var now = rules.get();
        var groups = Group.of(now, candidates);
        int most = MOST_AT_ONCE;
        while (true) {
            var placed = new ArrayList<Placement.Placed>();
            int taking = most;
            try {
                return database.inTransaction(
                        "granting leases",
                        transaction -> {
                            var head = queue.take(transaction, groups, ahead, taking);
                            placed.addAll(
                                    Placement.place(now, head.tasks(), candidates, head.room()));
                            return grant(transaction, placed);
                        });
            } catch (DatabaseFailure e) {
                if (!e.isRefusal() || e.violates("lease_poll_key") || placed.isEmpty()) {
                    throw e;
                }
                most = afterRefusal(placed, e);
            }
        }
    }

    private Granted grant(Transaction transaction, List<Placement.Placed> placed) {
        if (placed.isEmpty()) {
            return Granted.NOTHING;
        }
        var rows = transaction.query("granting leases", GRANT, grantArguments(placed));
        var missing = new ArrayList<>(List.of(ids(placed)));
        var assignments = new HashMap<UUID, List<Assignment>>();
        var poison = new ArrayList<Long>();
        var secrets = provisions.of(transaction, withSecrets(rows));
        for (var row : rows) {
            missing.remove(row.getLong("id"));
            if (!gather(row, secrets, assignments)) {
                poison.add(row.getLong("id"));
            }
        }
        if (!poison.isEmpty()) {
            PoisonStore.fail(transaction, poison);
        }
        if (!missing.isEmpty() && PoisonStore.forget(transaction, missing) > 0) {
            log.error("rows without a waiting task were in the queue, of tasks={}", missing);
        }
        return granted(placed, missing, poison.size(), assignments);
    }

    /**
     * One of several may be to blame for what the database refuses: with fewer at a time it comes
     * to stand alone, and is passed by.
     *
     * @return how many to take now
     */
    private int afterRefusal(List<Placement.Placed> placed, DatabaseFailure why) {
        if (placed.size() > 1) {
            return placed.size() / 2;
        }
        long task = placed.getFirst().task().id();
        log.error("a task that cannot be granted is passed by for a while task={}", task, why);
        queue.passBy(task);
        return MOST_AT_ONCE;
    }

    private static Granted granted(
            List<Placement.Placed> placed,
            List<Long> missing,
            int poisoned,
            Map<UUID, List<Assignment>> assignments) {
        return new Granted(
                assignments,
                placed.stream()
                        .filter(one -> !missing.contains(one.task().id()))
                        .map(one -> one.task().project())
                        .toList(),
                placed.stream()
                        .filter(one -> missing.contains(one.task().id()))
                        .map(one -> one.pull().machine())
                        .collect(Collectors.toSet()),
                poisoned);
    }

    /**
     * What was granted to a poll before, in order, with the time to begin it anew, unless that was
     * too long ago; empty when nothing was, or all has ended.
     */
    List<Assignment> granted(UUID poll, UUID machine) {
        var assignments = new HashMap<UUID, List<Assignment>>();
        var arguments =
                Tuple.of(
                        poll,
                        machine,
                        startDeadline.toMillis(),
                        startDeadline.multipliedBy(MOST_DEADLINES).toMillis());
        var rows = database.query("renewing a poll's leases", GRANTED, arguments);
        var secrets = provisions.of(withSecrets(rows));
        rows.forEach(row -> gather(row, secrets, assignments));
        return assignments.getOrDefault(poll, List.of());
    }

    private static Set<Long> withSecrets(RowSet<Row> rows) {
        var projects = new HashSet<Long>();
        for (var row : rows) {
            if (Boolean.TRUE.equals(row.getBoolean("has_secrets"))) {
                projects.add(row.getLong("project_id"));
            }
        }
        return projects;
    }

    private static Long[] ids(List<Placement.Placed> placed) {
        return placed.stream().map(one -> one.task().id()).toArray(Long[]::new);
    }

    private Tuple grantArguments(List<Placement.Placed> placed) {
        return Tuple.of(
                ids(placed),
                placed.stream().map(one -> one.pull().machine()).toArray(UUID[]::new),
                placed.stream().map(one -> one.pull().boot()).toArray(UUID[]::new),
                placed.stream().map(one -> one.pull().poll()).toArray(UUID[]::new),
                placed.stream().map(Placement.Placed::credit).toArray(Integer[]::new),
                startDeadline.toMillis(),
                TaskState.names(TaskLifecycle.sources(Trigger.CLAIM, TaskState.ASSIGNED)),
                placed.stream().map(one -> one.task().wanted().agentType()).toArray(String[]::new));
    }

    /**
     * Adds what the row says to its poll's assignments.
     *
     * @return false if it makes no sense, as after a change of the rows by hand
     */
    private boolean gather(Row row, Provisions.Found secrets, Map<UUID, List<Assignment>> into) {
        try {
            var assignment = assignment(row, secrets);
            into.computeIfAbsent(row.getUUID("poll"), _ -> new ArrayList<>()).add(assignment);
            return true;
        } catch (WireException | IllegalArgumentException | IllegalStateException e) {
            log.error("a task cannot be handed out task={}", row.getLong("id"), e);
            return false;
        }
    }

    private Assignment assignment(Row row, Provisions.Found secrets) {
        var description = row.getString("description");
        if (description.length() > LONGEST_DESCRIPTION) {
            throw new IllegalStateException("its description would fill a message");
        }
        var pipeline = pipelines.get(row.getLong("pipeline_id"));
        var continuation = continuation(row);
        var stages = pipeline.stages();
        var provision =
                secrets.provision(
                        row.getLong("project_id"),
                        row.getJsonObject("environment"),
                        continuation == null
                                ? stages
                                : stages.subList(continuation.stage(), stages.size()),
                        row.getString("repo_url"));
        return new Assignment(
                new LeaseRef(row.getLong("id"), row.getInteger("attempt"), row.getLong("fence")),
                description,
                row.getString("key"),
                row.getString("repo_url"),
                row.getString("default_branch"),
                row.getString("git_name"),
                row.getString("git_email"),
                row.getString("agent_type"),
                pipeline,
                continuation,
                provision,
                row.getString("push").equals("on_success"));
    }

    private static @Nullable Continuation continuation(Row row) {
        var stage = row.getInteger("from_stage");
        return stage == null ? null : new Continuation(stage, row.getInteger("from_attempt"));
    }
}
