package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.http.Wire;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** A developer for each test, who is logged in at both of two coordinators. */
abstract class OnePerson {

    static final String TOKENS = "/api/web/profile/tokens";
    static final String NEW_PASSWORD = "wrong mule charger paperclip";

    @TempDir static Path data;
    static TwoCoordinators two;

    final String name = two.developer("developer");
    final String access = two.access(name);

    @BeforeAll
    static void start() {
        two = new TwoCoordinators(data);
    }

    @AfterAll
    static void stop() {
        two.close();
    }

    Wire.Reply token(String bearer, JsonObject body) {
        return two.send("POST", TOKENS, bearer, body);
    }

    static Wire.Reply changePassword(String bearer, String current) {
        return put(bearer, current, NEW_PASSWORD);
    }

    static Wire.Reply put(String bearer, String current, String wanted) {
        var body = new JsonObject().put("currentPassword", current).put("newPassword", wanted);
        return two.send("PUT", "/api/web/profile/password", bearer, body);
    }

    static JsonObject code(String code) {
        return new JsonObject().put("code", code);
    }

    static @Nullable String code(Wire.Reply refusal) {
        assertThat(refusal.status()).as(refusal.body()).isGreaterThanOrEqualTo(400);
        return refusal.json().getString("code");
    }

    static List<String> pointers(Wire.Reply refusal) {
        return refusal.json().getJsonArray("errors").stream()
                .map(fault -> ((JsonObject) fault).getString("pointer"))
                .toList();
    }

    static String developer(String name) {
        return "/api/admin/developers/" + two.id(name);
    }

    @SafeVarargs
    static List<Wire.Reply> together(Callable<Wire.Reply>... calls) {
        var all = new ArrayList<Callable<Wire.Reply>>();
        for (var call : calls) {
            all.add(call);
        }
        return together(all);
    }

    static List<Wire.Reply> together(List<Callable<Wire.Reply>> calls) {
        var start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var replies =
                    IntStream.range(0, calls.size())
                            .mapToObj(
                                    i ->
                                            threads.submit(
                                                    () -> {
                                                        start.await();
                                                        return calls.get(i).call();
                                                    }))
                            .toList();
            start.countDown();
            return replies.stream().map(OnePerson::result).toList();
        }
    }

    static Wire.Reply result(Future<Wire.Reply> pending) {
        try {
            return pending.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
