package dev.muster.ops.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import dev.muster.ops.client.MusterClient;
import dev.muster.ops.client.SecretKey;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What is said of a rotation, by answers that a server gives one after another. */
final class RotationTest {

    private static final SecretKey NEW = new SecretKey("new", "2026-02-01T09:00:00Z", 1);
    private static final List<SecretKey> KEYS = List.of(NEW, former(2));

    private final ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
    private final StringWriter err = new StringWriter();
    private HttpServer server;

    private static SecretKey former(long secrets) {
        return new SecretKey("former", "2026-01-01T09:00:00Z", secrets);
    }

    @BeforeEach
    void serve() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    // the last answer stays
                    var answer = answers.size() > 1 ? answers.poll() : answers.peek();
                    var bytes = String.valueOf(answer).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(answer == null ? 503 : 200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static String answer(long sealed, long left) {
        return """
        {"items": [{"id": "newer", "madeAt": "2026-03-01T09:00:00Z", "secrets": 0},
                   {"id": "new", "madeAt": "2026-02-01T09:00:00Z", "secrets": %d},
                   {"id": "former", "madeAt": "2026-01-01T09:00:00Z", "secrets": %d}]}
        """
                .formatted(sealed, left);
    }

    private Rotation.Result watched(Duration patience) throws InterruptedException {
        var address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try (var client = new MusterClient(address)) {
            client.use("a-token");
            return new Rotation(client, KEYS, new PrintWriter(err)).untilSealed(patience);
        }
    }

    @Test
    void itIsDoneWhenNoOlderKeySealsAnything() throws Exception {
        answers.addAll(List.of(answer(2, 1), answer(2, 1), answer(3, 0)));

        var result = watched(Duration.ofMinutes(1));

        assertThat(result.isSealed()).isTrue();
        assertThat(result.json().toString())
                .isEqualTo(
                        "{\"key\":\"new\",\"madeAt\":\"2026-02-01T09:00:00Z\",\"sealed\":3,\"left\":0}");
        assertThat(err.toString().lines())
                .containsExactly(
                        "muster: 2 of 3 secrets are sealed anew",
                        "muster: 3 of 3 secrets are sealed anew");
    }

    @Test
    void whatCannotBeSealedIsToldAndNotWaitedForForEver() throws Exception {
        answers.add(answer(2, 1));

        var result = watched(Duration.ofMillis(300));

        assertThat(result.isSealed()).isFalse();
        assertThat(result.text()).contains("new key new, and 1 of 3 secrets are not sealed");
    }

    @Test
    void whileNobodyAnswersItIsSaidOnceAndTheKeyIsNotForgotten() throws Exception {
        var result = watched(Duration.ofMillis(600));

        assertThat(result.left()).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly("muster: the server answered with status 503");
    }
}
