package dev.muster.protocol.terminal;

/** Why a terminal's socket was closed, by the status code of its close frame. */
public enum TerminalClose {
    /** The terminal has ended and all of it was sent, or who came has gone. */
    NORMAL(1000, "The terminal has ended."),
    /** The coordinator stops: go on at another one, or at this one in a moment. */
    GOING_AWAY(1001, "This coordinator stops."),
    /** A frame was larger than any may be. */
    TOO_LARGE(1009, "A frame is too large."),
    /** The viewer does not read; the reason is the offset to go on from. */
    STUCK(1013, "Nothing was read for too long."),
    /** Too many who came from the same address could not say who they are. */
    TOO_MANY_FAILURES(1013, "Too many attempts from your address failed. Try again in a moment."),
    /** Something came that is no frame, or none that may come. */
    NOT_A_FRAME(4400, "This is no frame of the protocol."),
    /** No good authentication came in time, or it is good no more. */
    UNAUTHORISED(4401, "This is not, or no longer, allowed."),
    /** What was asked for may not be seen any more. */
    FORBIDDEN(4403, "You may not see this task any more."),
    /** There is no such terminal here, or nobody asked for it. */
    UNKNOWN(4404, "There is no such terminal."),
    /** Another attempt, or another start of this one, has another terminal. */
    REPLACED(4410, "The task has another terminal by now.");

    private final int code;
    private final String sentence;

    TerminalClose(int code, String sentence) {
        this.code = code;
        this.sentence = sentence;
    }

    /** As it stands in the close frame. */
    public int code() {
        return code;
    }

    /** For a person; short enough for a close frame. */
    public String sentence() {
        return sentence;
    }
}
