package dev.muster.coordinator.http;

import io.vertx.core.buffer.Buffer;

import java.util.Optional;

/**
 * Where an answer too large for memory has its bytes from. Used by the one virtual thread that
 * sends it, which may block; each piece is asked for when the one before has left.
 */
public interface Download {

    /**
     * What comes next, never an empty buffer; nothing at the end.
     *
     * @throws Problem if the rest is not there any more: the connection is cut, so that nobody
     *     takes a part for the whole
     */
    Optional<Buffer> next();

    /**
     * Whether its reader may still see what it gives; asked again and again.
     *
     * @param reader the caller, with the role they have now
     */
    boolean mayGoOn(Caller.Person reader);
}
