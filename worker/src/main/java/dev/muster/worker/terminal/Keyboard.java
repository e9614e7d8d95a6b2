package dev.muster.worker.terminal;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** What people and programs type into a terminal: one after the other, in the order they came. */
public final class Keyboard {

    // a terminal tells nobody when it has room again
    private static final Duration ROOM = Duration.ofMillis(20);

    private final ReentrantLock typing = new ReentrantLock(true);
    private final Supplier<@Nullable Shell> running;

    /**
     * @param running the shell that reads what is typed, if one does; never asked by a thread that
     *     prints
     */
    Keyboard(Supplier<@Nullable Shell> running) {
        this.running = running;
    }

    /** What is typed without anybody else's keys in between. */
    @FunctionalInterface
    public interface Typing {
        void type() throws InterruptedException;
    }

    /** Types several things that belong together: others wait until it is done. */
    public void typeTogether(Typing what) throws InterruptedException {
        typing.lockInterruptibly();
        try {
            what.type();
        } finally {
            typing.unlock();
        }
    }

    /**
     * Types into the terminal, and waits while the program does not read.
     *
     * @return false if no shell runs, or none did any more before all was typed
     */
    public boolean type(byte[] bytes) throws InterruptedException {
        typing.lockInterruptibly();
        try {
            int from = 0;
            while (true) {
                var shell = running.get();
                if (shell == null) {
                    return false;
                }
                from += shell.type(Arrays.copyOfRange(bytes, from, bytes.length));
                if (from == bytes.length) {
                    return true;
                }
                Thread.sleep(ROOM);
            }
        } finally {
            typing.unlock();
        }
    }

    /**
     * Types what can be typed without waiting, be it for the program or for others who type.
     *
     * @return how many of the bytes that were
     */
    public int typeNow(byte[] bytes) {
        if (!typing.tryLock()) {
            return 0;
        }
        try {
            var shell = running.get();
            return shell == null ? 0 : shell.typeNow(bytes);
        } finally {
            typing.unlock();
        }
    }

    /** Whether a shell runs that could read what is typed. */
    public boolean isRead() {
        return running.get() != null;
    }
}
