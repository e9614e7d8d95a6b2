package dev.muster.coordinator.machine;

/** What came of a daemon's hello. */
public enum Greeting {
    /** The daemon speaks for its machine now. */
    WELCOME,
    /** Another daemon of the machine is alive, or may be: it may ask again later. */
    TWIN,
    /** Another daemon took this one's place before: it never speaks again. */
    FORMER,
    /** The machine is unknown or was decommissioned. */
    GONE
}
