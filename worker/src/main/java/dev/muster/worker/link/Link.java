package dev.muster.worker.link;

import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import java.time.Duration;

/**
 * One connection to the coordinators. Once lost it stays lost; the next one is a new link.
 * Thread-safe.
 */
public interface Link extends AutoCloseable {

    /**
     * Sends {@code message} and blocks the virtual thread until it is answered.
     *
     * @throws LinkFailure at the latest when {@code timeout} has passed, and at once when the link
     *     is lost
     */
    byte[] request(String address, byte[] message, Duration timeout)
            throws LinkFailure, InterruptedException;

    /** The same with records. */
    default <T> T ask(String address, Object message, Class<T> answer, Duration timeout)
            throws LinkFailure, InterruptedException {
        try {
            return Wire.decode(request(address, Wire.encode(message), timeout), answer);
        } catch (WireException e) {
            // an answer that cannot be read is as good as a refusal to serve
            throw new LinkFailure(LinkFailure.Kind.UNAVAILABLE, e.getMessage(), e);
        }
    }

    /** Blocks until the link is lost or closed. */
    void awaitLost() throws InterruptedException;

    /** Declares the link lost, whatever it believes of itself. Requests under way fail. */
    void lose();

    /** Gives the link up. Requests under way fail. May be called twice. */
    @Override
    void close();
}
