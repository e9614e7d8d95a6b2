package dev.muster.coordinator.http;

import java.util.LinkedHashMap;
import java.util.Map;

/** What is bound to the contract's operation ids. Filled by one thread before the server starts. */
public final class Operations {

    private final Map<String, Bound> byId = new LinkedHashMap<>();

    /** One binding. */
    record Bound(String id, Access access, Operation operation) {}

    /**
     * Binds an operation of the contract.
     *
     * @param access must be what the contract declares for it, or the server does not start
     * @throws IllegalStateException if the id is bound already
     */
    public Operations on(String operationId, Access access, Operation operation) {
        if (byId.putIfAbsent(operationId, new Bound(operationId, access, operation)) != null) {
            throw new IllegalStateException("operation " + operationId + " is bound twice");
        }
        return this;
    }

    Map<String, Bound> byId() {
        return Map.copyOf(byId);
    }
}
