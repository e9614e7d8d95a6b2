package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.log.Cast.Exit;
import dev.muster.coordinator.log.Cast.Marker;
import dev.muster.coordinator.log.LogChain.Piece;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads what recordings are made of. */
final class RecordingStore {

    /**
     * A log as it stands.
     *
     * @param fence of the lease under which it was written; under another one it began anew
     * @param bytes how many it has
     * @param link of its last piece
     * @param exit how it ended; null if that is not known, or was not by itself
     */
    record Head(
            long task,
            int attempt,
            long fence,
            long bytes,
            Buffer link,
            Instant grantedAt,
            @Nullable Exit exit) {}

    // What failed for another reason than a command has no status, or that of one that went well.
    private static final String HEAD =
            """
            select a.fence, a.log_bytes, a.log_link, a.granted_at,
                   case a.outcome when 'SUCCEEDED' then 0
                                  when 'FAILED' then coalesce(nullif(last.status, 0), 1) end as status,
                   coalesce(last.at_millis, 0) as at_millis
              from attempt a
              left join lateral (select (e.data->>'exitStatus')::int as status,
                                        (e.data->>'elapsedMillis')::bigint as at_millis
                                   from event e
                                  where e.task_id = a.task_id and e.attempt = a.number
                                    and e.type = 'stage_change' and e.data->>'status' in ('completed', 'failed')
                                  order by e.n desc
                                  limit 1) last on true
             where a.task_id = $1 and a.number = $2
            """;

    private static final String MARKERS =
            """
            select (data->>'elapsedMillis')::bigint as at_millis,
                   (data->>'stage') || coalesce(' (try ' || (data->>'try') || ' of ' || (data->>'tries') || ')', '')
                   as label
              from event
             where task_id = $1 and attempt = $2 and type = 'stage_change' and data->>'status' = 'started'
             order by at_millis, n
            """;

    // Chunks follow each other without a gap: before the end, one of them begins at $4, unless that
    // was dropped meanwhile.
    private static final String PIECES =
            """
            select c.start, c.at_millis, c.bytes, c.link, coalesce(c.dropped, 0) as dropped
              from attempt a
              join log_chunk c on c.task_id = a.task_id and c.attempt = a.number
             where a.task_id = $1 and a.number = $2 and a.fence = $3
               and c.start >= (select max(f.start)
                                 from log_chunk f
                                where f.task_id = $1 and f.attempt = $2 and f.start <= $4)
               and c.start < least($4 + $5, $6)
             order by c.start
             limit $7
            """;

    private static final String DROPPED =
            """
            select coalesce(sum(dropped), 0)::bigint as dropped
              from log_chunk
             where task_id = $1 and attempt = $2 and dropped > 0
            """;

    private static final String BEHIND =
            """
            select min(c.start) as start
              from attempt a
              join log_chunk c on c.task_id = a.task_id and c.attempt = a.number
             where a.task_id = $1 and a.number = $2 and c.start >= a.log_bytes
            """;

    private final Database database;
    private final ResizeStore resizes;

    RecordingStore(Database database) {
        this.database = database;
        this.resizes = new ResizeStore(database);
    }

    /** Empty if no machine was given this attempt. */
    Optional<Head> head(long task, int attempt) {
        var rows = database.query("opening a recording", HEAD, Tuple.of(task, attempt));
        if (rows.size() == 0) {
            return Optional.empty();
        }
        var row = rows.iterator().next();
        var status = row.getInteger("status");
        return Optional.of(
                new Head(
                        task,
                        attempt,
                        row.getLong("fence"),
                        row.getLong("log_bytes"),
                        row.getBuffer("log_link"),
                        row.getOffsetDateTime("granted_at").toInstant(),
                        status == null ? null : new Exit(row.getLong("at_millis"), status)));
    }

    /** Where its stages started, in the order of time. */
    List<Marker> markers(Head head) {
        var markers = new ArrayList<Marker>();
        database.query("reading stages", MARKERS, Tuple.of(head.task(), head.attempt()))
                .forEach(
                        row ->
                                markers.add(
                                        new Marker(
                                                row.getLong("at_millis"), row.getString("label"))));
        return markers;
    }

    /** Which sizes its terminal was given, in the order of output. */
    List<Cast.Size> sizes(Head head) {
        return resizes.sizes(head);
    }

    /**
     * What was printed from byte {@code start} on; nothing if the log began anew. The first piece
     * begins earlier if it stands for what was dropped meanwhile.
     *
     * @param bytes at most so many, and the rest of the last chunk
     * @param most how many chunks
     */
    List<Piece> pieces(Head head, long start, int bytes, int most) {
        var arguments =
                Tuple.of(head.task(), head.attempt(), head.fence(), start, (long) bytes)
                        .addLong(head.bytes())
                        .addInteger(most);
        var pieces = new ArrayList<Piece>();
        for (var row : database.query("reading a recording", PIECES, arguments)) {
            var piece =
                    new Piece(
                            row.getLong("start"),
                            row.getLong("at_millis"),
                            row.getBuffer("bytes"),
                            row.getBuffer("link"),
                            row.getLong("dropped"));
            if (piece.end() > start) {
                pieces.add(piece);
            }
        }
        return pieces;
    }

    /** How much of a log is not kept by now. */
    long dropped(Head head) {
        var arguments = Tuple.of(head.task(), head.attempt());
        return database.query("looking for what was dropped", DROPPED, arguments)
                .iterator()
                .next()
                .getLong("dropped");
    }

    /** Where something is stored behind the end of a log; it should be nowhere. */
    OptionalLong behind(Head head) {
        var arguments = Tuple.of(head.task(), head.attempt());
        var rows = database.query("looking behind a log", BEHIND, arguments);
        var start = rows.iterator().next().getLong("start");
        return start == null ? OptionalLong.empty() : OptionalLong.of(start);
    }
}
