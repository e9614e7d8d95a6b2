package dev.muster.worker.workspace;

/** A workspace could not be had, read or removed. The message is one sentence for a person. */
public sealed class WorkspaceFailure extends RuntimeException permits GitFailure, WorkspaceMissing {

    private static final long serialVersionUID = 1L;

    WorkspaceFailure(String sentence) {
        super(sentence);
    }

    WorkspaceFailure(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
