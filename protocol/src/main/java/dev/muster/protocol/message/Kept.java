package dev.muster.protocol.message;

/**
 * An attempt that its machine may run on.
 *
 * @param windowMillis for how long, counted from when the machine sent what this answers: a slow
 *     answer shortens it and never stretches it
 */
public record Kept(LeaseRef lease, long windowMillis) {
    public Kept {
        if (windowMillis < 0) {
            throw new IllegalArgumentException("a window is not negative, was " + windowMillis);
        }
    }
}
