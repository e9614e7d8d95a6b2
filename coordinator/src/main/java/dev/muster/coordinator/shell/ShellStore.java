package dev.muster.coordinator.shell;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.task.Viewer;
import dev.muster.coordinator.workspace.Place;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The rows of {@code shell}. */
final class ShellStore {

    /**
     * A terminal of a task, as people see it.
     *
     * @param by who opened it; null for that of the stages
     * @param viewers everybody who is there, as {@code {name, mode}}
     */
    record Listed(
            String name,
            int attempt,
            String state,
            @Nullable String reason,
            @Nullable JsonObject by,
            OffsetDateTime openedAt,
            @Nullable OffsetDateTime endedAt,
            JsonArray viewers) {}

    /** A shell that its machine is to be asked of. */
    record Asked(String name, UUID machine, boolean ending) {}

    /** Where a shell is, and its state. */
    record Found(UUID machine, String state) {}

    /** What a shell is opened with. */
    record Given(
            long project,
            String key,
            @Nullable String repoUrl,
            JsonObject environment,
            String description,
            long pipeline,
            long fence,
            String gitName,
            String gitEmail) {}

    private static final String MAY = "select may_use_shells($1, $2) as may";

    private static final String GIVEN =
            """
            select p.id, p.key, p.repo_url, p.environment, t.description, t.pipeline_id, a.fence, d.git_name, d.git_email
              from task t
              join project p on p.id = t.project_id
              join attempt a on a.task_id = t.id and a.number = $2
              join developer d on d.id = $3
             where t.id = $1
            """;

    private static final String FIND =
            "select machine_id, state from shell where task_id = $1 and id = $2";

    private static final String BEGIN =
            """
            insert into shell (id, task_id, attempt, fence, workspace, machine_id, developer_id)
            values ($1, $2, $3, $4, $5, $6, $7)
            """;

    private static final String OPENED =
            """
            with opened as (
                update shell
                   set state = 'open'
                 where id = $1 and state = 'opening'
                returning id, task_id, attempt
            )
            select note_act($2, 'terminal.open', 'task', task_id::text,
                            jsonb_build_object('terminal', id, 'attempt', attempt))
              from opened
            """;

    private static final String FORGET = "delete from shell where id = $1 and state = 'opening'";

    // Who decides first, decides why.
    private static final String END =
            """
            with ending as (
                update shell
                   set state = 'ending', reason = $2, asked_at = now()
                 where id = $1 and state in ('opening', 'open')
                returning id, task_id
            )
            select note_act($3, 'terminal.end', 'task', task_id::text,
                            jsonb_build_object('terminal', id, 'reason', $2::text))
              from ending
            """;

    // What a person or this coordinator decided was noted then, and all else when it is told.
    private static final String ENDED =
            """
            with former as (
                select id, state, reason from shell where id = $1 and ended_at is null for update
            ), ended as (
                update shell s
                   set state = 'ended', reason = coalesce(s.reason, $2), ended_at = now()
                  from former f
                 where s.id = f.id
                returning s.id, s.task_id, s.reason, f.state as before
            )
            select case when before = 'ending' then null
                        else note_act($3, 'terminal.end', 'task', task_id::text,
                                      jsonb_build_object('terminal', id, 'reason', reason)) end
              from ended
            """;

    // Those whose opener may have none any more, whose task was cancelled since, or of which
    // whoever
    // asked for them never heard: their machine is told at once.
    private static final String END_UNDUE =
            """
            with undue as (
                select s.id,
                       case when t.state = 'CANCELLED' and t.ended_at > s.opened_at then 'task_cancelled'
                            when s.state = 'opening' and s.opened_at < now() - interval '20 s' then 'not_started'
                            when not may_use_shells(s.task_id, s.developer_id) then 'not_allowed' end as reason
                  from shell s
                  join task t on t.id = s.task_id
                 where s.ended_at is null and s.state in ('opening', 'open')
            ), ending as (
                update shell s
                   set state = 'ending', reason = u.reason, asked_at = '-infinity'
                  from undue u
                 where s.id = u.id and u.reason is not null and s.state in ('opening', 'open')
                returning s.id, s.task_id, s.reason
            )
            select note_act($1, 'terminal.end', 'task', task_id::text,
                            jsonb_build_object('terminal', id, 'reason', reason))
              from ending
            """;

    // Nobody tells of these any more. No machine lets one live longer than a day.
    private static final String END_UNTOLD =
            """
            with untold as (
                update shell s
                   set state = 'ended', ended_at = now(),
                       reason = case when m.status = 'decommissioned' then 'machine_decommissioned'
                                     else coalesce(s.reason, 'machine_silent') end
                  from machine m
                 where m.id = s.machine_id and s.ended_at is null
                   and (m.status = 'decommissioned' or s.opened_at < now() - interval '25 hours')
                returning s.id, s.task_id, s.reason
            )
            select note_act($1, 'terminal.end', 'task', task_id::text,
                            jsonb_build_object('terminal', id, 'reason', reason))
              from untold
            """;

    // Of all coordinators one asks.
    private static final String CLAIM =
            """
            update shell
               set asked_at = now()
             where ended_at is null and state in ('open', 'ending')
               and asked_at < now() - case state when 'open' then $1::bigint else $2::bigint end * interval '1 ms'
            returning id, machine_id, state = 'ending' as ending
            """;

    private static final String VIEWERS =
            """
            coalesce((select jsonb_agg(jsonb_build_object('name', d.name, 'mode',
                                       case when h.seat = s.id then 'control' else 'watch' end) order by s.since, s.id)
                        from terminal_seat s
                        join developer d on d.id = s.developer_id
                        left join terminal_control h
                               on h.task_id = s.task_id and h.attempt = s.attempt and h.terminal = s.terminal
                       where s.task_id = l.task_id and s.attempt = l.attempt and s.terminal = l.name
                         and s.seen_at > now() - interval '15 s'), '[]'::jsonb) as viewers\
            """;

    private static final String LIST =
            """
            select l.*, %s
              from (select a.task_id, a.number as attempt, 'main' as name, true as stages,
                           case when a.ended_at is null then 'open' else 'ended' end as state, null as reason,
                           null::jsonb as by, a.granted_at as opened_at, a.ended_at
                      from attempt a
                     where a.task_id = $1 and a.number = (select max(number) from attempt where task_id = $1)
                     union all
                    (select h.task_id, h.attempt, h.id, false, h.state, h.reason,
                            jsonb_build_object('id', d.id, 'name', d.name), h.opened_at, h.ended_at
                       from shell h
                       join developer d on d.id = h.developer_id
                      where h.task_id = $1
                      order by h.ended_at is not null, h.opened_at desc
                      limit $2)) l
             order by l.stages desc, l.opened_at
            """
                    .formatted(VIEWERS);

    private final Database database;

    ShellStore(Database database) {
        this.database = database;
    }

    /** Whether they may use shells of a task. */
    boolean may(long task, Viewer viewer) {
        var rows =
                database.query(
                        "asking who may use shells", MAY, Tuple.of(task, viewer.developer()));
        return rows.iterator().next().getBoolean("may");
    }

    Given given(Place place, Viewer viewer) {
        var arguments = Tuple.of(place.task(), place.attempt(), viewer.developer());
        var row =
                database.query("reading what a shell is given", GIVEN, arguments).iterator().next();
        return new Given(
                row.getLong("id"),
                row.getString("key"),
                row.getString("repo_url"),
                row.getJsonObject("environment"),
                row.getString("description"),
                row.getLong("pipeline_id"),
                row.getLong("fence"),
                row.getString("git_name"),
                row.getString("git_email"));
    }

    /** Notes one before its machine is asked. */
    void begin(String name, Place place, long fence, Viewer viewer) {
        database.query(
                "beginning a shell",
                BEGIN,
                Tuple.of(
                        name,
                        place.task(),
                        place.attempt(),
                        fence,
                        place.workspace(),
                        place.machine(),
                        viewer.developer()));
    }

    /** The machine opened it; nothing if it is to end already. */
    void opened(String name, Viewer viewer) {
        database.query("noting a shell", OPENED, Tuple.of(name, viewer.actor().json()));
    }

    /** The machine refused it. */
    void forget(String name) {
        database.query("forgetting a shell", FORGET, Tuple.of(name));
    }

    /** It is to end; nothing if it is already. */
    void end(String name, String reason, Actor by) {
        database.query("ending a shell", END, Tuple.of(name, reason, by.json()));
    }

    /** It has ended; nothing if that was known. */
    void ended(String name, String reason) {
        database.query("noting a shell's end", ENDED, Tuple.of(name, reason, Actor.SYSTEM.json()));
    }

    /** Decides that those end which must, and that those have of which nobody tells. */
    void endUndue() {
        var system = Tuple.of(Actor.SYSTEM.json());
        database.query("ending undue shells", END_UNDUE, system);
        database.query("ending untold shells", END_UNTOLD, system);
    }

    /**
     * Those whose machines are to be asked now, by nobody else.
     *
     * @param open how long ago one that is open was asked for last, and
     * @param ending the same of one that is to end
     */
    List<Asked> claim(Duration open, Duration ending) {
        var claimed = new ArrayList<Asked>();
        database.query("looking after shells", CLAIM, Tuple.of(open.toMillis(), ending.toMillis()))
                .forEach(
                        row ->
                                claimed.add(
                                        new Asked(
                                                row.getString("id"),
                                                row.getUUID("machine_id"),
                                                row.getBoolean("ending"))));
        return claimed;
    }

    /** The terminals of a task: its stages', and its newest shells. */
    List<Listed> list(long task, int most) {
        var listed = new ArrayList<Listed>();
        database.query("listing terminals", LIST, Tuple.of(task, most))
                .forEach(row -> listed.add(listed(row)));
        return listed;
    }

    /** Where a shell of a task is, and its state; empty if the task has none of this name. */
    Optional<Found> find(long task, String name) {
        return database.query("looking for a shell", FIND, Tuple.of(task, name)).stream()
                .map(row -> new Found(row.getUUID("machine_id"), row.getString("state")))
                .findFirst();
    }

    private static Listed listed(Row row) {
        return new Listed(
                row.getString("name"),
                row.getInteger("attempt"),
                row.getString("state"),
                row.getString("reason"),
                row.getJsonObject("by"),
                row.getOffsetDateTime("opened_at"),
                row.getOffsetDateTime("ended_at"),
                row.getJsonArray("viewers"));
    }
}
