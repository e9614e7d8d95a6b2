package dev.muster.worker.workspace;

/** The git program failed, or did not end in time. */
public final class GitFailure extends WorkspaceFailure {

    private static final long serialVersionUID = 1L;

    GitFailure(String sentence) {
        super(sentence);
    }

    /** Another caller's failure, told again on this thread. */
    GitFailure(GitFailure shared) {
        super(shared.getMessage(), shared);
    }
}
