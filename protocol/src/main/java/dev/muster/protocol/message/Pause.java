package dev.muster.protocol.message;

/** Why a machine that is alive asks for no work. */
public enum Pause {
    /** Its daemon ends: what runs may go on, nothing begins. */
    STOPPING,
    /** Its disk has no room for another workspace. */
    DISK
}
