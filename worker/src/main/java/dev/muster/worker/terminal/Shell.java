package dev.muster.worker.terminal;

import dev.muster.worker.process.ProcessTree;
import dev.muster.worker.process.Sweeper;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** A running shell and the thread that reads its terminal. */
final class Shell {

    private static final Logger log = LoggerFactory.getLogger(Shell.class);
    private static final int CHUNK = 32 * 1024;

    /** Told by the reader thread. */
    interface Listener {
        /** Bytes came; the array is reused afterwards. Must not throw. */
        void printed(byte[] bytes, int length);

        /** The shell is gone and everything it printed was told. */
        void exited(Pty.Exit exit);
    }

    private final Pty pty;
    private final ProcessTree tree;
    private final Sweeper sweeper;
    private final Supplier<Optional<Duration>> mostGrace;
    private final long startedAtNanos = System.nanoTime();

    private Shell(Pty pty, TerminalSpec spec, Sweeper sweeper) {
        this.pty = pty;
        this.tree = new ProcessTree(pty.pid(), spec.cookie());
        this.mostGrace = spec.mostGrace();
        this.sweeper = sweeper;
    }

    /** What a shell is started with: the terminal. */
    @FunctionalInterface
    interface Start {
        Pty pty() throws IOException;
    }

    static Shell start(
            Start start, TerminalSpec spec, Sweeper sweeper, Executor readers, Listener listener)
            throws IOException {
        Pty pty;
        try {
            pty = start.pty();
        } catch (IOException e) {
            sweeper.neverStarted(spec.cookie());
            throw e;
        }
        var shell = new Shell(pty, spec, sweeper);
        sweeper.started(shell.tree);
        readers.execute(() -> shell.read(listener));
        return shell;
    }

    /** Asks all its processes to end; the sweeper makes sure of it. */
    void end() {
        mostGrace.get().ifPresentOrElse(most -> sweeper.end(tree, most), () -> sweeper.end(tree));
    }

    /** Waits until nothing of it is alive; false if something still is after {@code atMost}. */
    boolean awaitGone(Duration atMost) throws InterruptedException {
        return sweeper.awaitGone(tree, atMost);
    }

    long startedAtNanos() {
        return startedAtNanos;
    }

    int type(byte[] bytes) {
        return pty.write(bytes);
    }

    int typeNow(byte[] bytes) {
        return pty.writeNow(bytes);
    }

    void resize(int columns, int rows) {
        pty.resize(columns, rows);
    }

    private void read(Listener listener) {
        var exit = new Pty.Exit(-1, 0);
        try {
            var chunk = new byte[CHUNK];
            for (int count = pty.read(chunk); count >= 0; count = pty.read(chunk)) {
                listener.printed(chunk, count);
            }
        } catch (RuntimeException e) {
            log.error("terminal reader failed pid={}", tree.leader(), e);
        } finally {
            // before reaping: until then its number, and so its group's, belongs to nobody else
            end();
            exit = pty.reap();
            pty.close();
            listener.exited(exit);
        }
    }
}
