package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.RequestLimit;

import io.vertx.core.Vertx;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** What strangers are shown, and how often anyone may ask. */
class DocsAndLimitIT {

    private static final Vertx VERTX = Vertx.vertx();
    private static final ApiServer SERVER = start(RequestLimit.NONE);
    private static final Wire WIRE = new Wire(SERVER.port());

    private static ApiServer start(RequestLimit limit) {
        var server =
                new ApiServer(
                        VERTX,
                        new Listen("127.0.0.1", 0),
                        StubbedOperations.fill(VERTX, new Operations()),
                        ByWord.edge(limit));
        server.start();
        return server;
    }

    @AfterAll
    static void close() {
        SERVER.close();
        VERTX.close().await();
    }

    @Test
    void theContractIsShownByUsAndByNobodyElse() {
        var page = WIRE.send("GET", "/docs", null, null);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(page.body()).doesNotContain("http:", "https:", "//", "<style", "style=");
        var files = Pattern.compile("(?:src|href)=\"(docs/[^\"]+)\"").matcher(page.body());
        var types = new HashMap<String, String>();
        while (files.find()) {
            var file = WIRE.send("GET", "/" + files.group(1), null, null);
            assertThat(file.status()).as(files.group(1)).isEqualTo(200);
            isOurs(file);
            types.put(files.group(1), file.header("Content-Type"));
        }
        isOurs(page);
        assertThat(types)
                .isEqualTo(
                        Map.of(
                                "docs/docs.css", "text/css; charset=utf-8",
                                "docs/docs.js", "text/javascript; charset=utf-8",
                                "docs/favicon.png", "image/png",
                                "docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8",
                                "docs/swagger-ui.css", "text/css; charset=utf-8"));
        assertThat(WIRE.send("GET", "/docs/docs.js", null, null).body())
                .contains("../openapi.json", "validatorUrl: null")
                .doesNotContain("http:", "https:");
        assertThat(WIRE.send("GET", "/docs/docs.html.bak", null, null).status()).isEqualTo(404);
    }

    private static void isOurs(Wire.Reply reply) {
        assertThat(reply.header("Content-Security-Policy").split("; ", -1))
                .containsExactlyInAnyOrder(
                        "default-src 'none'",
                        "script-src 'self'",
                        "style-src 'self'",
                        "img-src 'self' data:",
                        "connect-src 'self'",
                        "base-uri 'none'",
                        "form-action 'none'",
                        "frame-ancestors 'none'");
        assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(reply.header("Cache-Control")).isEqualTo("no-cache");
    }

    @Test
    void whatABrowserHasOfTheViewerIsNotSentAgain() {
        var tag = WIRE.send("GET", "/docs/swagger-ui-bundle.js", null, null).header("ETag");
        try (var connection = WIRE.connect()) {
            var known =
                    connection.raw(
                            "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\nIf-None-Match: "
                                    + tag
                                    + "\r\n\r\n");
            assertThat(known.status()).isEqualTo(304);
            assertThat(known.body()).isEmpty();
            assertThat(connection.get("/api/health").status()).isEqualTo(200);
        }
    }

    @Test
    void whoAsksTooOftenWaitsAndNobodyElseDoes() {
        var server = start(new RequestLimit(1, 3));
        try {
            var wire = new Wire(server.port());
            var known = new ArrayList<Integer>();
            var strange = new ArrayList<Integer>();
            for (int i = 0; i < 20; i++) {
                known.add(wire.send("GET", "/api/web/tasks", "admin", null).status());
                strange.add(wire.send("GET", "/api/web/tasks", "guess", null).status());
            }
            assertThat(known.subList(0, 3)).containsOnly(200);
            assertThat(strange.subList(0, 3)).containsOnly(401);
            assertThat(known).contains(429).containsOnly(200, 429);
            assertThat(strange).contains(429).containsOnly(401, 429);
            var refused = wire.send("GET", "/api/health", null, null);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.json().getString("code")).isEqualTo("too_many_requests");
            assertThat(refused.header("Retry-After")).isEqualTo("1");
            for (int i = 0; i < 20; i++) {
                assertThat(
                                wire.send("POST", "/api/workers/refresh-token", "machine", null)
                                        .status())
                        .isEqualTo(200);
                assertThat(wire.send("GET", "/api/workers/healthz", null, null).status())
                        .isEqualTo(200);
            }
        } finally {
            server.close();
        }
    }
}
