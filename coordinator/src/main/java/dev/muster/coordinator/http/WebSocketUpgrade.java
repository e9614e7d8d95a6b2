package dev.muster.coordinator.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** From a request to a WebSocket. */
public final class WebSocketUpgrade {

    private static final String KEY = "Sec-WebSocket-Key";
    private static final String VERSION = "Sec-WebSocket-Version";
    private static final String PROTOCOL = "Sec-WebSocket-Protocol";

    private WebSocketUpgrade() {}

    static boolean isAskedFor(HttpServerRequest request) {
        return names(Optional.ofNullable(request.getHeader(HttpHeaders.UPGRADE)), "websocket");
    }

    /**
     * The answer to a caller who was admitted and asks for a WebSocket that speaks {@code
     * protocol}.
     *
     * @param upgraded gets it on its own context, before any frame
     * @throws Problem 426 if the call asks for anything else, 400 if it has a body
     */
    public static Answer of(Call call, String protocol, Consumer<ServerWebSocket> upgraded) {
        if (!isAsked(call) || !names(call.header(PROTOCOL), protocol)) {
            throw demand(" with the subprotocol " + protocol);
        }
        return upgrade(call, upgraded);
    }

    /** The same where there is no subprotocol. */
    public static Answer of(Call call, Consumer<ServerWebSocket> upgraded) {
        if (!isAsked(call)) {
            throw demand("");
        }
        return upgrade(call, upgraded);
    }

    private static boolean isAsked(Call call) {
        return names(call.header("Upgrade"), "websocket")
                && names(call.header("Connection"), "upgrade")
                && call.header(KEY).isPresent()
                && call.header(VERSION).filter("13"::equals).isPresent();
    }

    private static Problem demand(String more) {
        return Problem.of(
                        426,
                        "upgrade_required",
                        "This address speaks WebSocket (version 13)" + more + " only.")
                .with("Upgrade", "websocket")
                .with(VERSION, "13");
    }

    private static Answer upgrade(Call call, Consumer<ServerWebSocket> upgraded) {
        var hasBody =
                call.header("Transfer-Encoding").isPresent()
                        || call.header("Content-Length").filter(l -> !l.equals("0")).isPresent();
        if (hasBody) {
            throw Problem.badRequest("invalid_request", "A request to upgrade has no body.");
        }
        return Answer.upgrade(upgraded);
    }

    /** Whether a header that lists words has this one, in any case. */
    private static boolean names(Optional<String> header, String word) {
        return header.stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(String::strip)
                .anyMatch(one -> one.toLowerCase(Locale.ROOT).equals(word));
    }
}
