package dev.muster.coordinator.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What an operation says when it succeeded.
 *
 * @param body JSON, or null for none
 * @param headers besides the content type
 * @param upgraded takes the WebSocket that the connection becomes; null for all other answers
 * @param feed gives the frames of an answer that goes on; null for all other answers
 * @param download gives the pieces of a large answer; null for all other answers
 */
public record Answer(
        int status,
        @Nullable Buffer body,
        Map<String, String> headers,
        @Nullable Consumer<ServerWebSocket> upgraded,
        @Nullable Feed feed,
        @Nullable Download download) {

    private static final Answer NO_CONTENT = new Answer(204, null, Map.of());

    public Answer {
        headers = Map.copyOf(headers);
    }

    public Answer(int status, @Nullable Buffer body, Map<String, String> headers) {
        this(status, body, headers, null, null, null);
    }

    /** 101: the connection becomes a WebSocket, which {@code upgraded} gets on its own context. */
    static Answer upgrade(Consumer<ServerWebSocket> upgraded) {
        return new Answer(101, null, Map.of(), upgraded, null, null);
    }

    /** 200: server-sent events, for as long as the feed goes on and the caller may see it. */
    public static Answer stream(Feed feed) {
        return new Answer(200, null, Map.of(), null, feed, null);
    }

    /**
     * 200: a file of any size, piece by piece, for as long as the caller may see it.
     *
     * @param name of the file, without quotes
     */
    public static Answer download(Download download, String type, String name) {
        var headers =
                Map.of(
                        "Content-Type",
                        type,
                        "Content-Disposition",
                        "attachment; filename=\"" + name + "\"");
        return new Answer(200, null, headers, null, null, download);
    }

    /** 200 with a document. */
    public static Answer ok(JsonObject body) {
        return new Answer(200, body.toBuffer(), Map.of());
    }

    /** 201 for something that now lies at {@code location}. */
    public static Answer created(String location, JsonObject body) {
        return new Answer(201, body.toBuffer(), Map.of("Location", location));
    }

    /** 202: asked for and not yet done. */
    public static Answer accepted(JsonObject body) {
        return new Answer(202, body.toBuffer(), Map.of());
    }

    /** 204. */
    public static Answer noContent() {
        return NO_CONTENT;
    }

    /**
     * 200 with a part of a list, and a {@code Link} to the next part when {@code more}.
     *
     * @param items at most {@code page.limit()} of them
     */
    public static Answer page(Call call, Page page, JsonArray items, boolean more) {
        return page(call, page, more, behind(page, items), envelope(page, items));
    }

    /** The same, where the number of all items is known. */
    public static Answer page(Call call, Page page, JsonArray items, long total) {
        return page(call, page, items, total, new JsonObject());
    }

    /** The same, with what is to be said of the list as a whole. */
    public static Answer page(
            Call call, Page page, JsonArray items, long total, JsonObject besides) {
        var body = envelope(page, items).put("total", total).mergeIn(besides);
        return page(call, page, behind(page, items) < total, behind(page, items), body);
    }

    /** The same, where the numbers of items may leap: the next part begins at {@code next}. */
    public static Answer leaping(Call call, Page page, JsonArray items, long next, long total) {
        return page(call, page, next < total, next, envelope(page, items).put("total", total));
    }

    /**
     * 200 with a part of a list whose next part comes after a cursor.
     *
     * @param next the cursor; null at the end
     */
    public static Answer page(Call call, int limit, JsonArray items, @Nullable Long next) {
        var body = new JsonObject().put("items", items).put("limit", limit);
        if (next == null) {
            return ok(body);
        }
        var link = call.linkTo(limit, "cursor", next);
        return new Answer(
                200,
                body.put("nextCursor", next).toBuffer(),
                Map.of("Link", "<" + link + ">; rel=\"next\""));
    }

    private static Answer page(Call call, Page page, boolean more, long next, JsonObject body) {
        if (!more) {
            return ok(body);
        }
        var link = call.linkTo(page.limit(), next);
        return new Answer(200, body.toBuffer(), Map.of("Link", "<" + link + ">; rel=\"next\""));
    }

    private static long behind(Page page, JsonArray items) {
        return (long) page.offset() + items.size();
    }

    private static JsonObject envelope(Page page, JsonArray items) {
        return new JsonObject()
                .put("items", items)
                .put("limit", page.limit())
                .put("offset", page.offset());
    }

    /** The same answer with one more header. */
    public Answer with(String header, String value) {
        var all = new HashMap<>(headers);
        all.put(header, value);
        return new Answer(status, body, all, upgraded, feed, download);
    }
}
