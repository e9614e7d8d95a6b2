package dev.muster.coordinator.report;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.lease.ResumeStore;
import dev.muster.coordinator.secret.Mask;
import dev.muster.coordinator.secret.Masks;
import dev.muster.protocol.message.Kept;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/** Takes many reports in one statement: each by its own lease, all in one commit. */
final class ReportStore {

    /** A report and the machine it came from. */
    record FromMachine(UUID machine, Report report) {}

    // The lease is locked first, with its attempt, and in the order of tasks: whatever else moves a
    // leased task does the same. A start is a sign of life: from then on the grace window counts.
    // While the task waits for its machine nothing is taken: the machine speaks, so it resumes
    // first. What was masked by another version of its project's secrets than there is now is not
    // taken. What a beginning or an end says about the machine's agent is noted last, in the order
    // of machines; a machine that begins anything hears what it is given.
    private static final String APPLY =
            """
            with input as (
                select *
                  from unnest($1::bigint[], $2::int[], $3::bigint[], $4::uuid[], $5::int[], $6::int[], $7::boolean[],
                              $8::int[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::int[],
                              $25::text[], $26::bigint[], $27::int[], $28::int[], $29::int[], $30::bigint[])
                       with ordinality
                       as i (task_id, attempt, fence, machine_id, first, last, starts,
                             stage, ends, reason, detail, branch, work, told, health, lasts, try, tries, gate, secrets, n)
            ), held as materialized (
                select i.*, l.boot, t.state as was, p.stages -> i.gate -> 'gate' as asks
                  from input i
                  join lease l
                    on l.task_id = i.task_id and l.attempt = i.attempt and l.fence = i.fence
                   and l.machine_id = i.machine_id and not l.lost
                  join attempt a on a.task_id = i.task_id and a.number = i.attempt
                  join task t on t.id = i.task_id
                  join pipeline p on p.id = t.pipeline_id
                  join project s on s.id = t.project_id and s.secrets_version = i.secrets
                 where (i.stage is null
                        or i.stage < case jsonb_typeof(p.stages)
                                     when 'array' then jsonb_array_length(p.stages) else 50 end)
                   and (i.gate is null or p.stages -> i.gate -> 'gate' is not null)
                   and (t.reason is distinct from 'GATE' or i.ends = 'FAILED')
                   and t.state = any(case when i.starts then $15::text[]
                                          when i.ends = 'COMPLETED' then $16::text[]
                                          when i.ends = 'FAILED' then $17::text[]
                                          else $18::text[] end)
                 order by l.task_id
                   for update of l, a
            ), noted as (
                update attempt a
                   set facts = h.last,
                       started_at = case when h.starts then now() else a.started_at end,
                       branch = coalesce(h.branch, a.branch),
                       stage = coalesce(h.stage, a.stage),
                       ended_at = case when h.ends is not null then now() end,
                       outcome = case h.ends when 'COMPLETED' then 'SUCCEEDED' when 'FAILED' then 'FAILED' end,
                       reason = case when h.ends is not null then h.reason end,
                       work = h.work::jsonb
                  from held h
                 where a.task_id = h.task_id and a.number = h.attempt and a.facts = h.first - 1
                returning h.*
            ), moved as (
                update task t
                   set state = coalesce(o.ends, case when o.gate is not null then 'SUSPENDED' else 'RUNNING' end),
                       stage = coalesce(o.stage, t.stage),
                       try = case when o.stage is null then t.try else o.try end,
                       tries = case when o.stage is null then t.tries else o.tries end,
                       started_at = case when o.starts then coalesce(t.started_at, now()) else t.started_at end,
                       ended_at = case when o.ends is not null then now() end,
                       reason = o.reason,
                       detail = o.detail,
                       events = t.events + o.told
                  from noted o
                 where t.id = o.task_id
                   and t.state = any(case when o.starts then $15::text[]
                                          when o.ends = 'COMPLETED' then $16::text[]
                                          when o.ends = 'FAILED' then $17::text[]
                                          else $18::text[] end)
                returning t.id, t.attempt, t.events - o.told as before, o.ends, t.project_id, t.pipeline_id, o.was
            ), opened as (
                insert into gate (task_id, attempt, stage, kind, choices, fallback, expires_at)
                select m.id, m.attempt, o.gate, o.asks ->> 'kind', o.asks -> 'choices', o.asks ->> 'fallback',
                       now() + (o.asks ->> 'timeout')::int * interval '1 s'
                  from moved m
                  join noted o on o.task_id = m.id
                 where o.gate is not null
            ), closed as (
                update gate g
                   set outcome = 'over', closed_at = now()
                  from moved m
                 where g.task_id = m.id and g.outcome is null and m.ends is not null
            ), told as (
                insert into event (task_id, n, type, attempt, data)
                select m.id, m.before + e.place, e.type, m.attempt,
                       case when m.was = 'SUSPENDED' and e.type = 'state_change'
                            then e.data || '{"from": "SUSPENDED"}' else e.data end
                  from unnest($19::bigint[], $20::int[], $21::text[], $22::jsonb[]) as e (task_id, place, type, data)
                  join moved m on m.id = e.task_id
            ), begun as (
                update lease l
                   set expires_at = now() + greatest(coalesce(p.grace_seconds * 1000::bigint, $23::bigint), $24::bigint)
                                          * interval '1 ms',
                       heard_at = now(), renewed = true
                  from moved m
                  join noted o on o.task_id = m.id
                  join project p on p.id = m.project_id
                 where l.task_id = m.id and o.starts and o.ends is null
                returning l.task_id, (extract(epoch from l.expires_at - now()) * 1000)::bigint as window_millis
            ), ended as (
                delete from lease l
                 using moved m
                 where l.task_id = m.id and m.ends is not null
            ), agents as (
                select o.machine_id, l.agent_type, bool_or(o.health = 'good') as good,
                       (count(*) filter (where o.health <> 'begun'))::int as failures,
                       (array_agg(o.boot order by o.health = 'begun', o.n desc))[1] as boot,
                       (array_agg(o.health order by o.health = 'begun', o.n desc))[1] as why,
                       (array_agg(now() + o.lasts * interval '1 ms' order by o.health = 'begun', o.n desc))[1] as until
                  from noted o
                  join moved m on m.id = o.task_id
                  join pipeline l on l.id = m.pipeline_id
                 where o.health is not null
                 group by o.machine_id, l.agent_type
            ), known_bad as materialized (
                select c.machine_id, c.agent_type
                  from agents a
                  join capability_state c on c.machine_id = a.machine_id and c.agent_type = a.agent_type
                 where a.good or a.failures = 0 and c.why = 'no_start'
                 order by c.machine_id, c.agent_type
                   for update of c
            ), trusted as (
                delete from capability_state c
                 using known_bad k
                 where c.machine_id = k.machine_id and c.agent_type = k.agent_type
            ), mistrusted as (
                insert into capability_state as c (machine_id, agent_type, boot, failures, degraded_until, why)
                select machine_id, agent_type, boot, failures, coalesce(until, 'infinity'), why
                  from agents
                 where not good and failures > 0
                 order by machine_id, agent_type
                    on conflict (machine_id, agent_type)
                    do update set boot = excluded.boot, why = excluded.why, degraded_until = excluded.degraded_until,
                                  failures = excluded.failures + case when c.boot = excluded.boot then c.failures else 0 end
            )
            select m.id is not null as moved, b.window_millis, s.id as project, s.secrets_version
              from input i
              left join task t on t.id = i.task_id
              left join project s on s.id = t.project_id
              left join moved m on m.id = i.task_id
              left join begun b on b.task_id = i.task_id
             order by i.n
            """;

    // What is known of attempts whose report took no effect, and what is left of the window of
    // those
    // that go on: no report prolongs it but the one by which an attempt begins. A statement of its
    // own: the one before
    // may have waited for another copy of the report, and does not see what that one did.
    private static final String KNOWN =
            """
            select coalesce(a.fence = i.fence and a.machine_id = i.machine_id, false) as same,
                   coalesce(a.facts, 0) as facts, l.task_id is not null as held,
                   case when l.task_id is not null
                        then greatest(0, extract(epoch from l.expires_at - now()) * 1000)::bigint end as window_millis,
                   exists (select 1 from given_up g
                            where g.task_id = i.task_id and g.attempt = i.attempt and g.fence = i.fence
                              and g.machine_id = i.machine_id) as given_up
              from unnest($1::bigint[], $2::int[], $3::bigint[], $4::uuid[]) with ordinality
                   as i (task_id, attempt, fence, machine_id, n)
              left join attempt a on a.task_id = i.task_id and a.number = i.attempt
              left join lease l
                on l.task_id = i.task_id and l.attempt = i.attempt and l.fence = i.fence
               and l.machine_id = i.machine_id
             order by i.n
            """;

    /** More often than this nobody changes secrets while a report is taken. */
    private static final int MOST_VERSIONS = 3;

    private final Database database;
    private final Masks masks;
    private final ResumeStore resumes;
    private final RestoreStore restores;
    private final Supplier<Duration> grace;
    private final Duration least;

    /**
     * @param masks what is stored is masked once more
     * @param grace how long a silent machine keeps an attempt that it began, unless its project
     *     says otherwise; as it is set now
     * @param least it is never shorter
     */
    ReportStore(Database database, Masks masks, Supplier<Duration> grace, Duration least) {
        this.database = database;
        this.masks = masks;
        this.resumes = new ResumeStore(database);
        this.restores = new RestoreStore(database, masks);
        this.grace = grace;
        this.least = least;
    }

    /**
     * What came of a report.
     *
     * @param ended how its attempt ended by it; null if it did not
     * @param begun its attempt, if it tells of its beginning and that goes on, and for how long it
     *     may
     */
    record Judged(Verdict verdict, @Nullable TaskState ended, @Nullable Kept begun) {
        private static final Judged GAP = new Judged(Verdict.GAP, null, null);

        private static Judged known(@Nullable Kept begun) {
            return new Judged(Verdict.ACCEPTED, null, begun);
        }

        private Judged with(@Nullable Kept begun) {
            boolean goesOn = verdict == Verdict.ACCEPTED && ended == null;
            return goesOn ? new Judged(verdict, null, begun) : this;
        }
    }

    /**
     * What a report tells beyond what is known.
     *
     * @param begun as of the whole of it
     */
    private record Rest(FromMachine report, @Nullable Kept begun) {}

    /**
     * Takes of each what its attempt has not told yet, and judges it. At most one report of a task
     * is among them.
     */
    List<Judged> apply(List<FromMachine> reports) {
        var judged = new HashMap<FromMachine, Judged>();
        var left = applyNext(reports, judged);
        if (!left.isEmpty()) {
            resumes.resume(
                    left.stream().map(FromMachine::machine).toList(),
                    left.stream().map(one -> one.report().lease()).toList());
            // of those that repeat something, the rest
            var rests = new HashMap<FromMachine, Rest>();
            judgeKnown(left, judged, rests);
            var takenToo = new HashMap<FromMachine, Judged>();
            var late = applyNext(rests.values().stream().map(Rest::report).toList(), takenToo);
            // another coordinator may have taken a copy since it was looked at
            judgeKnown(late, takenToo, new HashMap<>());
            rests.forEach(
                    (whole, rest) ->
                            judged.put(
                                    whole,
                                    takenToo.getOrDefault(rest.report(), Judged.GAP)
                                            .with(rest.begun())));
        }
        return reports.stream().map(judged::get).toList();
    }

    /** Takes those that are exactly their holders' next word; answers the others. */
    private List<FromMachine> applyNext(
            List<FromMachine> reports, Map<FromMachine, Judged> judged) {
        if (reports.isEmpty()) {
            return List.of();
        }
        var sorted = new ArrayList<>(reports);
        sorted.sort(Comparator.comparingLong(one -> one.report().lease().task()));
        var left = new ArrayList<FromMachine>();
        var next =
                sorted.stream()
                        .map(one -> new Masked(one, masks.expected(one.report().lease().task())))
                        .toList();
        for (int go = 1; !next.isEmpty(); go++) {
            next = applyMasked(next, go < MOST_VERSIONS, judged, left);
        }
        return left;
    }

    /** A report, and by what it is masked. */
    private record Masked(FromMachine one, Mask mask) {
        FromMachine report() {
            return new FromMachine(one.machine(), new MaskedFacts(mask).of(one.report()));
        }
    }

    /**
     * @param left gets those that took no effect
     * @return those that have to be masked by another version than they were, unless {@code again}
     *     is false
     */
    private List<Masked> applyMasked(
            List<Masked> reports,
            boolean again,
            Map<FromMachine, Judged> judged,
            List<FromMachine> left) {
        var columns = new ReportColumns(reports.stream().map(Masked::report).toList());
        var versions = reports.stream().map(one -> one.mask().version()).toArray(Long[]::new);
        var others = new ArrayList<Masked>();
        int i = 0;
        for (var row :
                database.query(
                        "taking reports", APPLY, arguments(columns).addArrayOfLong(versions))) {
            var end = columns.end(i);
            var masked = reports.get(i++);
            var one = masked.one();
            var version = row.getLong("secrets_version");
            if (row.getBoolean("moved")) {
                judged.put(one, new Judged(Verdict.ACCEPTED, end, begun(one.report(), row)));
            } else if (again && version != null && version != masked.mask().version()) {
                long task = one.report().lease().task();
                others.add(new Masked(one, masks.other(task, row.getLong("project"), version)));
            } else {
                left.add(one);
            }
        }
        return others;
    }

    /** Only the first report of an attempt tells of its beginning. */
    private static @Nullable Kept begun(Report report, Row row) {
        var window = row.getLong("window_millis");
        return window == null || report.first() > 1 ? null : new Kept(report.lease(), window);
    }

    /** Judges those that took no effect; {@code rests} gets what some of them tell beyond that. */
    private void judgeKnown(
            List<FromMachine> reports,
            Map<FromMachine, Judged> judged,
            Map<FromMachine, Rest> rests) {
        if (reports.isEmpty()) {
            return;
        }
        int i = 0;
        for (var row : database.query("looking at attempts", KNOWN, leases(reports))) {
            var one = reports.get(i++);
            var report = one.report();
            int facts = row.getInteger("facts");
            if (row.getBoolean("same") && facts >= report.last()) {
                judged.put(one, Judged.known(begun(report, row)));
            } else if (!row.getBoolean("held")) {
                var verdict =
                        row.getBoolean("given_up")
                                ? restores.take(one.machine(), report)
                                : Verdict.STALE;
                judged.put(one, new Judged(verdict, null, null));
            } else if (facts < report.first() - 1) {
                judged.put(one, Judged.GAP);
            } else {
                var rest = new FromMachine(one.machine(), report.after(facts));
                rests.put(one, new Rest(rest, begun(report, row)));
            }
        }
    }

    private static Tuple leases(List<FromMachine> reports) {
        var leases = reports.stream().map(one -> one.report().lease()).toList();
        return Tuple.of(
                leases.stream().map(LeaseRef::task).toArray(Long[]::new),
                leases.stream().map(LeaseRef::attempt).toArray(Integer[]::new),
                leases.stream().map(LeaseRef::fence).toArray(Long[]::new),
                reports.stream().map(FromMachine::machine).toArray(UUID[]::new));
    }

    private Tuple arguments(ReportColumns columns) {
        return Tuple.tuple()
                .addArrayOfLong(columns.of(Long[]::new, one -> one.report().lease().task()))
                .addArrayOfInteger(
                        columns.of(Integer[]::new, one -> one.report().lease().attempt()))
                .addArrayOfLong(columns.of(Long[]::new, one -> one.report().lease().fence()))
                .addArrayOfUUID(columns.of(UUID[]::new, FromMachine::machine))
                .addArrayOfInteger(columns.of(Integer[]::new, one -> one.report().first()))
                .addArrayOfInteger(columns.of(Integer[]::new, one -> one.report().last()))
                .addArrayOfBoolean(columns.ofEffects(Boolean[]::new, Effect::starts))
                .addArrayOfInteger(columns.ofEffects(Integer[]::new, Effect::stage))
                .addArrayOfString(
                        columns.ofEffects(
                                String[]::new,
                                effect -> effect.end() == null ? null : effect.end().name()))
                .addArrayOfString(columns.ofEffects(String[]::new, Effect::reason))
                .addArrayOfString(columns.ofEffects(String[]::new, Effect::detail))
                .addArrayOfString(columns.ofEffects(String[]::new, Effect::branch))
                .addArrayOfString(columns.ofEffects(String[]::new, ReportStore::work))
                .addArrayOfInteger(
                        columns.ofEffects(Integer[]::new, effect -> effect.events().size()))
                .addArrayOfString(
                        TaskState.names(TaskLifecycle.sources(Trigger.START, TaskState.RUNNING)))
                .addArrayOfString(
                        TaskState.names(
                                TaskLifecycle.sources(Trigger.SUCCEED, TaskState.COMPLETED)))
                .addArrayOfString(
                        TaskState.names(TaskLifecycle.sources(Trigger.FAIL, TaskState.FAILED)))
                .addArrayOfString(TaskState.names(Set.of(TaskState.RUNNING)))
                .addArrayOfLong(columns.ofEvents(Long[]::new, ReportColumns.ToldEvent::task))
                .addArrayOfInteger(columns.ofEvents(Integer[]::new, ReportColumns.ToldEvent::place))
                .addArrayOfString(columns.ofEvents(String[]::new, told -> told.event().type()))
                .addArrayOfJsonObject(
                        columns.ofEvents(JsonObject[]::new, told -> told.event().data()))
                .addLong(grace.get().toMillis())
                .addLong(least.toMillis())
                .addArrayOfString(columns.ofHealth(String[]::new, AgentHealth::word))
                .addArrayOfLong(columns.ofHealth(Long[]::new, ReportStore::lasts))
                .addArrayOfInteger(
                        columns.ofEffects(
                                Integer[]::new,
                                effect -> effect.go() == null ? null : effect.go().number()))
                .addArrayOfInteger(
                        columns.ofEffects(
                                Integer[]::new,
                                effect -> effect.go() == null ? null : effect.go().of()))
                .addArrayOfInteger(columns.ofEffects(Integer[]::new, Effect::gate));
    }

    private static @Nullable Long lasts(AgentHealth health) {
        return health.lasts() == null ? null : health.lasts().toMillis();
    }

    /** As text: within an array of JSON the driver writes nothing at all as a JSON null. */
    private static @Nullable String work(Effect effect) {
        return effect.work() == null ? null : effect.work().encode();
    }
}
