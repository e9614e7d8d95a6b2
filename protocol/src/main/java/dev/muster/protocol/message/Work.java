package dev.muster.protocol.message;

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
 */
public record Work(
        String branch,
        String base,
        String head,
        int commits,
        int filesChanged,
        int insertions,
        int deletions,
        boolean dirty) {}
