package dev.muster.worker.workspace;

/** The workspace to go on in is not there, or is not what it was. */
public final class WorkspaceMissing extends WorkspaceFailure {

    private static final long serialVersionUID = 1L;

    WorkspaceMissing(String sentence) {
        super(sentence);
    }
}
