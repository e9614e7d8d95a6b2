package dev.muster.coordinator.dispatch.rule;

import java.util.Locale;

/** Why a machine may not run a task, in the order in which it is asked. */
public enum Reason {
    /** The task waits for another machine. */
    PINNED_ELSEWHERE,
    /** An operator took the machine away for good. */
    DECOMMISSIONED,
    /** It is to run empty: an operator wants it so, or its disk is full. */
    DRAINING,
    /** Nobody heard of it for long. */
    OFFLINE,
    /** It is heard of and asks for nothing: its daemon ends, or its disk has no room. */
    NOT_ASKING,
    /** It cannot drive what the project uses. */
    NO_AGENT,
    /** It could, and failed at it time after time. */
    DEGRADED,
    /** It was given the task and never said a word of it, so for a while others are asked. */
    PASSED_OVER,
    /** Its processors or its memory are in use up to the threshold. */
    OVERLOADED,
    /** It runs as many tasks as it has slots. */
    NO_SLOT,
    /** The project runs as many tasks as it may. */
    PROJECT_LIMIT;

    /** A stable word for programs. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
