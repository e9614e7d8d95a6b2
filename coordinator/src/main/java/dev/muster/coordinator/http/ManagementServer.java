package dev.muster.coordinator.http;

import dev.muster.coordinator.config.Listen;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/**
 * Metrics and health for those who operate the coordinator, on a port of their own that strangers
 * cannot reach. Asks for no token.
 */
public final class ManagementServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ManagementServer.class);

    private static final long MOST_SECONDS = 30;

    private final Vertx vertx;
    private final Listen listen;
    private final Metrics metrics;
    private final Health health;
    private String deployment = "";
    private int port;

    public ManagementServer(Vertx vertx, Listen listen, Metrics metrics, Health health) {
        this.vertx = vertx;
        this.listen = listen;
        this.metrics = metrics;
        this.health = health;
    }

    /** Returns when requests are answered. */
    public void start() {
        var bound = new CompletableFuture<Integer>();
        deployment =
                vertx.deployVerticle(
                                new Server(bound::complete),
                                new DeploymentOptions()
                                        .setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                        .timeout(MOST_SECONDS, TimeUnit.SECONDS)
                        .await();
        port = bound.join();
        log.info("management listening host={} port={}", listen.host(), port);
    }

    /** Where it listens, once started. */
    public int port() {
        return port;
    }

    /** May be called twice, or unstarted. */
    @Override
    public void close() {
        if (!deployment.isEmpty()) {
            var id = deployment;
            deployment = "";
            vertx.undeploy(id).timeout(MOST_SECONDS, TimeUnit.SECONDS).await();
        }
    }

    private final class Server extends VerticleBase {

        private final IntConsumer listening;

        private Server(IntConsumer listening) {
            this.listening = listening;
        }

        @Override
        public Future<?> start() {
            return vertx.createHttpServer(ApiVerticle.options(listen).setPort(listen.port()))
                    .requestHandler(this::answer)
                    .listen()
                    .onSuccess(server -> listening.accept(server.actualPort()));
        }

        private void answer(HttpServerRequest request) {
            if (!request.method().equals(HttpMethod.GET)) {
                text(request, 405, "only GET\n");
                return;
            }
            switch (String.valueOf(request.path())) {
                case "/metrics" -> {
                    request.response()
                            .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
                    request.response().end(metrics.scrape());
                }
                case "/healthz" -> text(request, 200, "ok\n");
                case "/readyz" -> ready(request);
                default -> text(request, 404, "not here\n");
            }
        }

        private void ready(HttpServerRequest request) {
            var details = health.details();
            var lines =
                    details.entrySet().stream()
                            .map(e -> e.getKey() + (e.getValue() ? " ok\n" : " failed\n"))
                            .collect(Collectors.joining());
            text(request, details.containsValue(false) ? 503 : 200, lines);
        }

        private static void text(HttpServerRequest request, int status, String text) {
            request.response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .end(text);
        }
    }
}
