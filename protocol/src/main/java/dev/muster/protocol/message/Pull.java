package dev.muster.protocol.message;

import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A request for work: a long poll with credit. The credits of all pulls a worker has open never
 * overlap, so it is never given more than it has slots.
 *
 * @param poll names this request; asked again with the same name, the answer is the same attempts
 * @param credit how many attempts it takes, 1 to 1000
 * @param capabilities agent types the machine can drive now
 * @param waitMillis how long the coordinator may park the request before it answers with nothing
 * @param again true when this poll was asked before and its answer got lost
 * @param mirrors fingerprints ({@code RepositoryUrl.fingerprint}) of repositories of which the
 *     machine holds a copy, at most {@link #MOST_MIRRORS}; null from a worker that does not tell
 */
public record Pull(
        int v,
        UUID machine,
        UUID boot,
        UUID poll,
        int credit,
        List<String> capabilities,
        long waitMillis,
        boolean again,
        @Nullable List<String> mirrors)
        implements Versioned {

    /** More would cost every pull more than a fetch now and then. */
    public static final int MOST_MIRRORS = 200;

    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{16}");

    public Pull {
        capabilities = AgentTypes.checked(capabilities);
        if (credit < 1 || credit > 1000) {
            throw new IllegalArgumentException("credit is 1 to 1000, was " + credit);
        }
        mirrors = mirrors == null ? null : checkedMirrors(mirrors);
    }

    private static List<String> checkedMirrors(List<String> mirrors) {
        if (mirrors.size() > MOST_MIRRORS
                || !mirrors.stream().allMatch(one -> FINGERPRINT.matcher(one).matches())) {
            throw new IllegalArgumentException(
                    "at most " + MOST_MIRRORS + " mirrors, each a fingerprint of 16 hex digits");
        }
        return List.copyOf(mirrors);
    }
}
