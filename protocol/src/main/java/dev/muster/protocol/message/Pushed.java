package dev.muster.protocol.message;

import org.jspecify.annotations.Nullable;

import java.util.regex.Pattern;

/**
 * What was pushed of an attempt whose last stage succeeded, where its project wants that.
 *
 * @param commit the last one of its branch, in hex
 * @param ref where the project's repository has it for now; null if nothing was ahead of where the
 *     branch started, and so nothing was pushed
 */
public record Pushed(String commit, @Nullable String ref) {

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}([0-9a-f]{24})?");
    private static final Pattern REF =
            Pattern.compile("refs/muster/attempts/[1-9]\\d{0,18}/[1-9]\\d{0,9}");

    public Pushed {
        requireCommit(commit);
        if (ref != null && !REF.matcher(ref).matches()) {
            throw new IllegalArgumentException("attempts are pushed to refs of their own");
        }
    }

    /** The ref that an attempt is pushed to, which is nobody else's. */
    public static String refOf(LeaseRef lease) {
        return "refs/muster/attempts/" + lease.task() + "/" + lease.attempt();
    }

    /** Refuses what is no name of a commit. */
    public static void requireCommit(String commit) {
        if (!COMMIT.matcher(commit).matches()) {
            throw new IllegalArgumentException("a commit is 40 or 64 digits of hex");
        }
    }
}
