package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.log.MaskedAppends.Masked;
import dev.muster.coordinator.secret.Masks;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** The rows of {@code log_chunk}. */
final class LogStore {

    /**
     * A piece of a log: {@code line} line feeds come before it, {@code start} bytes do.
     *
     * @param dropped how many bytes that were not kept it stands for, and then it has none; 0 for
     *     all others
     */
    record Chunk(long start, long line, OffsetDateTime at, Buffer bytes, long dropped) {

        /** Where the next one begins. */
        long end() {
            return start + dropped + bytes.length();
        }
    }

    /** Names the log of an attempt. */
    record LogId(long task, int attempt) {}

    /**
     * How a log stands.
     *
     * @param fence of the lease under which it is written; under another one it began anew, and 0
     *     means that nobody writes it now
     * @param lines how many are whole
     */
    record LogState(long fence, long lines, boolean ended) {}

    /** What came of an append; {@code stored} is how many bytes of it were new. */
    record Taken(Appended answer, int stored) {}

    // Attempts are locked in the order of tasks, as reports lock them. The lease is read without a
    // lock: who ends it changes the attempt as well, which the locked row is judged by. What was
    // masked by another version of its project's secrets than there is now is not taken. What was
    // given up for its machine's silence may have ended by itself, so the rest of it is taken.
    private static final String APPEND =
            """
            with input as (
                select *
                  from unnest($1::bigint[], $2::int[], $3::bigint[], $4::uuid[], $5::bigint[], $6::int[], $7::int[],
                              $13::bigint[])
                       with ordinality as i (task_id, attempt, fence, machine_id, start, length, feeds, secrets, n)
            ), next as materialized (
                select i.*, a.log_link
                  from input i
                  join attempt a
                    on a.task_id = i.task_id and a.number = i.attempt and a.fence = i.fence
                   and a.machine_id = i.machine_id and a.log_bytes = i.start
                  join task t on t.id = i.task_id
                  join project p on p.id = t.project_id and p.secrets_version = i.secrets
                  left join lease l
                    on l.task_id = i.task_id and l.attempt = i.attempt and l.fence = i.fence
                   and l.machine_id = i.machine_id
                 where case when l.task_id is not null then a.ended_at is null
                            else a.outcome = 'LOST'
                                 and exists (select 1 from given_up g
                                              where g.task_id = i.task_id and g.attempt = i.attempt) end
                 order by a.task_id
                   for no key update of a
            ), chunk as materialized (
                select c.*, chained(i.log_link, c.digest) over (partition by c.n order by c.place) as link
                  from unnest($8::bigint[], $9::int[], $10::int[], $11::bigint[], $12::bytea[], $14::bytea[])
                       as c (n, place, line, at_millis, bytes, digest)
                  join next i on i.n = c.n
            ), grown as (
                update attempt a
                   set log_bytes = a.log_bytes + i.length, log_lines = a.log_lines + i.feeds,
                       log_link = (select c.link from chunk c where c.n = i.n order by c.place desc limit 1)
                  from next i
                 where a.task_id = i.task_id and a.number = i.attempt
                returning i.n, a.log_bytes, a.log_lines - i.feeds as line
            ), stored as (
                insert into log_chunk (task_id, attempt, start, line, at_millis, bytes, link)
                select i.task_id, i.attempt, i.start + c.place, g.line + c.line, c.at_millis, c.bytes, c.link
                  from chunk c
                  join grown g on g.n = c.n
                  join input i on i.n = c.n
            )
            select coalesce(g.log_bytes, a.log_bytes, 0) as log_bytes, g.n is not null as grown,
                   l.task_id is not null
                   or exists (select 1 from given_up u
                               where u.task_id = i.task_id and u.attempt = i.attempt and u.fence = i.fence
                                 and u.machine_id = i.machine_id) as held,
                   p.id as project, p.secrets_version
              from input i
              left join task t on t.id = i.task_id
              left join project p on p.id = t.project_id
              left join grown g on g.n = i.n
              left join attempt a on a.task_id = i.task_id and a.number = i.attempt
              left join lease l
                on l.task_id = i.task_id and l.attempt = i.attempt and l.fence = i.fence
               and l.machine_id = i.machine_id
             order by i.n
            """;

    private static final String AROUND =
            """
            select start, line, at, bytes, dropped
              from log_chunk
             where task_id = $1 and attempt = $2
               and start >= coalesce((select max(start) from log_chunk
                                       where task_id = $1 and attempt = $2 and start <= $3), 0)
             order by start
             limit $4
            """;

    // Bytes behind the last line feed are a line too.
    private static final String LINES =
            """
            select a.log_lines + case when substring(last.bytes from length(last.bytes)) = '\\x0a' then 0 else 1 end as lines
              from attempt a
              join lateral (select c.bytes
                              from log_chunk c
                             where c.task_id = a.task_id and c.attempt = a.number
                             order by c.start desc
                             limit 1) last on true
             where a.task_id = $1 and a.number = $2
            """;

    private static final String STATES =
            """
            select a.task_id, a.number, a.fence, a.log_lines, a.ended_at is not null as ended
              from unnest($1::bigint[], $2::int[]) as i (task_id, number)
              join attempt a on a.task_id = i.task_id and a.number = i.number
            """;

    private static final String BEFORE =
            """
            select start, bytes
              from log_chunk
             where task_id = $1 and attempt = $2 and start < $3
               and start >= coalesce((select max(start)
                                        from log_chunk
                                       where task_id = $1 and attempt = $2 and start <= $4), 0)
             order by start
            """;

    // One at a time of an attempt, and while none is added: the row that stands for what was
    // dropped before is part of what is dropped now.
    private static final String LIMIT =
            """
            with log as materialized (
                select task_id, number, log_bytes
                  from attempt
                 where task_id = $1 and number = $2 and fence = $3 and log_bytes > $4::bigint + $5::bigint
                   for no key update
            ), middle as materialized (
                select c.start, coalesce(c.dropped, octet_length(c.bytes)) as length, c.dropped, c.link
                  from log l
                  join log_chunk c on c.task_id = l.task_id and c.attempt = l.number
                 where c.start >= $4 and c.start < l.log_bytes - $5
                   and c.start + coalesce(c.dropped, octet_length(c.bytes)) <= l.log_bytes - $5
            ), whole as materialized (
                select min(start) as start, sum(length)::bigint as length, coalesce(sum(dropped), 0)::bigint as before,
                       (array_agg(link order by start desc))[1] as link
                  from middle
                having count(*) > 1
            ), gone as (
                delete from log_chunk c
                 using whole w
                 where c.task_id = $1 and c.attempt = $2 and c.start > w.start and c.start < w.start + w.length
            )
            update log_chunk c
               set bytes = '', dropped = w.length, link = w.link
              from whole w
             where c.task_id = $1 and c.attempt = $2 and c.start = w.start
            returning w.length - w.before as dropped
            """;

    /** More often than this nobody changes secrets while a piece is taken. */
    private static final int MOST_VERSIONS = 3;

    private final Database database;
    private final MaskedAppends masking;
    private final ChunkStore chunks;

    LogStore(Database database, Masks masks) {
        this.database = database;
        this.chunks = new ChunkStore(database, "log_chunk", "dropped", "reading a log");
        this.masking = new MaskedAppends(masks, this);
    }

    /**
     * Takes each piece that comes next in its attempt's log. At most one piece of a task is among
     * them.
     */
    List<Taken> append(List<Append> pieces) {
        var sorted = new ArrayList<>(pieces);
        sorted.sort(Comparator.comparingLong(piece -> piece.lease().task()));
        var answers = new HashMap<Long, Taken>();
        var left = sorted.stream().map(masking::expected).toList();
        for (int go = 0; !left.isEmpty() && go < MOST_VERSIONS; go++) {
            left = append(left, answers);
        }
        return pieces.stream().map(piece -> answers.get(piece.lease().task())).toList();
    }

    /** Answers those that had to be masked by another version than they were, masked by that. */
    private List<Masked> append(List<Masked> pieces, Map<Long, Taken> answers) {
        var again = new ArrayList<Masked>();
        int i = 0;
        for (var row : database.query("appending to logs", APPEND, arguments(pieces))) {
            var one = pieces.get(i++);
            var piece = one.piece();
            boolean grown = row.getBoolean("grown");
            if (grown) {
                masking.stored(one);
            } else if (isMaskedOtherwise(row, one)) {
                again.add(
                        masking.other(
                                one.as(), row.getLong("project"), row.getLong("secrets_version")));
            }
            int stored = grown ? piece.bytes().length : 0;
            answers.put(piece.lease().task(), new Taken(appended(row, piece), stored));
        }
        return again;
    }

    private static boolean isMaskedOtherwise(Row row, Masked one) {
        return row.getBoolean("held")
                && row.getLong("log_bytes") == one.piece().offset()
                && row.getLong("secrets_version") != one.mask().version();
    }

    private static Appended appended(Row row, Append piece) {
        long stored = row.getLong("log_bytes");
        boolean present = stored >= piece.offset() + piece.bytes().length;
        if (row.getBoolean("grown") || (row.getBoolean("held") && present)) {
            return new Appended(Wire.VERSION, Verdict.ACCEPTED, stored);
        }
        var verdict = row.getBoolean("held") ? Verdict.GAP : Verdict.STALE;
        return new Appended(Wire.VERSION, verdict, stored);
    }

    private static Tuple arguments(List<Masked> pieces) {
        var appends = pieces.stream().map(Masked::piece).toList();
        var chunks = new AppendColumns(appends);
        return Tuple.of(
                        appends.stream().map(one -> one.lease().task()).toArray(Long[]::new),
                        appends.stream().map(one -> one.lease().attempt()).toArray(Integer[]::new),
                        appends.stream().map(one -> one.lease().fence()).toArray(Long[]::new),
                        appends.stream().map(Append::machine).toArray(UUID[]::new),
                        appends.stream().map(Append::offset).toArray(Long[]::new),
                        appends.stream().map(one -> one.bytes().length).toArray(Integer[]::new))
                .addArrayOfInteger(chunks.feeds())
                .addArrayOfLong(chunks.numbers())
                .addArrayOfInteger(chunks.places())
                .addArrayOfInteger(chunks.lines())
                .addArrayOfLong(chunks.moments())
                .addArrayOfBuffer(chunks.chunks())
                .addArrayOfLong(
                        pieces.stream().map(one -> one.mask().version()).toArray(Long[]::new))
                .addArrayOfBuffer(chunks.digests());
    }

    /** What is stored of an attempt's log right before byte {@code end}: up to {@code most}. */
    byte[] before(long task, int attempt, long end, int most) {
        long from = Math.max(0, end - most);
        var bytes = Buffer.buffer();
        long next = from;
        var arguments = Tuple.of(task, attempt, end, from);
        for (var row : database.query("reading the end of a log", BEFORE, arguments)) {
            var chunk = row.getBuffer("bytes");
            long start = row.getLong("start");
            int skipped = (int) Math.min(chunk.length(), Math.max(0, next - start));
            bytes.appendBuffer(chunk, skipped, chunk.length() - skipped);
            next = start + chunk.length();
        }
        return bytes.getBytes();
    }

    /**
     * Keeps of a log its first {@code head} bytes and its last {@code tail}, in whole pieces.
     *
     * @return how many bytes were dropped
     */
    long limit(LeaseRef lease, long head, long tail) {
        var arguments = Tuple.of(lease.task(), lease.attempt(), lease.fence(), head, tail);
        var rows = database.query("limiting a log", LIMIT, arguments);
        return rows.size() == 0 ? 0 : rows.iterator().next().getLong("dropped");
    }

    /** The chunks of all logs. */
    ChunkStore chunks() {
        return chunks;
    }

    /** Up to {@code most} chunks, from the one on in which byte {@code start} is. */
    List<Chunk> around(long task, int attempt, long start, int most) {
        var chunks = new ArrayList<Chunk>();
        database.query("reading a log", AROUND, Tuple.of(task, attempt, start, most))
                .forEach(row -> chunks.add(chunk(row)));
        return chunks;
    }

    /** How many lines the stored log of an attempt has; 0 for one that does not exist. */
    long lines(long task, int attempt) {
        var rows = database.query("measuring a log", LINES, Tuple.of(task, attempt));
        return rows.size() == 0 ? 0 : rows.iterator().next().getLong("lines");
    }

    /** How the logs of these attempts stand; what no machine was given yet is left out. */
    Map<LogId, LogState> states(Set<LogId> logs) {
        var ids = List.copyOf(logs);
        var arguments =
                Tuple.tuple()
                        .addArrayOfLong(ids.stream().map(LogId::task).toArray(Long[]::new))
                        .addArrayOfInteger(
                                ids.stream().map(LogId::attempt).toArray(Integer[]::new));
        var states = new HashMap<LogId, LogState>();
        for (var row : database.query("following logs", STATES, arguments)) {
            states.put(
                    new LogId(row.getLong("task_id"), row.getInteger("number")),
                    new LogState(
                            row.getLong("fence"),
                            row.getLong("log_lines"),
                            row.getBoolean("ended")));
        }
        return states;
    }

    /** Of a row that has its columns. */
    static Chunk chunk(Row row) {
        return new Chunk(
                row.getLong("start"),
                row.getLong("line"),
                row.getOffsetDateTime("at"),
                row.getBuffer("bytes"),
                Objects.requireNonNullElse(row.getLong("dropped"), 0L));
    }
}
