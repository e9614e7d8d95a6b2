package dev.muster.coordinator.http;

import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;

import java.util.Map;

/** A person's way to bound operations without the wire: no parsing, no contract, no token. */
public final class DirectCalls {

    private final Operations operations;
    private final Caller.Person person;

    public DirectCalls(Operations operations, Caller.Person person) {
        this.operations = operations;
        this.person = person;
    }

    /**
     * Calls an operation as the person.
     *
     * @param path its path parameters
     * @throws Refused if it refuses
     */
    public JsonObject call(String operation, Map<String, String> path, JsonObject body) {
        var none = MultiMap.caseInsensitiveMultiMap();
        var head = new Call.Request("/", path, none, none);
        var bound = operations.byId().get(operation);
        if (bound == null) {
            throw new IllegalArgumentException("not bound: " + operation);
        }
        try {
            var answer = bound.operation().handle(new Call(person, head, body, "local", "1"));
            return answer.body() == null ? new JsonObject() : answer.body().toJsonObject();
        } catch (Problem refusal) {
            throw new Refused(refusal.code());
        }
    }

    /** What was asked for is refused by the name that is the message. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String code) {
            super(code);
        }
    }
}
