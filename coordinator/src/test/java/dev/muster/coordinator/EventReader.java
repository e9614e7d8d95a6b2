package dev.muster.coordinator;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Reads server-sent events as a client does, until it is closed or they end. */
final class EventReader implements AutoCloseable {

    /** One event; {@code id} is the last one that came until then. */
    record Event(String type, @Nullable String id, JsonObject data) {}

    private final HttpClient http = HttpClient.newHttpClient();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final HttpResponse<Stream<String>> response;
    private volatile @Nullable String lastId;

    private EventReader(int port, String token, String path, @Nullable String lastSeen) {
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Accept", "text/event-stream");
        if (lastSeen != null) {
            request.header("Last-Event-ID", lastSeen);
        }
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofLines());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        lastId = lastSeen;
        Thread.ofVirtual().start(this::read);
    }

    static EventReader open(CoordinatorFixture at, String token, String path) {
        return new EventReader(at.port(), token, path, null);
    }

    static EventReader open(int port, String token, String path, @Nullable String lastSeen) {
        return new EventReader(port, token, path, lastSeen);
    }

    private void read() {
        try {
            var lines = new ArrayList<String>();
            response.body()
                    .forEach(
                            line -> {
                                if (line.isEmpty()) {
                                    dispatch(lines);
                                    lines.clear();
                                } else {
                                    lines.add(line);
                                }
                            });
        } catch (UncheckedIOException _) {
            // closed, by either side
        } finally {
            ended.countDown();
        }
    }

    private void dispatch(List<String> lines) {
        var type = "message";
        JsonObject data = null;
        for (var line : lines) {
            if (line.startsWith("id: ")) {
                lastId = line.substring(4);
            } else if (line.startsWith("event: ")) {
                type = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = new JsonObject(line.substring(6));
            }
        }
        if (data != null) {
            events.add(new Event(type, lastId, data));
        }
    }

    int status() {
        return response.statusCode();
    }

    @Nullable String lastId() {
        return lastId;
    }

    /** The next event of all. */
    Event next() {
        try {
            var event = events.poll(20, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("nothing came");
            }
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The next one that is wanted; those before it are passed by. */
    Event next(Predicate<Event> wanted) {
        while (true) {
            var event = next();
            if (wanted.test(event)) {
                return event;
            }
        }
    }

    /** What came and was not looked at yet. */
    List<Event> rest() {
        var rest = new ArrayList<Event>();
        events.drainTo(rest);
        return rest;
    }

    boolean endsWithin(long seconds) {
        try {
            return ended.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        response.body().close();
        http.shutdownNow();
    }
}
