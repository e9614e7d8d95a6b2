package dev.muster.coordinator.config;

/**
 * How often one person may ask, or one address of which nobody is known; each coordinator counts
 * for itself. Workers may ask as often as they like.
 *
 * @param perSecond how often for long; 0 for any number
 * @param burst how often at once after a pause, at least {@code perSecond}
 */
public record RequestLimit(int perSecond, int burst) {

    /** 200 a second, and 2000 at once. */
    public static final RequestLimit DEFAULT = new RequestLimit(200, 2000);

    /** How often opening a terminal may fail: 3 times a second, and 10 times at once. */
    public static final RequestLimit FAILURES = new RequestLimit(3, 10);

    /** As often as anyone likes. */
    public static final RequestLimit NONE = new RequestLimit(0, 0);

    public RequestLimit {
        if (perSecond < 0 || perSecond > 1_000_000 || burst > 1_000_000) {
            throw new IllegalArgumentException("a limit per second is 0 to 1000000");
        }
        if (burst < perSecond) {
            throw new IllegalArgumentException(
                    "a burst must be at least what is allowed each second");
        }
    }
}
