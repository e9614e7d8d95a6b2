package dev.muster.worker.time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/** A named virtual thread that runs until its body returns or it is closed. */
public final class Background implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Background.class);

    private static final Duration CLOSE = Duration.ofSeconds(10);

    /** What runs; an interrupt asks it to return. */
    @FunctionalInterface
    public interface Body {
        void run() throws InterruptedException;
    }

    private final Thread thread;

    private Background(String name, Body body) {
        this.thread = Thread.ofVirtual().name(name).unstarted(() -> runQuietly(name, body));
    }

    public static Background start(String name, Body body) {
        var background = new Background(name, body);
        background.thread.start();
        return background;
    }

    private static void runQuietly(String name, Body body) {
        try {
            body.run();
        } catch (InterruptedException _) {
            // closed
        } catch (RuntimeException e) {
            log.error("{} ended by a bug", name, e);
        }
    }

    /** Asks the body to return, and returns when it did, or after a bounded time. */
    @Override
    public void close() {
        thread.interrupt();
        if (Thread.currentThread().equals(thread)) {
            return;
        }
        try {
            if (!thread.join(CLOSE)) {
                log.warn("{} did not end in time", thread.getName());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
