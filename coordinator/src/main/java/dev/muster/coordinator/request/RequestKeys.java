package dev.muster.coordinator.request;

import dev.muster.coordinator.account.Seal;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operation;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.http.Repetitions;
import dev.muster.coordinator.http.RequestKey;
import dev.muster.coordinator.request.RequestKeyStore.Named;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.HashMap;

/** Answers repeated requests as they were answered first, and forgets them after a day. */
public final class RequestKeys implements Repetitions, AutoCloseable {

    private static final Duration KEPT = Duration.ofHours(24);
    private static final Duration EVERY = Duration.ofMinutes(5);

    private final RequestKeyStore store;
    private final Seal seal;
    private final Loop loop;

    public RequestKeys(Database database, Seal seal, Loops loops) {
        this.store = new RequestKeyStore(database);
        this.seal = seal;
        this.loop = loops.loop("request keys", EVERY, this::forget);
    }

    public void start() {
        loop.start();
    }

    @Override
    public Answer once(String operationId, RequestKey key, Call call, Operation operation) {
        var request = new Named(call.person().id(), operationId, key);
        return store.asOne(() -> answer(request, call, operation));
    }

    private Answer answer(Named request, Call call, Operation operation) {
        if (!store.lock(request)) {
            throw Problem.conflict(
                            "request_in_progress",
                            "The first request with this Idempotency-Key is still under way; ask"
                                    + " again shortly.")
                    .with("Retry-After", "1");
        }
        var earlier = store.find(request);
        if (earlier.isPresent()) {
            return again(request, earlier.get());
        }
        var answer = operation.handle(call);
        store.keep(request, seal.close(written(answer), about(request)));
        return answer;
    }

    private Answer again(Named request, RequestKeyStore.Earlier earlier) {
        if (!earlier.same()) {
            throw Problem.otherRequest();
        }
        return read(seal.open(earlier.answer(), about(request))).with(HEADER, "true");
    }

    private static String about(Named request) {
        return "answer to " + request.name();
    }

    private static byte[] written(Answer answer) {
        var json =
                new JsonObject()
                        .put("status", answer.status())
                        .put("headers", new JsonObject(new HashMap<>(answer.headers())));
        return (answer.body() == null ? json : json.put("body", answer.body()))
                .toBuffer()
                .getBytes();
    }

    private static Answer read(byte[] written) {
        var json = new JsonObject(Buffer.buffer(written));
        var headers = new HashMap<String, String>();
        json.getJsonObject("headers")
                .forEach(one -> headers.put(one.getKey(), (String) one.getValue()));
        return new Answer(json.getInteger("status"), json.getBuffer("body"), headers);
    }

    private void forget() {
        int gone;
        do {
            gone = store.forget(KEPT);
        } while (gone == RequestKeyStore.MOST);
    }

    @Override
    public void close() {
        loop.close();
    }
}
