package dev.muster.coordinator.promotion;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.message.LeaseRef;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.UUID;

/** What {@code attempt.work} says of pushes. */
final class PromotionStore {

    /**
     * An attempt that a machine ran with a lease.
     *
     * @param held whether it still has that lease, so that its outcome may yet be told
     * @param succeeded whether it was
     * @param commit that it said it had pushed; null if none
     * @param state of the push, by the word people are shown; null if there was none
     */
    record Ran(
            boolean held,
            boolean succeeded,
            @Nullable String commit,
            @Nullable String state,
            long project,
            @Nullable String repoUrl) {}

    private static final String FIND =
            """
            select l.task_id is not null as held, coalesce(a.outcome = 'SUCCEEDED', false) as succeeded,
                   a.work #>> '{push,commit}' as commit, a.work #>> '{push,state}' as state,
                   p.id as project_id, p.repo_url
              from attempt a
              join task t on t.id = a.task_id
              join project p on p.id = t.project_id
              left join lease l on l.task_id = a.task_id and l.attempt = a.number and l.fence = a.fence
             where a.task_id = $1 and a.number = $2 and a.fence = $3 and a.machine_id = $4
            """;

    // Task before attempt, as everybody does who has no lease.
    private static final String LOCK = "select id from task where id = $1 for no key update";

    private static final String TELL =
            """
            with noted as (
                update attempt
                   set work = jsonb_set(work, '{push}', (work -> 'push') || $6::jsonb)
                 where task_id = $1 and number = $2 and fence = $3 and machine_id = $4 and outcome = 'SUCCEEDED'
                   and work #>> '{push,state}' = 'pushed' and work #>> '{push,commit}' = $5
                returning task_id, number, work
            ), counted as (
                update task t
                   set events = t.events + 1
                  from noted n
                 where t.id = n.task_id
                returning t.id, t.events
            )
            insert into event (task_id, n, type, attempt, data)
            select c.id, c.events, $7, n.number,
                   jsonb_build_object('branch', n.work -> 'branch', 'commit', n.work #> '{push,commit}',
                                      'ref', n.work #> '{push,ref}') || $8::jsonb
              from counted c
              join noted n on n.task_id = c.id
            """;

    private final Database database;

    PromotionStore(Database database) {
        this.database = database;
    }

    /** Empty if it was never this machine's, or is not by this lease any more. */
    Optional<Ran> find(UUID machine, LeaseRef lease) {
        var rows = database.query("looking at a push", FIND, named(machine, lease));
        if (rows.size() == 0) {
            return Optional.empty();
        }
        var row = rows.iterator().next();
        return Optional.of(
                new Ran(
                        row.getBoolean("held"),
                        row.getBoolean("succeeded"),
                        row.getString("commit"),
                        row.getString("state"),
                        row.getLong("project_id"),
                        row.getString("repo_url")));
    }

    /**
     * Notes what came of a promotion, with its event; nothing if that is known.
     *
     * @param push gets these fields
     * @param data of the event, besides branch, commit and ref
     */
    void tell(
            UUID machine,
            LeaseRef lease,
            String commit,
            JsonObject push,
            String event,
            JsonObject data) {
        var arguments =
                named(machine, lease)
                        .addString(commit)
                        .addJsonObject(push)
                        .addString(event)
                        .addJsonObject(data);
        database.inTransaction(
                "noting a promotion",
                transaction -> {
                    transaction.query("locking a task", LOCK, Tuple.of(lease.task()));
                    return transaction.query("noting a promotion", TELL, arguments);
                });
    }

    private static Tuple named(UUID machine, LeaseRef lease) {
        return Tuple.of(lease.task(), lease.attempt(), lease.fence(), machine);
    }
}
