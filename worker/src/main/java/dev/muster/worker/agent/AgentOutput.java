package dev.muster.worker.agent;

import dev.muster.worker.terminal.TerminalOutput;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What an agent prints, on its way to the log: looked at for its marker, and for when it takes a
 * prompt. Fed by the terminal's reader; asked by any thread.
 */
final class AgentOutput implements TerminalOutput {

    private final TerminalOutput output;
    private final Consumer<String> lines;
    private final Screen screen =
            new Screen(
                    new Screen.Listener() {
                        @Override
                        public void line(String text) {
                            lines.accept(text);
                        }

                        @Override
                        public void pasting(boolean on) {
                            pasting = on;
                        }
                    });

    // guarded by this
    private boolean pasting;
    private boolean over;
    private long chunks;

    /**
     * @param output where all bytes go first
     * @param lines told of each line
     */
    AgentOutput(TerminalOutput output, Consumer<String> lines) {
        this.output = output;
        this.lines = lines;
    }

    @Override
    public void accept(byte[] bytes, int from, int length) throws IOException {
        output.accept(bytes, from, length);
        synchronized (this) {
            chunks++;
            screen.feed(bytes, from, length);
            notifyAll();
        }
    }

    /** Nothing more will come. */
    synchronized void end() {
        screen.end();
        over = true;
        notifyAll();
    }

    synchronized boolean isOver() {
        return over;
    }

    /** Whether a paste will be taken as one, which may come with the next bytes. */
    synchronized boolean awaitPasting(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!pasting && !over && waitsUntil(deadline)) {
            // until it asked for it
        }
        return pasting;
    }

    /** How many chunks came so far. */
    synchronized long chunks() {
        return chunks;
    }

    /** Waits until something more came than {@code before}. */
    synchronized void awaitMore(long before, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (chunks == before && !over && waitsUntil(deadline)) {
            // until it reacts
        }
    }

    private boolean waitsUntil(long deadline) throws InterruptedException {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
        return true;
    }
}
