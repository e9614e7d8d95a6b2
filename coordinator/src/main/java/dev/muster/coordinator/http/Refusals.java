package dev.muster.coordinator.http;

/** Hears of requests that were refused for want of rights. Must not wait, and must not throw. */
@FunctionalInterface
public interface Refusals {

    /**
     * One request that was refused.
     *
     * @param caller anonymous unless a good token came with it
     * @param operation what it wanted to do
     * @param status 401 or 403
     * @param code as the caller was told
     * @param request its id
     */
    record Refusal(
            Caller caller,
            String operation,
            int status,
            String code,
            String address,
            String request) {}

    void refused(Refusal refusal);
}
