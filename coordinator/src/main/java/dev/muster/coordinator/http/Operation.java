package dev.muster.coordinator.http;

/** What one operation of the contract does. Thread-safe: calls run side by side. */
@FunctionalInterface
public interface Operation {

    /**
     * Answers one call, on a virtual thread that may wait for futures.
     *
     * @throws Problem for every expected refusal; anything else thrown becomes a bare 500, a
     *     failure of the database a 503
     */
    Answer handle(Call call);
}
