package dev.muster.coordinator.http;

/**
 * The part of a list that was asked for.
 *
 * @param limit most items, at least 1
 * @param offset items before the first
 */
public record Page(int limit, int offset) {
    public Page {
        if (limit < 1 || offset < 0) {
            throw new IllegalArgumentException("no such page: " + limit + " from " + offset);
        }
    }

    /** One more than {@link #limit}: a store that asks for this many knows whether more follow. */
    public int limitAndOne() {
        return limit + 1;
    }
}
