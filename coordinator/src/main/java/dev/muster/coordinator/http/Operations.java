package dev.muster.coordinator.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What is bound to the contract's operation ids. Filled by one thread before the server starts. */
public final class Operations {

    private final Map<String, Bound> byId = new LinkedHashMap<>();

    /**
     * One binding.
     *
     * @param demand asked of each call, also of one that is answered as it was before
     * @param knowsRepetitions whether it looks at {@link Call#requestKey} itself
     */
    record Bound(
            String id,
            Access access,
            Consumer<Call> demand,
            Operation operation,
            boolean knowsRepetitions) {}

    /**
     * Binds an operation of the contract.
     *
     * @param access must be what the contract declares for it, or the server does not start
     * @throws IllegalStateException if the id is bound already
     */
    public Operations on(String operationId, Access access, Operation operation) {
        return on(operationId, access, _ -> {}, operation);
    }

    /**
     * The same where the caller must be more than let in, whether or not the request was answered
     * before.
     *
     * @param demand throws the {@link Problem} of a call that must not be answered
     */
    public Operations on(
            String operationId, Access access, Consumer<Call> demand, Operation operation) {
        return add(new Bound(operationId, access, demand, operation, false));
    }

    /**
     * The same for an operation that makes sure by itself, with {@link Call#requestKey}, that a
     * repeated request is not carried out twice.
     */
    public Operations onRepeated(String operationId, Access access, Operation operation) {
        return add(new Bound(operationId, access, _ -> {}, operation, true));
    }

    private Operations add(Bound bound) {
        if (byId.putIfAbsent(bound.id(), bound) != null) {
            throw new IllegalStateException("operation " + bound.id() + " is bound twice");
        }
        return this;
    }

    Map<String, Bound> byId() {
        return Map.copyOf(byId);
    }
}
