package dev.muster.coordinator.http;

/** Knows requests that were answered before, by the keys that their senders gave them. */
public interface Repetitions {

    /** In answers that were given before. */
    String HEADER = "Idempotent-Replayed";

    /**
     * Answers a person's call: by {@code operation} if it comes for the first time, else with the
     * answer it got then and {@link #HEADER}. What {@code operation} throws undoes what it did, and
     * the call may come for the first time again.
     *
     * @param operationId within which one person's keys differ
     * @throws Problem 409 while the first is under way, 422 if the key came with another request
     */
    Answer once(String operationId, RequestKey key, Call call, Operation operation);
}
