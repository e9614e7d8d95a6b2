package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.log.RecordingStore.Head;

import io.vertx.sqlclient.Tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/** The rows of {@code terminal_size}. */
final class ResizeStore {

    /** So many are kept of an attempt; those that come later are not. */
    private static final int MOST = 1000;

    // Of two at one place the later one counts. What it had anyway is not written again, so a line
    // that is lost and comes back tells nothing new.
    private static final String KEEP =
            """
            insert into terminal_size (task_id, attempt, fence, start, columns, rows)
            select i.task_id, i.attempt, i.fence, i.start, i.columns, i.rows
              from (select g.*, lag(array[g.columns, g.rows]) over (partition by g.task_id, g.attempt, g.fence
                                                                        order by g.start) as former
                      from unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::int[], $6::int[])
                           as g (task_id, attempt, fence, start, columns, rows)) i
              join attempt a on a.task_id = i.task_id and a.number = i.attempt and a.fence = i.fence
              left join lateral (select array[s.columns, s.rows] as size
                                   from terminal_size s
                                  where s.task_id = i.task_id and s.attempt = i.attempt and s.fence = i.fence
                                    and s.start <= i.start
                                  order by s.start desc
                                  limit 1) last on true
             where array[i.columns, i.rows] is distinct from coalesce(i.former, last.size)
               and (select count(*)
                      from terminal_size s
                     where s.task_id = i.task_id and s.attempt = i.attempt and s.fence = i.fence) < $7
             order by i.task_id, i.attempt, i.start
            on conflict (task_id, attempt, fence, start)
            do update set columns = excluded.columns, rows = excluded.rows
            """;

    private static final String SIZES =
            """
            select start, columns, rows
              from terminal_size
             where task_id = $1 and attempt = $2 and fence = $3
             order by start
            """;

    private final Database database;

    ResizeStore(Database database) {
        this.database = database;
    }

    /**
     * Keeps them, unless the log they belong to began anew.
     *
     * @param resizes no two of them at one place of one log
     */
    void keep(List<Resize> resizes) {
        database.query(
                "keeping terminal sizes",
                KEEP,
                Tuple.tuple()
                        .addArrayOfLong(column(resizes, Resize::task, Long[]::new))
                        .addArrayOfInteger(column(resizes, Resize::attempt, Integer[]::new))
                        .addArrayOfLong(column(resizes, Resize::fence, Long[]::new))
                        .addArrayOfLong(column(resizes, Resize::offset, Long[]::new))
                        .addArrayOfInteger(column(resizes, Resize::columns, Integer[]::new))
                        .addArrayOfInteger(column(resizes, Resize::rows, Integer[]::new))
                        .addInteger(MOST));
    }

    private static <T> T[] column(
            List<Resize> resizes, Function<Resize, T> value, IntFunction<T[]> array) {
        return resizes.stream().map(value).toArray(array);
    }

    /** In the order of output. */
    List<Cast.Size> sizes(Head head) {
        var sizes = new ArrayList<Cast.Size>();
        database.query(
                        "reading terminal sizes",
                        SIZES,
                        Tuple.of(head.task(), head.attempt(), head.fence()))
                .forEach(
                        row ->
                                sizes.add(
                                        new Cast.Size(
                                                row.getLong("start"),
                                                row.getInteger("columns"),
                                                row.getInteger("rows"))));
        return sizes;
    }
}
