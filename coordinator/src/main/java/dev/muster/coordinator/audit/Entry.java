package dev.muster.coordinator.audit;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * One thing that was done, or tried and refused.
 *
 * @param at to the microsecond, by the database's clock
 * @param by who did it
 * @param target what it was done to; null where there is no such thing
 * @param outcome {@code done} or {@code denied}
 * @param data as PostgreSQL writes the {@code jsonb}, to the byte
 */
record Entry(
        long id,
        Instant at,
        Actor by,
        String action,
        @Nullable Target target,
        String outcome,
        String data) {

    /** A thing of some kind, {@code task 42}. */
    record Target(String kind, String id) {}

    /** An entry with its place in the log. */
    record Sealed(Entry entry, Head seal) {

        /** As people get it, with all that its seal is made of. */
        JsonObject json() {
            var by = entry.by();
            var actor = new JsonObject().put("kind", by.kind());
            putIfKnown(actor, "id", by.id());
            putIfKnown(actor, "name", by.name());
            var json =
                    new JsonObject()
                            .put("seq", seal.seq())
                            .put("id", entry.id())
                            .put("at", entry.at())
                            .put("actor", actor);
            putIfKnown(json, "address", by.address());
            putIfKnown(json, "request", by.request());
            json.put("action", entry.action());
            var target = entry.target();
            if (target != null) {
                json.put(
                        "target",
                        new JsonObject().put("kind", target.kind()).put("id", target.id()));
            }
            return json.put("outcome", entry.outcome())
                    .put("data", new JsonObject(entry.data()))
                    .put("mac", seal.mac());
        }

        private static void putIfKnown(JsonObject json, String name, @Nullable String value) {
            if (value != null) {
                json.put(name, value);
            }
        }
    }
}
