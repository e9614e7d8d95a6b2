package dev.muster.protocol.gateway;

/**
 * One message on the socket. A {@code body} is a JSON object in UTF-8, passed on byte by byte.
 *
 * <p>A worker sends {@link Request} and {@link Auth}; all others come from a coordinator.
 */
public sealed interface Frame {

    /**
     * The first frame of a coordinator: from now on requests are taken.
     *
     * @param v the version of the protocol it speaks
     * @param tokenSeconds when it will close the connection, unless a fresh token comes before
     */
    record Opened(int v, long tokenSeconds) implements Frame {}

    /**
     * A worker asks.
     *
     * @param id names the request among those this connection has open
     * @param address one of {@link Gateway#ADDRESSES}
     * @param timeoutMillis how long the worker waits for the answer
     */
    record Request(long id, String address, long timeoutMillis, byte[] body) implements Frame {}

    /** A fresh token of the same machine, in place of the one before. */
    record Auth(String token) implements Frame {

        /** Without the token. */
        @Override
        public String toString() {
            return "Auth[]";
        }
    }

    /** The answer to the request {@code id}. */
    record Answer(long id, byte[] body) implements Frame {}

    /**
     * The request {@code id} failed.
     *
     * @param code one of those in {@link dev.muster.protocol.message.Addresses}, or {@link
     *     #UNANSWERED}
     * @param sentence why, for a person
     */
    record Failure(long id, int code, String sentence) implements Frame {

        /** Nobody on the bus answered in time; it may have been done all the same. */
        public static final int UNANSWERED = 504;
    }

    /** What a coordinator orders this machine to do. */
    record Order(byte[] body) implements Frame {}
}
