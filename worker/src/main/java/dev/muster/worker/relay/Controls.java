package dev.muster.worker.relay;

import dev.muster.worker.terminal.ShellTerminal;
import dev.muster.worker.terminal.TerminalOpening;
import dev.muster.worker.terminal.TerminalSpec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The keys and the size of a terminal, whichever of an attempt's terminals runs now. Coordinators
 * number the holders of the control: whoever is not the latest that was heard of is not obeyed,
 * over whatever connection. Thread-safe; nothing waits for a program that does not read.
 */
public final class Controls implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Controls.class);

    /** How many bytes wait at most until a program reads; more are dropped. */
    static final int MOST_WAITING = 64 * 1024;

    // how many are typed at once: those behind them can still be taken back
    private static final int AT_ONCE = 1024;

    private final String name;
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();

    // guarded by this
    private final Deque<byte[]> keys = new ArrayDeque<>();
    private int waiting;
    private boolean dropping;
    private long epoch;
    private Size size;
    private @Nullable ShellTerminal present;
    private @Nullable Thread typist;
    private boolean typing; // what the typist took is not typed yet
    private boolean closed;

    /** In characters. */
    public record Size(int columns, int rows) {

        /** Unless somebody wants another. */
        public static final Size USUAL =
                new Size(TerminalSpec.DEFAULT_COLUMNS, TerminalSpec.DEFAULT_ROWS);
    }

    /**
     * @param name of what it belongs to, for the log
     * @param size until somebody wants another
     */
    Controls(String name, Size size) {
        this.name = name;
        this.size = size;
    }

    /** Makes each terminal that {@code opening} opens the present one. */
    public TerminalOpening over(TerminalOpening opening) {
        return (spec, output) -> {
            var opened = opening.open(spec, output);
            present(opened);
            return opened;
        };
    }

    /** What was typed for the one before is none of its business. */
    private synchronized void present(ShellTerminal terminal) {
        terminal.resize(size.columns(), size.rows());
        present = terminal;
        forget();
    }

    private void forget() {
        keys.clear();
        waiting = 0;
    }

    /** Ends when closed. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /** {@code changed} is called when the size changed; must not block. */
    Watch watch(Runnable changed) {
        watchers.add(changed);
        return () -> watchers.remove(changed);
    }

    synchronized Size size() {
        return size;
    }

    /** The latest holder of the control that was heard of. */
    synchronized long epoch() {
        return epoch;
    }

    /** How many bytes were typed and not taken by the terminal yet. */
    synchronized int waiting() {
        return waiting;
    }

    /** Somebody has the control from now on; what earlier ones typed and nobody read is dropped. */
    synchronized void control(long holder) {
        if (holder > epoch) {
            epoch = holder;
            forget();
        }
    }

    /**
     * Types, when the program takes it. Nothing if {@code holder} is not the latest, or while
     * nothing runs that could read it.
     */
    synchronized void type(long holder, byte[] typed) {
        control(holder);
        if (holder < epoch || closed || typed.length == 0) {
            return;
        }
        if (present == null || !present.keyboard().isRead()) {
            return;
        }
        if (waiting + typed.length > MOST_WAITING) {
            if (!dropping) {
                log.warn("keys dropped, the program does not read {}", name);
            }
            dropping = true;
            return;
        }
        dropping = false;
        int done = typeNow(present, typed);
        if (done == typed.length) {
            return;
        }
        keys.addLast(Arrays.copyOfRange(typed, done, typed.length));
        waiting += typed.length - done;
        if (typist == null) {
            // where terminals are pty4j's, typing may block in native code
            typist = Thread.ofPlatform().daemon().name("keys " + name).start(this::type);
        }
        notifyAll();
    }

    /**
     * A key that nothing waits before is typed by whoever brings it: another thread would cost more
     * than all the rest of its way through here.
     */
    private int typeNow(ShellTerminal terminal, byte[] typed) {
        boolean next = keys.isEmpty() && !typing && typed.length <= AT_ONCE;
        return next ? terminal.keyboard().typeNow(typed) : 0;
    }

    /** Nothing if {@code holder} is not the latest. */
    void resize(long holder, int columns, int rows) {
        synchronized (this) {
            control(holder);
            var wanted = new Size(columns, rows);
            if (holder < epoch || wanted.equals(size)) {
                return;
            }
            size = wanted;
            if (present != null) {
                present.resize(columns, rows);
            }
        }
        watchers.forEach(Runnable::run);
    }

    private void type() {
        try {
            while (true) {
                var next = next();
                var terminal = present();
                if (terminal != null) {
                    // what ended before it read is not there to be told
                    var _ = terminal.keyboard().type(next);
                }
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    private synchronized byte[] next() throws InterruptedException {
        typing = false;
        while (keys.isEmpty()) {
            wait();
        }
        var first = keys.removeFirst();
        if (first.length > AT_ONCE) {
            keys.addFirst(Arrays.copyOfRange(first, AT_ONCE, first.length));
            first = Arrays.copyOf(first, AT_ONCE);
        }
        waiting -= first.length;
        typing = true;
        return first;
    }

    private synchronized @Nullable ShellTerminal present() {
        return present;
    }

    /** Nothing is typed any more. */
    @Override
    public synchronized void close() {
        closed = true;
        if (typist != null) {
            typist.interrupt();
        }
    }
}
