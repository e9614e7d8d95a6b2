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

    /** As often as anyone likes. */
    public static final RequestLimit NONE = new RequestLimit(0, 0);

    public RequestLimit {
        if (perSecond < 0 || perSecond > 1_000_000 || burst > 1_000_000) {
            throw new IllegalArgumentException("requests.per-second is 0 to 1000000");
        }
        if (burst < perSecond) {
            throw new IllegalArgumentException(
                    "requests.burst must be at least requests.per-second");
        }
    }
}
