package dev.muster.coordinator.http;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which version of a thing a change was meant for (RFC 9110, section 13.1.1), so that of two people
 * who saw the same one only the first changes it.
 *
 * @param header as it was sent, in the contract's form; empty for whatever version there is
 */
public record IfMatch(Optional<String> header) {

    private static final Pattern TAG = Pattern.compile("(?<weak>W/)?\"(?<tag>[^\"]*)\"");

    /** What a request says. */
    public static IfMatch of(Call call) {
        return new IfMatch(call.header("If-Match"));
    }

    /** The {@code ETag} of a version. */
    public static String tag(long version) {
        return '"' + Long.toString(version) + '"';
    }

    /**
     * Lets a change through that is meant for this version.
     *
     * @throws Problem 412 if it is meant for another
     */
    public void require(long version) {
        if (!header.map(tags -> matches(tags, Long.toString(version))).orElse(true)) {
            throw Problem.of(
                            412,
                            "changed_meanwhile",
                            "It was changed since you read it; read it again, then decide.")
                    .with("ETag", tag(version));
        }
    }

    /** Weak tags never match: they promise less than a change needs. */
    private static boolean matches(String tags, String version) {
        if (tags.strip().equals("*")) {
            return true;
        }
        return TAG.matcher(tags)
                .results()
                .anyMatch(
                        found -> found.group("weak") == null && found.group("tag").equals(version));
    }
}
