package dev.muster.coordinator.report;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.secret.Masks;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Takes what a worker tells of an attempt that was given up because its machine was silent: it had
 * ended there by itself, and only the word of it was late (view {@code given_up}). A success
 * completes the task; a failure only says why, for it is FAILED as it is.
 */
final class RestoreStore {

    private static final Logger log = LoggerFactory.getLogger(RestoreStore.class);

    // Task before attempt, as everybody does who has no lease. Who retries the task meanwhile comes
    // before this or after it. What waited at a gate when it was given up was never answered, so it
    // can have failed and nothing else.
    private static final String LOCK =
            """
            select g.facts
              from given_up g
              join pipeline p on p.id = g.pipeline_id
             where g.task_id = $1 and g.attempt = $2 and g.fence = $3 and g.machine_id = $4 and g.facts > 0
               and ($5::int is null
                    or $5 < case jsonb_typeof(p.stages) when 'array' then jsonb_array_length(p.stages) else 50 end)
               and ($6
                    or not exists (select 1 from gate w
                                    where w.task_id = g.task_id and w.attempt = g.attempt and w.outcome = 'over'))
               for update of g
            """;

    // A statement of its own: another copy of the report may have been waited for.
    private static final String KNOWN =
            """
            select facts from attempt where task_id = $1 and number = $2 and fence = $3 and machine_id = $4
            """;

    // What was given up under the lock; a final fact makes that the one result of the attempt.
    private static final String TAKE =
            """
            with noted as (
                update attempt a
                   set facts = $3,
                       stage = coalesce($4::int, a.stage),
                       ended_at = case when $5::text = 'COMPLETED' then now() else a.ended_at end,
                       outcome = case $5 when 'COMPLETED' then 'SUCCEEDED' when 'FAILED' then 'FAILED' else a.outcome end,
                       reason = case when $5 is null then a.reason else $6 end,
                       work = coalesce($8::text::jsonb, a.work)
                 where a.task_id = $1 and a.number = $2
            ), moved as (
                update task t
                   set state = case when $5 = 'COMPLETED' then 'COMPLETED' else t.state end,
                       stage = coalesce($4, t.stage),
                       try = case when $4 is null then t.try else $9::int end,
                       tries = case when $4 is null then t.tries else $10::int end,
                       ended_at = case when $5 = 'COMPLETED' then now() else t.ended_at end,
                       reason = case when $5 is null then t.reason else $6 end,
                       detail = case when $5 is null then t.detail else $7 end,
                       events = t.events + cardinality($11::text[])
                 where t.id = $1 and t.state = any($13::text[])
                returning t.id, t.events - cardinality($11::text[]) as before
            )
            insert into event (task_id, n, type, attempt, data)
            select m.id, m.before + e.place, e.type, $2, e.data
              from moved m, unnest($11::text[], $12::jsonb[]) with ordinality as e (type, data, place)
            """;

    private final Database database;
    private final Masks masks;

    RestoreStore(Database database, Masks masks) {
        this.database = database;
        this.masks = masks;
    }

    /** STALE unless the report is of an attempt that was given up, or repeats what is known. */
    Verdict take(UUID machine, Report report) {
        if (Effect.of(report).gate() != null) {
            return Verdict.STALE; // it goes on there, which it must not
        }
        var masked = new MaskedFacts(masks.now(report.lease().task())).of(report);
        return database.inTransaction(
                "taking late reports", transaction -> take(transaction, machine, masked));
    }

    private static Verdict take(Transaction transaction, UUID machine, Report report) {
        var lease = report.lease();
        var whole = Effect.of(report);
        var asked =
                named(machine, lease)
                        .addInteger(whole.stage())
                        .addBoolean(whole.end() == TaskState.FAILED);
        var givenUp = transaction.query("locking an attempt", LOCK, asked);
        if (givenUp.size() == 0) {
            var known =
                    transaction
                            .query("looking at an attempt", KNOWN, named(machine, lease))
                            .iterator();
            return known.hasNext() && known.next().getInteger("facts") >= report.last()
                    ? Verdict.ACCEPTED
                    : Verdict.STALE;
        }
        int facts = givenUp.iterator().next().getInteger("facts");
        if (facts < report.first() - 1) {
            return Verdict.GAP;
        }
        if (facts < report.last()) {
            var effect = Effect.of(facts < report.first() ? report : report.after(facts));
            transaction.query("taking late reports", TAKE, arguments(lease, report.last(), effect));
            if (effect.end() != null) {
                log.info("late outcome taken {} outcome={}", lease, effect.end());
            }
        }
        return Verdict.ACCEPTED;
    }

    private static Tuple named(UUID machine, LeaseRef lease) {
        return Tuple.of(lease.task(), lease.attempt(), lease.fence(), machine);
    }

    private static Tuple arguments(LeaseRef lease, int last, Effect effect) {
        var events = late(effect);
        return Tuple.of(lease.task(), lease.attempt(), last)
                .addInteger(effect.stage())
                .addString(effect.end() == null ? null : effect.end().name())
                .addString(effect.reason())
                .addString(effect.detail())
                .addString(effect.work() == null ? null : effect.work().encode())
                .addInteger(effect.go() == null ? null : effect.go().number())
                .addInteger(effect.go() == null ? null : effect.go().of())
                .addArrayOfString(events.stream().map(Effect.Event::type).toArray(String[]::new))
                .addArrayOfJsonObject(
                        events.stream().map(Effect.Event::data).toArray(JsonObject[]::new))
                .addArrayOfString(
                        TaskState.names(
                                TaskLifecycle.sources(Trigger.RESTORE, TaskState.COMPLETED)));
    }

    /** What happened is told as late, and what came of it with what that makes of the task. */
    private static List<Effect.Event> late(Effect effect) {
        var events = new ArrayList<Effect.Event>();
        for (var event : effect.events()) {
            if (event.type().equals("state_change")) {
                continue;
            }
            events.add(new Effect.Event(event.type(), event.data().copy().put("late", true)));
        }
        if (effect.end() == null) {
            return events;
        }
        boolean succeeded = effect.end() == TaskState.COMPLETED;
        var outcome = new JsonObject().put("outcome", succeeded ? "SUCCEEDED" : "FAILED");
        if (!succeeded) {
            outcome.put("reason", effect.reason()).put("detail", effect.detail());
        }
        events.add(new Effect.Event("late_outcome", outcome));
        if (succeeded) {
            var moved =
                    new JsonObject()
                            .put("from", TaskState.FAILED.name())
                            .put("to", TaskState.COMPLETED.name())
                            .put("reason", "MACHINE_BACK");
            events.add(new Effect.Event("state_change", moved));
        }
        return events;
    }
}
