package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.Listen;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

class ManagementServerIT {

    private static final Metrics METRICS = new Metrics();
    private static final Vertx VERTX =
            Vertx.builder()
                    .with(METRICS.enableIn(new VertxOptions()))
                    .withMetrics(METRICS.factory())
                    .build();

    @AfterAll
    static void close() {
        VERTX.close().await();
        METRICS.close();
    }

    @Test
    void itTellsWhetherTheProcessIsUpAndWhichCheckFails() {
        var health =
                new Health(
                        "1",
                        List.of(
                                new Health.Check("database", () -> true),
                                new Health.Check(
                                        "cluster",
                                        () -> {
                                            throw new IllegalStateException("down");
                                        })));
        try (var server = server(health)) {
            var wire = new Wire(server.port());
            assertThat(wire.send("GET", "/healthz", null, null).body()).isEqualTo("ok\n");
            var ready = wire.send("GET", "/readyz", null, null);
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.body()).isEqualTo("database ok\ncluster failed\n");
        }
    }

    @Test
    void itIsReadyWhenAllHolds() {
        try (var server = server(new Health("1", List.of(new Health.Check("a", () -> true))))) {
            assertThat(new Wire(server.port()).send("GET", "/readyz", null, null).status())
                    .isEqualTo(200);
        }
    }

    @Test
    void askingOftenDoesNotCheckOften() {
        var asked = new AtomicBoolean();
        var health =
                new Health(
                        "1",
                        List.of(new Health.Check("once", () -> asked.compareAndSet(false, true))));
        // a second look within the second would find it failed
        assertThat(health.details()).containsEntry("once", true);
        assertThat(health.details()).containsEntry("once", true);
    }

    @Test
    void itCountsWhatTheProcessDoes() {
        try (var server = server(new Health("1", List.of()))) {
            var wire = new Wire(server.port());
            wire.send("GET", "/healthz", null, null);
            assertThat(wire.send("GET", "/metrics", null, null).body())
                    .contains("jvm_memory_used_bytes")
                    .contains("vertx_http_server_");
        }
    }

    @Test
    void itServesNothingElse() {
        try (var server = server(new Health("1", List.of()))) {
            var wire = new Wire(server.port());
            assertThat(wire.send("GET", "/api/health", null, null).status()).isEqualTo(404);
            assertThat(wire.send("POST", "/metrics", null, null).status()).isEqualTo(405);
        }
    }

    private static ManagementServer server(Health health) {
        var server = new ManagementServer(VERTX, new Listen("127.0.0.1", 0), METRICS, health);
        server.start();
        return server;
    }
}
