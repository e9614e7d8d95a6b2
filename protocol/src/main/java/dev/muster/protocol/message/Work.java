package dev.muster.protocol.message;

import org.jspecify.annotations.Nullable;

/**
 * What an attempt left on its branch.
 *
 * @param branch {@code muster/<task>-a<attempt>}
 * @param base commit the branch started from, in hex
 * @param head commit it ends at, in hex
 * @param commits how many commits lie between
 * @param filesChanged files that differ between base and head
 * @param insertions lines added
 * @param deletions lines removed
 * @param dirty whether the worktree holds changes that no commit has
 * @param pushed what was pushed of it; null if its project does not want that, or it failed
 */
public record Work(
        String branch,
        String base,
        String head,
        int commits,
        int filesChanged,
        int insertions,
        int deletions,
        boolean dirty,
        @Nullable Pushed pushed) {

    /** Of which nothing was pushed. */
    public Work(
            String branch,
            String base,
            String head,
            int commits,
            int filesChanged,
            int insertions,
            int deletions,
            boolean dirty) {
        this(branch, base, head, commits, filesChanged, insertions, deletions, dirty, null);
    }

    /** The same once it was pushed. */
    public Work with(Pushed pushed) {
        return new Work(
                branch, base, head, commits, filesChanged, insertions, deletions, dirty, pushed);
    }
}
