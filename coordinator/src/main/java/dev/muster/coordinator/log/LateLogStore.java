package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.protocol.message.LeaseRef;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import java.util.Optional;
import java.util.UUID;

/** The rows of {@code late_log} and {@code late_log_chunk}. */
final class LateLogStore {

    /**
     * What is kept beside an attempt's log.
     *
     * @param start at which byte of what the attempt printed it begins
     * @param lines how many it has, the last one though no line feed ended it
     * @param cut whether more came than is kept
     */
    record Shown(long start, long bytes, long lines, boolean cut) {
        static final Shown NOTHING = new Shown(0, 0, 0, false);
    }

    /**
     * An attempt, locked.
     *
     * @param ended whether it is over
     * @param logEnd where its log ends
     * @param late how many bytes are kept beside that
     * @param feeds how many line feeds are among them
     * @param secrets the version of its project's secrets
     */
    record Standing(
            UUID machine,
            long fence,
            boolean ended,
            long logEnd,
            long late,
            long feeds,
            long secrets) {
        long end() {
            return logEnd + late;
        }
    }

    // Whoever else writes the log of an attempt, or its end, locks it too.
    private static final String LOCK =
            """
            select a.machine_id, a.fence, a.ended_at is not null as ended, a.log_bytes,
                   coalesce(l.bytes, 0) as late, coalesce(l.feeds, 0) as feeds, p.secrets_version
              from attempt a
              join task t on t.id = a.task_id
              join project p on p.id = t.project_id
              left join late_log l on l.task_id = a.task_id and l.attempt = a.number
             where a.task_id = $1 and a.number = $2
               for no key update of a
            """;

    private static final String GROW =
            """
            with grown as (
                insert into late_log as l (task_id, attempt, start, bytes, feeds)
                values ($1, $2, $3, length($5::bytea), $6)
                    on conflict (task_id, attempt)
                    do update set bytes = l.bytes + excluded.bytes, feeds = l.feeds + excluded.feeds
            )
            insert into late_log_chunk (task_id, attempt, start, line, bytes)
            values ($1, $2, $3, $4, $5)
            """;

    private static final String CUT =
            """
            update late_log
               set cut = true
             where task_id = $1 and attempt = $2 and not cut
            """;

    // What lies before byte $3, from byte $4 on: of the log, and of what is kept beside it.
    private static final String BEFORE =
            """
            select coalesce(string_agg(substring(c.bytes from greatest(1, $4 - c.start + 1)::int), ''::bytea
                                       order by c.start), '') as bytes
              from (select start, bytes
                      from log_chunk
                     where task_id = $1 and attempt = $2 and start < $3
                       and start >= coalesce((select max(start) from log_chunk
                                               where task_id = $1 and attempt = $2 and start <= $4), 0)
                     union all
                    select start, bytes
                      from late_log_chunk
                     where task_id = $1 and attempt = $2 and start < $3
                       and start >= coalesce((select max(start) from late_log_chunk
                                               where task_id = $1 and attempt = $2 and start <= $4), 0)) c
            """;

    private static final String SHOWN =
            """
            select l.start, l.bytes, l.cut,
                   l.feeds + case when substring(last.bytes from length(last.bytes)) = '\\x0a' then 0 else 1 end as lines
              from late_log l
              join lateral (select c.bytes
                              from late_log_chunk c
                             where c.task_id = l.task_id and c.attempt = l.attempt
                             order by c.start desc
                             limit 1) last on true
             where l.task_id = $1 and l.attempt = $2
            """;

    private final Database database;
    private final ChunkStore chunks;

    LateLogStore(Database database) {
        this.database = database;
        this.chunks = new ChunkStore(database, "late_log_chunk", "0::bigint", "reading a late log");
    }

    /** The attempt, which nobody else changes before the transaction is over. */
    Optional<Standing> lock(Transaction transaction, LeaseRef lease) {
        var arguments = Tuple.of(lease.task(), lease.attempt());
        var rows = transaction.query("looking where a late log ends", LOCK, arguments);
        return rows.size() == 0 ? Optional.empty() : Optional.of(standing(rows.iterator().next()));
    }

    private static Standing standing(Row row) {
        return new Standing(
                row.getUUID("machine_id"),
                row.getLong("fence"),
                row.getBoolean("ended"),
                row.getLong("log_bytes"),
                row.getLong("late"),
                row.getLong("feeds"),
                row.getLong("secrets_version"));
    }

    /** Adds bytes at the end. */
    void grow(Transaction transaction, LeaseRef lease, Standing at, byte[] bytes) {
        long feeds = 0;
        for (byte one : bytes) {
            feeds += one == '\n' ? 1 : 0;
        }
        var arguments = Tuple.of(lease.task(), lease.attempt(), at.end(), at.feeds());
        arguments.addBuffer(Buffer.buffer(bytes)).addLong(feeds);
        transaction.query("adding to a late log", GROW, arguments);
    }

    /** More came than is kept. */
    void cut(Transaction transaction, LeaseRef lease) {
        transaction.query("cutting a late log", CUT, Tuple.of(lease.task(), lease.attempt()));
    }

    /** Up to {@code most} bytes before byte {@code end}. */
    byte[] before(Transaction transaction, LeaseRef lease, long end, int most) {
        var arguments = Tuple.of(lease.task(), lease.attempt(), end, Math.max(0, end - most));
        var rows = transaction.query("reading before a late log", BEFORE, arguments);
        return rows.iterator().next().getBuffer("bytes").getBytes();
    }

    /** What is kept beside a log. */
    Shown shown(long task, int attempt) {
        var rows = database.query("measuring a late log", SHOWN, Tuple.of(task, attempt));
        if (rows.size() == 0) {
            return Shown.NOTHING;
        }
        var row = rows.iterator().next();
        return new Shown(
                row.getLong("start"),
                row.getLong("bytes"),
                row.getLong("lines"),
                row.getBoolean("cut"));
    }

    /** What of all attempts is kept. */
    ChunkStore chunks() {
        return chunks;
    }
}
