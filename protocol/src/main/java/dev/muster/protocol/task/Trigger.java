package dev.muster.protocol.task;

/**
 * What can happen to a task. Whether it may, in a given state, is {@link TaskLifecycle}'s answer.
 */
public enum Trigger {
    /** A machine took the lease. */
    CLAIM,
    /** The workspace is ready and the first stage started. */
    START,
    /** The lease ended before a stage started, so the task may be given to another machine. */
    RELEASE,
    /** A gate opened, or contact to the machine was lost. */
    SUSPEND,
    /** The gate was answered, or the machine came back and still runs the attempt. */
    RESUME,
    /** The last stage succeeded. */
    SUCCEED,
    /**
     * A stage failed or timed out, the workspace could not be prepared, or the machine is gone for
     * good.
     */
    FAIL,
    /** The machine was decommissioned. */
    DECOMMISSION,
    /** A person asked for the next attempt. */
    RETRY,
    /** A machine that came back proved that the newest attempt had succeeded. */
    RESTORE,
    /** A person cancelled. */
    CANCEL
}
