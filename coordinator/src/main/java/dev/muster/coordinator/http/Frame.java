package dev.muster.coordinator.http;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

/**
 * One server-sent event.
 *
 * @param event its type; null for none
 * @param id what a client that lost its connection shows to go on behind it; null to leave that as
 *     it is. One line.
 * @param data null for a frame that only moves the id, of which clients hear nothing
 */
public record Frame(@Nullable String event, @Nullable String id, @Nullable JsonObject data) {

    /** The same with an id. */
    public Frame at(String position) {
        return new Frame(event, position, data);
    }

    void appendTo(StringBuilder text) {
        if (event != null) {
            text.append("event: ").append(event).append('\n');
        }
        if (id != null) {
            text.append("id: ").append(id).append('\n');
        }
        if (data != null) {
            // JSON escapes line feeds, so this is one line
            text.append("data: ").append(data.encode()).append('\n');
        }
        text.append('\n');
    }
}
