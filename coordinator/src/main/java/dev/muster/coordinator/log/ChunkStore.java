package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.log.LogStore.Chunk;

import io.vertx.sqlclient.Tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A table of chunks, as lines are read from it. */
final class ChunkStore {

    private final Database database;
    private final String reading;
    private final String beforeLine;
    private final String after;

    /**
     * @param name of the table, from this package
     * @param dropped how it says how many bytes a chunk stands for, in SQL
     * @param reading it, as a failure says it
     */
    ChunkStore(Database database, String name, String dropped, String reading) {
        this.database = database;
        this.reading = reading;
        // the last chunk with fewer line feeds before it than the line has: in it lies the line
        // feed behind which the line begins
        this.beforeLine =
                """
                select start, line, at, bytes, %s as dropped
                  from %s
                 where task_id = $1 and attempt = $2 and line < $3
                 order by line desc, start desc
                 limit 1
                """
                        .formatted(dropped, name);
        this.after =
                """
                select start, line, at, bytes, %s as dropped
                  from %s
                 where task_id = $1 and attempt = $2 and start >= $3
                 order by start
                 limit $4
                """
                        .formatted(dropped, name);
    }

    /**
     * The chunk in which line {@code line}, counted from 0, begins, or the one right before it;
     * empty when there are none.
     */
    Optional<Chunk> chunkOf(long task, int attempt, long line) {
        var found =
                line == 0
                        ? from(task, attempt, 0, 1)
                        : read(beforeLine, Tuple.of(task, attempt, line));
        return found.stream().findFirst();
    }

    /** Up to {@code most} chunks from byte {@code start} on. */
    List<Chunk> from(long task, int attempt, long start, int most) {
        return read(after, Tuple.of(task, attempt, start, most));
    }

    private List<Chunk> read(String sql, Tuple arguments) {
        var chunks = new ArrayList<Chunk>();
        database.query(reading, sql, arguments).forEach(row -> chunks.add(LogStore.chunk(row)));
        return chunks;
    }
}
