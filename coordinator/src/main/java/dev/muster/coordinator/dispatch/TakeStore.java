package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.dispatch.rule.Wanted;
import dev.muster.coordinator.time.Stopwatch;
import dev.muster.protocol.git.RepositoryUrl;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;

/** Takes tasks off the head of the queue: who is next, and who may be. */
final class TakeStore {

    // Lanes are found by jumps through the index, and of each only as many rows are read as there
    // is credit (and some more, which others may hold locked): what else waits in it costs nothing.
    // The more lanes there are, the less is taken at once, so that a pass stays short.
    //
    // A waiting task rises by one point of priority for each $5 ms, at most to the highest priority
    // that waits: age lifts it past higher priorities, and never past its equals, among whom
    // projects take turns. Of what is pinned to a machine at most its own credit is taken, and of a
    // project at most what its limit leaves, so that what must wait never blocks what is behind it;
    // what waits for a person's answer takes no place in it, and what nobody who asks may be given
    // but a machine that is passed over for it is not taken at all.
    // The oldest of a lane is looked for once, and the others behind it: before it may lie all that
    // was taken while somebody has a transaction open, which nobody can tidy up.
    // Who holds leases is counted only if a limited project waits, and from the leases, never from
    // all tasks a project ever had. The rows stay in the queue, locked, until they are granted.
    // One's own locks are not skipped: what the transaction took before is named, in $8 the tasks
    // and in $10 how many of each project.
    private static final String TAKE =
            """
            with recursive open as materialized (
                select *
                  from unnest($1::uuid[], $2::int[]) as o (machine_id, credit)
            ), free_lane as (
                select k.agent_type, f.project_id, f.priority, f.task_id as low
                  from unnest($3::text[]) as k (agent_type)
                 cross join lateral (
                     select q.project_id, q.priority, q.task_id
                       from queue q
                      where q.pinned is null and q.agent_type = k.agent_type
                      order by q.project_id, q.priority, q.task_id
                      limit 1) f
                 union all
                select l.agent_type, n.project_id, n.priority, n.task_id
                  from free_lane l
                 cross join lateral (
                     select q.project_id, q.priority, q.task_id
                       from queue q
                      where q.pinned is null and q.agent_type = l.agent_type
                        and (q.project_id, q.priority) > (l.project_id, l.priority)
                      order by q.project_id, q.priority, q.task_id
                      limit 1) n
            ), pinned_lane as (
                select o.machine_id, o.credit, f.agent_type, f.project_id, f.priority, f.task_id as low
                  from open o
                 cross join lateral (
                     select q.agent_type, q.project_id, q.priority, q.task_id
                       from queue q
                      where q.pinned = o.machine_id
                      order by q.agent_type, q.project_id, q.priority, q.task_id
                      limit 1) f
                 where exists (select 1 from queue where pinned is not null)
                 union all
                select l.machine_id, l.credit, n.agent_type, n.project_id, n.priority, n.task_id
                  from pinned_lane l
                 cross join lateral (
                     select q.agent_type, q.project_id, q.priority, q.task_id
                       from queue q
                      where q.pinned = l.machine_id
                        and (q.agent_type, q.project_id, q.priority) > (l.agent_type, l.project_id, l.priority)
                      order by q.agent_type, q.project_id, q.priority, q.task_id
                      limit 1) n
            ), lane as materialized (
                select null::uuid as pinned, agent_type, project_id, priority, low,
                       (select least(sum(credit), $4)::int from open) as most
                  from free_lane
                 union all
                select machine_id, agent_type, project_id, priority, low, credit
                  from pinned_lane
                 where agent_type = any($3)
            ), bound as materialized (
                select max(priority) as highest, greatest(8, 4096 / greatest(count(*), 1))::int as rows
                  from lane
            ), limited as materialized (
                select distinct p.id
                  from lane l
                  join project p on p.id = l.project_id
                 where p.concurrency is not null
            ), held as materialized (
                select t.project_id, count(*) as held
                  from lease e
                 cross join lateral (
                     select project_id
                       from task
                      where id = e.task_id and takes_slot(state, reason)
                     offset 0) t
                 where exists (select 1 from limited) and t.project_id in (select id from limited)
                 group by t.project_id
            ), roomy as materialized (
                select l.*, p.repo_url, p.concurrency, p.concurrency - coalesce(h.held, 0) - coalesce(t.taken, 0) as room
                  from lane l
                  join project p on p.id = l.project_id
                  left join held h on h.project_id = l.project_id
                  left join unnest($6::bigint[], $10::bigint[]) as t (project_id, taken) on t.project_id = l.project_id
            ), waiting as (
                select w.task_id, l.pinned, l.agent_type, l.project_id, l.most, l.repo_url, l.concurrency, l.room,
                       least(l.priority + floor(extract(epoch from now() - w.enqueued_at) * 1000 / $5), b.highest)
                           as effective
                  from roomy l
                 cross join bound b
                 cross join lateral (
                     (select q.task_id, q.enqueued_at
                        from queue q
                       where l.pinned is null and q.pinned is null and q.agent_type = l.agent_type
                         and q.project_id = l.project_id and q.priority = l.priority
                         and q.task_id >= l.low and q.task_id <> all($8)
                         and (q.passed_until is null or q.passed_until < now() or q.passed_over is distinct from $9::uuid)
                       order by q.task_id
                       limit least(l.most + 64, b.rows))
                      union all
                     (select q.task_id, q.enqueued_at
                        from queue q
                       where q.pinned = l.pinned and q.agent_type = l.agent_type
                         and q.project_id = l.project_id and q.priority = l.priority
                         and q.task_id >= l.low and q.task_id <> all($8)
                       order by q.task_id
                       limit least(l.most + 64, b.rows))) w
                 where l.room is null or l.room > 0
            ), placed as (
                select w.*,
                       row_number() over (partition by w.project_id order by w.effective desc, w.task_id) as place,
                       row_number() over (partition by w.pinned order by w.effective desc, w.task_id) as place_of_pin
                  from waiting w
            ), ranked as (
                select p.*, p.place + coalesce(t.ahead, 0) as turn
                  from placed p
                  left join unnest($6::bigint[], $7::bigint[]) as t (project_id, ahead) on t.project_id = p.project_id
                 where (p.room is null or p.place <= p.room) and (p.pinned is null or p.place_of_pin <= p.most)
            )
            select q.task_id, q.pinned, q.agent_type, q.project_id, r.repo_url, r.concurrency,
                   case when q.passed_until > now() then q.passed_over end as passed_over
              from ranked r
              join queue q on q.task_id = r.task_id
             order by r.effective desc, r.turn, r.task_id
             limit (select least(sum(o.credit), $4, (select rows from bound)) from open o)
               for update of q skip locked
            """;

    // Only of projects that have a limit: for the others grants never wait for each other. In the
    // order of projects, as whoever locks several.
    private static final String LOCK =
            """
            select id, concurrency
              from project
             where id = any($1) and concurrency is not null
             order by id
               for no key update
            """;

    // A statement of its own: it must see the leases of those who held the lock before.
    private static final String HELD =
            """
            select t.project_id, count(*)::int as held
              from lease l
             cross join lateral (
                 select project_id
                   from task
                  where id = l.task_id and takes_slot(state, reason)
                 offset 0) t
             where t.project_id = any($1)
             group by t.project_id
            """;

    /** A task taken, with the project's limit; null if it has none. */
    private record Taken(QueuedTask task, @Nullable Integer limit) {}

    /**
     * What was taken, the first first.
     *
     * @param room how many more tasks those projects may start that have a limit; nobody else can
     *     start one before this transaction ends
     */
    record Head(List<QueuedTask> tasks, Map<Long, Integer> room) {}

    /** How long a task that cannot be granted is out of the way of the others. */
    private static final Duration PASSED_BY = Duration.ofMinutes(1);

    private final Supplier<Duration> ageing;
    // only the dispatcher's loop touches it
    private final Map<Long, Stopwatch> passedBy = new HashMap<>();

    /**
     * @param ageing in which a waiting task rises by one point of priority, as it is set now
     */
    TakeStore(Supplier<Duration> ageing) {
        this.ageing = ageing;
    }

    /**
     * Takes for one group after the other, in their order. Each has its share of {@code most}, and
     * what those before it left of theirs.
     *
     * @param ahead turns that projects are ahead of the others
     * @param most tasks to take, whatever the credit
     */
    Head take(Transaction transaction, List<Group> groups, Map<Long, Long> ahead, int most) {
        var taken = new ArrayList<Taken>();
        int groupsLeft = groups.size();
        for (var group : groups) {
            int share = Math.ceilDiv(most - taken.size(), groupsLeft--);
            if (share > 0) {
                taken.addAll(take(transaction, group, ahead, taken, share));
            }
        }
        // not before all is taken: whoever locks several projects locks them in order
        var room = room(transaction, taken);
        return new Head(taken.stream().map(Taken::task).toList(), room);
    }

    private List<Taken> take(
            Transaction transaction,
            Group group,
            Map<Long, Long> ahead,
            List<Taken> before,
            int most) {
        var credit = new LinkedHashMap<UUID, Integer>();
        group.candidates()
                .forEach(
                        one ->
                                credit.merge(
                                        one.pull().machine(), one.pull().credit(), Integer::sum));
        var except = new HashSet<>(passedBy());
        // each is a turn taken, though it is not granted yet
        var turns = new HashMap<>(ahead);
        var takenOf = new HashMap<Long, Long>();
        for (var one : before) {
            except.add(one.task().id());
            turns.merge(one.task().project(), 1L, Long::sum);
            takenOf.merge(one.task().project(), 1L, Long::sum);
        }
        var projects = List.copyOf(turns.keySet());
        var arguments =
                Tuple.of(
                        credit.keySet().toArray(UUID[]::new),
                        credit.values().toArray(Integer[]::new),
                        group.agentTypes().toArray(String[]::new),
                        most,
                        ageing.get().toMillis(),
                        projects.toArray(Long[]::new),
                        projects.stream().map(turns::get).toArray(Long[]::new),
                        except.toArray(Long[]::new),
                        credit.size() == 1 ? credit.keySet().iterator().next() : null,
                        projects.stream()
                                .map(one -> takenOf.getOrDefault(one, 0L))
                                .toArray(Long[]::new));
        var taken = new ArrayList<Taken>();
        transaction
                .query("taking tasks off the queue", TAKE, arguments)
                .forEach(row -> taken.add(taken(row)));
        return taken;
    }

    /** The task is not taken for a while. */
    void passBy(long task) {
        passedBy.put(task, Stopwatch.started());
    }

    private Set<Long> passedBy() {
        passedBy.values().removeIf(since -> since.elapsed().compareTo(PASSED_BY) > 0);
        return passedBy.keySet();
    }

    private static Taken taken(Row row) {
        return new Taken(
                new QueuedTask(
                        row.getLong("task_id"),
                        row.getLong("project_id"),
                        new Wanted(
                                row.getString("agent_type"),
                                row.getUUID("pinned"),
                                row.getUUID("passed_over")),
                        fingerprint(row.getString("repo_url"))),
                row.getInteger("concurrency"));
    }

    /** An address that is none is the attempt's own affair, which fails by it. */
    private static @Nullable String fingerprint(@Nullable String address) {
        try {
            return address == null ? null : RepositoryUrl.parse(address).fingerprint();
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static Map<Long, Integer> room(Transaction transaction, List<Taken> taken) {
        var limited = new TreeSet<Long>();
        taken.stream()
                .filter(one -> one.limit() != null)
                .forEach(one -> limited.add(one.task().project()));
        if (limited.isEmpty()) {
            return Map.of();
        }
        var room = new HashMap<Long, Integer>();
        var projects = Tuple.of(limited.toArray(Long[]::new));
        transaction
                .query("locking projects with a limit", LOCK, projects)
                .forEach(row -> room.put(row.getLong("id"), row.getInteger("concurrency")));
        transaction
                .query("counting what projects run", HELD, projects)
                .forEach(
                        row ->
                                room.computeIfPresent(
                                        row.getLong("project_id"),
                                        (_, limit) -> limit - row.getInteger("held")));
        return room;
    }
}
