package dev.muster.protocol.question;

/** Where a tunnel is between its start and its end. */
public enum TunnelState {
    /** Its program was started, or waits to be started again, and is not connected. */
    STARTING(false),
    /** It told how to connect. */
    CONNECTED(false),
    /** It was told to end, and something of it may be alive. */
    CLOSING(false),
    /** It was told to end, or its attempt did, and nothing of it is alive. */
    CLOSED(true),
    /** Its time was over. */
    EXPIRED(true),
    /** It did not come up, or ended by itself too often. */
    FAILED(true);

    private final boolean over;

    TunnelState(boolean over) {
        this.over = over;
    }

    /** Whether nothing of it runs or will. */
    public boolean isOver() {
        return over;
    }
}
