package dev.muster.ops.daemon;

import dev.muster.ops.terminal.Complaint;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * What a process has started, closed in reverse order exactly once: when its work is done, or when
 * the process is asked to end, whichever comes first.
 *
 * <p>Thread-safe. A part that is added after the end began is closed at once.
 */
public final class Parts implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Parts.class);

    private final Deque<AutoCloseable> open = new ArrayDeque<>(); // guarded by lock
    private final ReentrantLock lock = new ReentrantLock();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean closing;

    /**
     * Has SIGTERM and Ctrl-C close everything before the process ends.
     *
     * <p>Left to itself the JVM would end with 128 and the signal's number.
     *
     * @param status what the process ends with then: 0 for a daemon, which was asked to
     */
    public void closeAtExit(IntSupplier status) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> closeForSignal(status), "closing"));
    }

    private void closeForSignal(IntSupplier status) {
        var asked = !closing; // otherwise the program came to its own end, which has a code
        close();
        if (asked) {
            Runtime.getRuntime().halt(status.getAsInt());
        }
    }

    /** Takes {@code part} over. */
    public <T extends AutoCloseable> T own(T part) {
        lock.lock();
        try {
            open.push(part);
        } finally {
            lock.unlock();
        }
        if (closing) {
            closeAll();
            throw new Complaint("stopped while starting");
        }
        return part;
    }

    public boolean isClosing() {
        return closing;
    }

    /** Returns when everything is closed. */
    public void awaitClosed() throws InterruptedException {
        closed.await();
    }

    /**
     * Closes what is open, newest first. May be called by several threads; all wait for the end.
     */
    @Override
    public void close() {
        closing = true;
        closeAll();
        closed.countDown();
    }

    private void closeAll() {
        lock.lock();
        try {
            while (!open.isEmpty()) {
                closeOne(open.pop());
            }
        } finally {
            lock.unlock();
        }
    }

    private static void closeOne(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            log.error("a part did not stop cleanly part={}", part.getClass().getSimpleName(), e);
        }
    }
}
