package dev.muster.coordinator.dispatch.rule;

/**
 * What is left to be taken.
 *
 * @param slots free ones of the machine
 * @param project tasks that the project may still start; {@link #UNLIMITED} without a limit
 */
public record Openings(int slots, int project) {

    /** More than any project ever runs. */
    public static final int UNLIMITED = Integer.MAX_VALUE;
}
