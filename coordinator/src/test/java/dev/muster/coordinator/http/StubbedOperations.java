package dev.muster.coordinator.http;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

import java.util.List;
import java.util.Set;

/**
 * Binds every operation that the contract has and a test has not, to one that says it was called.
 */
public final class StubbedOperations {

    private static final Set<String> OF_THE_SERVER =
            Set.of("getContract", "getDocs", "getDocsFile");

    private StubbedOperations() {}

    /** Fills what is missing in {@code operations}. */
    public static Operations fill(Vertx vertx, Operations operations) {
        var contract = Contract.load(vertx);
        for (var shape : contract.shapes().values()) {
            var bound = operations.byId().containsKey(shape.id());
            if (!bound && !OF_THE_SERVER.contains(shape.id())) {
                operations.on(
                        shape.id(),
                        access(shape.access().orElseThrow()),
                        _ -> Answer.ok(new JsonObject().put("called", shape.id())));
            }
        }
        return operations;
    }

    private static Access access(String word) {
        return List.of(Access.OPEN, Access.DEVELOPER, Access.LEAD, Access.ADMIN, Access.WORKER)
                .stream()
                .filter(access -> access.word().equals(word))
                .findFirst()
                .orElseThrow();
    }
}
