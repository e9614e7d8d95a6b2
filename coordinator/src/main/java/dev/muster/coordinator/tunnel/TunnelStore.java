package dev.muster.coordinator.tunnel;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.RequestKey;
import dev.muster.coordinator.task.Viewer;
import dev.muster.coordinator.workspace.Place;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.TunnelState;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;

/** The rows of {@code tunnel}. */
final class TunnelStore {

    /**
     * A tunnel, as it was last told of.
     *
     * @param template null if the machine was to choose, and did not tell yet
     * @param lifeSeconds how long it may stay
     * @param toldAt when the machine told of it; null if it never did
     * @param age since it was asked for
     */
    record Tunnel(
            UUID id,
            long task,
            int attempt,
            UUID machine,
            @Nullable String template,
            int lifeSeconds,
            TunnelState state,
            int restarts,
            @Nullable String reason,
            @Nullable String detail,
            OffsetDateTime startedAt,
            OffsetDateTime endsAt,
            @Nullable OffsetDateTime toldAt,
            Duration age) {}

    /** What a person asks for. */
    record Wanted(@Nullable String template, Duration life, @Nullable RequestKey request) {}

    /**
     * One that a request named.
     *
     * @param same whether it asked for the same
     */
    record Named(long task, boolean same) {}

    private static final String COLUMNS =
            """
            id, task_id, attempt, machine_id, template, life_seconds, state, restarts, reason, detail, started_at, ends_at,
            told_at, (extract(epoch from now() - started_at) * 1000)::bigint as age\
            """;

    private static final String NEWEST =
            """
            select %s
              from tunnel
             where task_id = $1
             order by started_at desc
             limit 1
            """
                    .formatted(COLUMNS);

    // Whose attempt ended, or went to another machine, ended with that: its worker saw to it.
    private static final String CLOSE_FORMER =
            """
            update tunnel
               set state = 'CLOSED', reason = 'attempt_over', ended_at = now()
             where task_id = $1 and ended_at is null and (attempt <> $2 or machine_id <> $3)
            """;

    private static final String FORGET_KEY =
            """
            update tunnel
               set request_key = null, fingerprint = null
             where developer_id = $1 and request_key = $2 and started_at < now() - interval '24 hours'
            """;

    private static final String BEGIN =
            """
            with made as (
                insert into tunnel (id, task_id, attempt, machine_id, template, life_seconds, developer_id, ends_at,
                                    request_key, fingerprint)
                values ($1, $2, $3, $4, $5, $6::int, $7, now() + $6::int * interval '1 s', $8, $9)
                on conflict (task_id) where ended_at is null do nothing
                returning id, task_id, template, life_seconds
            )
            select note_act($10, 'tunnel.start', 'task', task_id::text,
                            jsonb_build_object('tunnel', id, 'template', template, 'seconds', life_seconds))
              from made
            """;

    private static final String NAMED =
            """
            select task_id, fingerprint = $3 as same
              from tunnel
             where developer_id = $1 and request_key = $2 and started_at >= now() - interval '24 hours'
            """;

    private static final String CLOSING =
            """
            with closing as (
                update tunnel
                   set state = 'CLOSING'
                 where id = $1 and ended_at is null
                returning id, task_id
            )
            select note_act($2, 'tunnel.stop', 'task', task_id::text, jsonb_build_object('tunnel', id))
              from closing
            """;

    // A tunnel that was told to end stays so, whatever an older answer says.
    private static final String TOLD =
            """
            update tunnel
               set state = case when $2 in ('STARTING', 'CONNECTED') and state = 'CLOSING' then state else $2 end,
                   template = $3, restarts = $4, reason = $5, detail = $6, told_at = now(),
                   ends_at = case when $7::boolean then ends_at else now() + $8::bigint * interval '1 s' end,
                   ended_at = case when $7 then now() end
             where id = $1 and ended_at is null
            """;

    private static final String END =
            """
            update tunnel
               set state = 'CLOSED', reason = $2, detail = $3, ended_at = now()
             where id = $1 and ended_at is null
            """;

    // What was refused may be asked for again by its name.
    private static final String REFUSE =
            """
            update tunnel
               set state = 'FAILED', reason = $2, detail = $3, ended_at = now(), request_key = null, fingerprint = null
             where id = $1 and ended_at is null
            """;

    private final Database database;

    TunnelStore(Database database) {
        this.database = database;
    }

    /** The one that was asked for last. */
    Optional<Tunnel> newest(long task) {
        var rows = database.query("looking for a tunnel", NEWEST, Tuple.of(task));
        return rows.size() == 0 ? Optional.empty() : Optional.of(tunnel(rows.iterator().next()));
    }

    private static Tunnel tunnel(Row row) {
        return new Tunnel(
                row.getUUID("id"),
                row.getLong("task_id"),
                row.getInteger("attempt"),
                row.getUUID("machine_id"),
                row.getString("template"),
                row.getInteger("life_seconds"),
                TunnelState.valueOf(row.getString("state")),
                row.getInteger("restarts"),
                row.getString("reason"),
                row.getString("detail"),
                row.getOffsetDateTime("started_at"),
                row.getOffsetDateTime("ends_at"),
                row.getOffsetDateTime("told_at"),
                Duration.ofMillis(row.getLong("age")));
    }

    /** The one that this person's request made within a day, whatever it asked for. */
    Optional<Named> named(long developer, RequestKey request) {
        var arguments = Tuple.of(developer, request.key(), Buffer.buffer(request.fingerprint()));
        var rows = database.query("looking for a named tunnel", NAMED, arguments);
        if (rows.size() == 0) {
            return Optional.empty();
        }
        var row = rows.iterator().next();
        return Optional.of(new Named(row.getLong("task_id"), row.getBoolean("same")));
    }

    /**
     * Makes one, unless there is an open one of the same attempt.
     *
     * @param id of the new one
     * @return whether it was made
     */
    boolean begin(UUID id, Place place, Viewer viewer, Wanted wanted) {
        var request = wanted.request();
        return database.inTransaction(
                "starting a tunnel",
                transaction -> {
                    transaction.query(
                            "closing a former tunnel",
                            CLOSE_FORMER,
                            Tuple.of(place.task(), place.attempt(), place.machine()));
                    if (request != null) {
                        transaction.query(
                                "forgetting an old request",
                                FORGET_KEY,
                                Tuple.of(viewer.developer(), request.key()));
                    }
                    var arguments =
                            Tuple.tuple()
                                    .addUUID(id)
                                    .addLong(place.task())
                                    .addInteger(place.attempt())
                                    .addUUID(place.machine())
                                    .addString(wanted.template())
                                    .addInteger((int) wanted.life().toSeconds())
                                    .addLong(viewer.developer())
                                    .addString(request == null ? null : request.key())
                                    .addBuffer(
                                            request == null
                                                    ? null
                                                    : Buffer.buffer(request.fingerprint()))
                                    .addJsonObject(viewer.actor().json());
                    return transaction.query("starting a tunnel", BEGIN, arguments).size() == 1;
                });
    }

    /** Somebody wants it ended; nothing if it is over. */
    void closing(UUID id, Viewer viewer) {
        database.query("stopping a tunnel", CLOSING, Tuple.of(id, viewer.actor().json()));
    }

    /** The machine told how it is. */
    void told(UUID id, Reply.Tunnel told) {
        database.query(
                "noting a tunnel",
                TOLD,
                Tuple.tuple()
                        .addUUID(id)
                        .addString(told.state().name())
                        .addString(told.template())
                        .addInteger(told.restarts())
                        .addString(told.reason())
                        .addString(told.detail())
                        .addBoolean(told.state().isOver())
                        .addLong(told.leftSeconds()));
    }

    /** It is over, since the machine knows nothing of it. */
    void end(UUID id, String reason, String detail) {
        database.query("ending a tunnel", END, Tuple.of(id, reason, detail));
    }

    /** The machine will not start it. */
    void refuse(UUID id, String reason, String detail) {
        database.query("refusing a tunnel", REFUSE, Tuple.of(id, reason, detail));
    }
}
