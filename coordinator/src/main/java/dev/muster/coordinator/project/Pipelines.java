package dev.muster.coordinator.project;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.wire.Wire;

import io.vertx.sqlclient.Tuple;

import java.nio.charset.StandardCharsets;

/** Pipelines by number. Their rows never change, so what was read once stays good. Thread-safe. */
public final class Pipelines {

    private static final String FIND = "select stages::text as stages from pipeline where id = $1";

    private final Database database;
    private final Cache<Long, Pipeline> known = Caffeine.newBuilder().maximumSize(1000).build();

    public Pipelines(Database database) {
        this.database = database;
    }

    /**
     * The pipeline with this number.
     *
     * @throws IllegalStateException if there is none: whoever named it holds a broken reference
     */
    public Pipeline get(long id) {
        var pipeline = known.getIfPresent(id);
        if (pipeline == null) {
            // not computed inside the cache: waiting for the database there would hold one of its
            // locks
            pipeline = read(id);
            known.put(id, pipeline);
        }
        return pipeline;
    }

    private Pipeline read(long id) {
        var rows = database.query("reading a pipeline", FIND, Tuple.of(id));
        if (rows.size() == 0) {
            throw new IllegalStateException("no pipeline has number " + id);
        }
        var json = rows.iterator().next().getString("stages");
        return Wire.decode(json.getBytes(StandardCharsets.UTF_8), Pipeline.class);
    }
}
