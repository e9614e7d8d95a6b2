package dev.muster.protocol.gateway;

import java.util.Optional;
import java.util.stream.Stream;

/** Why a connection was closed, by the status code of its close frame. */
public enum CloseCode {
    /** The worker stops. */
    NORMAL(1000, "The worker stops."),
    /** The coordinator stops: another one, or this one in a moment, takes the worker. */
    GOING_AWAY(1001, "This coordinator stops."),
    /** A frame was larger than {@link Gateway#LARGEST_FRAME}, or a piece of it too large. */
    TOO_LARGE(1009, "A frame is too large."),
    /** Something came that is no frame, or none a worker may send. */
    NOT_A_FRAME(4400, "This is no frame of the protocol."),
    /** The token expired and no fresh one came, or the fresh one is not good. */
    UNAUTHORISED(4401, "The token is not good any more."),
    /** The worker did not greet in time, or did not answer pings, or does not read. */
    SILENT(4408, "Nothing was heard for too long."),
    /** The same machine greeted over a newer connection. */
    DISPLACED(4409, "This machine has a newer connection."),
    /** This daemon, or this machine, may not work here any more. */
    REPLACED(4410, "This worker may not work here any more.");

    private final int code;
    private final String sentence;

    CloseCode(int code, String sentence) {
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

    /** The one with this code, if it is one of ours. */
    public static Optional<CloseCode> of(int code) {
        return Stream.of(values()).filter(known -> known.code == code).findFirst();
    }
}
