package dev.muster.coordinator.http;

import dev.muster.coordinator.config.Listen;
import dev.muster.protocol.gateway.Gateway;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.VertxInternal;
import io.vertx.ext.web.Router;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * One instance of the API's server. Requests are answered on virtual threads and interleave where
 * they wait, and only there; WebSockets stay on the connection's event loop, where nothing waits: a
 * key typed at a terminal, or a frame of a worker's, is not handed from thread to thread.
 */
final class ApiVerticle extends VerticleBase {

    private static final int MOST_HEADER_BYTES = 8 << 10;
    private static final int IDLE_SECONDS = 60;
    private static final int MOST_FRAME_BYTES = 64 << 10;
    private static final int MOST_MESSAGE_BYTES = 256 << 10;

    private final HttpServerOptions options;
    private final Routes routes;
    private final Outlet outlet;
    private final IntConsumer listening;

    ApiVerticle(HttpServerOptions options, Routes routes, Outlet outlet, IntConsumer listening) {
        this.options = options;
        this.routes = routes;
        this.outlet = outlet;
        this.listening = listening;
    }

    @Override
    public Future<?> start() {
        var router = routes.router(vertx);
        var turns = ((VertxInternal) vertx).createVirtualThreadContext();
        return vertx.createHttpServer(options)
                .invalidRequestHandler(this::refuseUnreadable)
                .requestHandler(
                        request -> {
                            hold(request);
                            turns.runOnContext(_ -> answer(request, router));
                        })
                .listen()
                .onSuccess(server -> listening.accept(server.actualPort()));
    }

    /** What comes behind the head waits for whoever answers, who does so on another thread. */
    private static void hold(HttpServerRequest request) {
        if (Body.isComing(request) || WebSocketUpgrade.isAskedFor(request)) {
            request.pause();
        }
    }

    private void answer(HttpServerRequest request, Router router) {
        if (request.path() != null && PathGuard.isPlain(request.path())) {
            router.handle(request);
        } else {
            routes.refusePath(request);
        }
    }

    static HttpServerOptions options(Listen listen) {
        return new HttpServerOptions()
                .setHost(listen.host())
                .setPort(listen.port())
                .setMaxHeaderSize(MOST_HEADER_BYTES)
                .setMaxInitialLineLength(MOST_HEADER_BYTES)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(false)
                .setDecompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setMaxWebSocketFrameSize(MOST_FRAME_BYTES)
                .setMaxWebSocketMessageSize(MOST_MESSAGE_BYTES)
                .setWebSocketSubProtocols(List.of(Gateway.PROTOCOL))
                .setTcpNoDelay(true);
    }

    /** The decoder gave up: what follows on this connection means nothing. */
    private void refuseUnreadable(HttpServerRequest request) {
        var problem =
                switch (request.decoderResult().cause()) {
                    case TooLongHttpLineException _ ->
                            Problem.of(414, "uri_too_long", "The address is too long.");
                    case TooLongHttpHeaderException _ ->
                            Problem.of(431, "headers_too_large", "The headers exceed 8 KiB.");
                    default -> Problem.badRequest("invalid_request", "This is not HTTP/1.1.");
                };
        request.response().putHeader("Connection", "close");
        Outlet.send(request.response(), problem, outlet.nextRequestId());
    }
}
