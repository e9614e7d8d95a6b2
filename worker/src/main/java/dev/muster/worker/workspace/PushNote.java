package dev.muster.worker.workspace;

import dev.muster.protocol.git.BranchName;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Pushed;

/**
 * What was pushed, or is about to be, and not settled yet: on disk from before the first push until
 * it is known what became of it, so that a daemon in this one's place goes on. Holds nothing
 * confidential.
 *
 * @param lease that the attempt ran with
 * @param commit in hex
 * @param branch that it is promoted to, by its short name
 * @param repoUrl as it was assigned
 */
public record PushNote(LeaseRef lease, String commit, String branch, String repoUrl) {

    public PushNote {
        Pushed.requireCommit(commit);
        BranchName.faultIn(branch)
                .ifPresent(
                        fault -> {
                            throw new IllegalArgumentException(fault.message());
                        });
    }

    /** The attempt's own ref in the repository. */
    String ref() {
        return Pushed.refOf(lease);
    }

    /** As a directory. */
    String name() {
        return lease.task() + "-a" + lease.attempt() + "-f" + lease.fence();
    }
}
