package dev.muster.worker.terminal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The terminal of one attempt. One thread runs its stages; any thread may type, resize, stop and
 * close.
 */
public final class ShellTerminal implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ShellTerminal.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int NONCE_BYTES = 16;

    // how long after the sweeper's KILL a stage is still waited for; then it is ended without its
    // last output, which is stuck behind a blocked output or an unkillable process
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Terminals terminals;
    private final TerminalSpec spec;
    private final Path directory;
    private final TerminalOutput output;

    // INVARIANT: taken before state; held while the output blocks, so stop() and close() never
    // take it
    private final ReentrantLock printing = new ReentrantLock();
    private final EndMarks marks; // guarded by printing

    // asks for the shell, so for state, while it holds its own lock
    private final Keyboard keyboard = new Keyboard(this::running);

    private final ReentrantLock state = new ReentrantLock();
    private final Condition changed = state.newCondition();

    // guarded by state
    private @Nullable Shell shell;
    private @Nullable Orders orders;
    private Pty.@Nullable Exit exit;
    private @Nullable Integer reported;
    private @Nullable IOException lost;
    private boolean stopped;
    private boolean finished;
    private boolean closed;
    private int columns;
    private int rows;

    private volatile Watchdog watchdog = new Watchdog(Limits.of(Duration.ZERO));

    // whether the shell runs a stage as its own command, with no driver; written before the shell
    // starts
    private volatile boolean inPlace;

    ShellTerminal(Terminals terminals, TerminalSpec spec, Path directory, TerminalOutput output) {
        this.terminals = terminals;
        this.spec = spec;
        this.directory = directory;
        this.output = output;
        this.columns = spec.columns();
        this.rows = spec.rows();
        this.marks = new EndMarks(this::keep, this::reported, NONCE_BYTES * 2);
    }

    /**
     * Runs a stage and waits for its end. After anything but {@link StageEnd.Exited}, or after a
     * last stage, no further stage can run.
     *
     * @throws IOException if the shell cannot be started
     * @throws InterruptedException if the waiting was; the stage goes on until stopped or closed
     */
    public StageEnd run(StageScript stage, Limits limits) throws IOException, InterruptedException {
        var watching = new Watchdog(limits);
        watchdog = watching;
        printPrompt(stage);
        begin(stage);
        watching.began();
        StageEnd exceeded = null;
        state.lockInterruptibly();
        try {
            while (!isOver()) {
                long left = watching.leftNanos();
                if (left <= 0) {
                    exceeded = watching.exceeded();
                    break;
                }
                changed.awaitNanos(left);
            }
            if (exceeded != null || stopped || finished || lost != null) {
                endShell();
                awaitExit();
            }
            return stageEnd(exceeded);
        } finally {
            state.unlock();
        }
    }

    /** By which people and programs type into it. */
    public Keyboard keyboard() {
        return keyboard;
    }

    /** Tells the programs that the window has another size, also those that are started later. */
    public void resize(int columns, int rows) {
        state.lock();
        try {
            this.columns = columns;
            this.rows = rows;
            if (shell != null) {
                shell.resize(columns, rows);
            }
        } finally {
            state.unlock();
        }
    }

    /**
     * Ends the running stage with this status and all its processes, whose own no longer counts:
     * what became of the stage is known from elsewhere. Only for a last stage. Returns at once.
     */
    public void finish(int status) {
        state.lock();
        try {
            if (exit == null && reported == null) {
                reported = status;
                finished = true;
                endShell();
                changed.signalAll();
            }
        } finally {
            state.unlock();
        }
    }

    /** Ends the running stage and all its processes. Returns at once; {@link #run} returns soon. */
    public void stop() {
        state.lock();
        try {
            stopped = true;
            endShell();
            changed.signalAll();
        } finally {
            state.unlock();
        }
    }

    /**
     * Ends everything in the terminal. Returns at once: the sweeper sees to what is left. Nothing
     * printed from now on reaches the output.
     */
    @Override
    public void close() {
        stop();
        Orders given;
        state.lock();
        try {
            closed = true;
            given = orders;
            orders = null;
        } finally {
            state.unlock();
        }
        if (given != null) {
            try {
                given.close();
            } catch (IOException e) {
                log.warn("a terminal's directory stays behind reason={}", e.toString());
            }
        }
    }

    /**
     * Closes it, and waits until nothing of it is alive.
     *
     * @return false if something still is after as long as a kill may take
     */
    public boolean closeAndAwait() throws InterruptedException {
        close();
        var running = shell();
        return running == null || running.awaitGone(terminals.sweeper().grace().plus(PATIENCE));
    }

    private void printPrompt(StageScript stage) {
        var prompt = stage.prompt();
        print(() -> keep(prompt, 0, prompt.length));
    }

    /** Has the shell run a stage; starts the shell if none runs. */
    private void begin(StageScript stage) throws IOException {
        var nonce = newNonce();
        print(() -> marks.expect(nonce));
        state.lock();
        try {
            reported = null;
            if (isOver()) {
                return;
            }
            if (shell == null && stage.last()) {
                inPlace = true;
                var group = group(true);
                shell = start(terminals.running(stage.command(), group), stage.variables());
                return;
            }
            if (orders == null) {
                orders = terminals.newOrders();
            }
            orders.give(nonce, stage.sourced());
            if (shell == null) {
                var group = group(true);
                shell = start(terminals.driving(orders.pipe(), directory, group), Map.of());
            }
        } finally {
            state.unlock();
        }
    }

    /** The file by which the command itself, or else whoever starts it, enters its group. */
    private Optional<Path> group(boolean itself) throws IOException {
        return itself == terminals.runsAsUser()
                ? Optional.empty()
                : terminals.sweeper().group(spec.cookie());
    }

    private static String newNonce() {
        var nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return HexFormat.of().formatHex(nonce);
    }

    private Shell start(List<String> command, Map<String, String> stage) throws IOException {
        var environment = new HashMap<>(spec.environment());
        environment.putAll(stage);
        environment.put("MUSTER_WORKSPACE", directory.toString());
        // without these the shell asks the system where it is, which is what gets compared
        environment.remove("PWD");
        environment.remove("OLDPWD");
        var launch = terminals.launch(command, environment, group(false));
        return Shell.start(
                () -> Pty.start(launch.command(), launch.environment(), directory, columns, rows),
                spec,
                terminals.sweeper(),
                terminals.readers(),
                new Shell.Listener() {
                    @Override
                    public void printed(byte[] bytes, int length) {
                        var watching = watchdog;
                        watching.printing();
                        print(() -> marks.feed(bytes, 0, length));
                        watching.printed();
                    }

                    @Override
                    public void exited(Pty.Exit how) {
                        ShellTerminal.this.exited(how);
                    }
                });
    }

    /** Something that gives bytes to the output, or readies the marks among them. */
    private interface Printing {
        void print() throws IOException;
    }

    /** A failure ends the terminal; what is printed after it is only drained. */
    private void print(Printing what) {
        printing.lock();
        try {
            what.print();
        } catch (IOException e) {
            lose(e);
        } finally {
            printing.unlock();
        }
    }

    private void keep(byte[] bytes, int from, int length) throws IOException {
        if (!isDeaf()) {
            output.accept(bytes, from, length);
        }
    }

    private void lose(IOException why) {
        state.lock();
        try {
            lost = why;
            endShell();
            changed.signalAll();
        } finally {
            state.unlock();
        }
    }

    /** The driver told a status; everything printed before is with the output. */
    private void reported(int status) {
        state.lock();
        try {
            reported = status;
            changed.signalAll();
        } finally {
            state.unlock();
        }
    }

    private void exited(Pty.Exit how) {
        int status = statusOf(how);
        print(
                () -> {
                    marks.flush();
                    if (inPlace && status >= 0) {
                        var mark = StageScript.endMark(status);
                        keep(mark, 0, mark.length);
                    }
                });
        state.lock();
        try {
            exit = how;
            changed.signalAll();
        } finally {
            state.unlock();
        }
    }

    private int statusOf(Pty.Exit how) {
        state.lock();
        try {
            return finished && reported != null ? reported : how.status();
        } finally {
            state.unlock();
        }
    }

    /** When the shell was started, by {@link System#nanoTime}; for measuring. */
    long startedAtNanos() {
        var started = shell();
        if (started == null) {
            throw new IllegalStateException("no shell was started");
        }
        return started.startedAtNanos();
    }

    private @Nullable Shell shell() {
        state.lock();
        try {
            return shell;
        } finally {
            state.unlock();
        }
    }

    /** The shell, if it has not ended. */
    private @Nullable Shell running() {
        state.lock();
        try {
            return exit == null ? shell : null;
        } finally {
            state.unlock();
        }
    }

    private boolean isDeaf() {
        state.lock();
        try {
            return closed || lost != null;
        } finally {
            state.unlock();
        }
    }

    // called with state held

    private boolean isOver() {
        return stopped || lost != null || reported != null || exit != null;
    }

    private void endShell() {
        if (shell != null) {
            shell.end();
        }
    }

    private void awaitExit() throws InterruptedException {
        long left = terminals.sweeper().grace().plus(PATIENCE).toNanos();
        while (shell != null && exit == null && left > 0) {
            left = changed.awaitNanos(left);
        }
    }

    private StageEnd stageEnd(@Nullable StageEnd exceeded) {
        if (lost != null) {
            return new StageEnd.OutputLost(lost);
        }
        if (stopped) {
            return new StageEnd.Stopped();
        }
        if (exceeded != null) {
            return exceeded;
        }
        if (reported != null) {
            return new StageEnd.Exited(reported);
        }
        if (exit == null) {
            throw new IllegalStateException("a stage has not ended");
        }
        if (exit.signal() > 0) {
            return new StageEnd.ShellDied(
                    exit.status(), "the shell was killed by signal " + exit.signal());
        }
        if (!inPlace || exit.status() < 0) {
            return new StageEnd.ShellDied(exit.status(), "the shell ended with the stage");
        }
        return new StageEnd.Exited(exit.status());
    }
}
