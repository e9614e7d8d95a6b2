package dev.muster.coordinator.http;

import java.time.Duration;
import java.util.List;

/**
 * Where an answer that goes on has its frames from. Used by the one virtual thread of its stream,
 * which may block; it takes hold of nothing before {@link #next} is first called.
 */
public interface Feed extends AutoCloseable {

    /**
     * What comes next, in order.
     *
     * @return empty if nothing came within {@code atMost}
     */
    List<Frame> next(Duration atMost) throws InterruptedException;

    /** Whether nothing more will come. */
    boolean isOver();

    /**
     * Whether its reader may still see what it gives; asked again and again.
     *
     * @param reader the caller, with the role they have now
     */
    boolean mayGoOn(Caller.Person reader);

    @Override
    void close();
}
