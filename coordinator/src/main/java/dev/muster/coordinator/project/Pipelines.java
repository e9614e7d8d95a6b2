package dev.muster.coordinator.project;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import io.vertx.sqlclient.Tuple;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Pipelines by number. Their rows never change, so what was read once stays good. Thread-safe. */
public final class Pipelines {

    private static final Logger log = LoggerFactory.getLogger(Pipelines.class);

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
     * @throws dev.muster.protocol.wire.WireException if its row was changed, and makes no sense now
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

    /** The same; empty if there is none, or what the database holds is none any more. */
    public Optional<Pipeline> find(long id) {
        try {
            return Optional.of(get(id));
        } catch (WireException | IllegalStateException e) {
            log.warn("a pipeline cannot be read pipeline={} why={}", id, e.getMessage());
            return Optional.empty();
        }
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
