package dev.muster.ops.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;

/** What viewers connect with: a client of their own, on one event loop. */
record BenchSockets(Vertx vertx, WebSocketClient client) implements AutoCloseable {

    static BenchSockets open() {
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        var options = new WebSocketClientOptions().setMaxConnections(1000);
        return new BenchSockets(vertx, vertx.createWebSocketClient(options));
    }

    @Override
    public void close() {
        client.close().await();
        vertx.close().await();
    }
}
