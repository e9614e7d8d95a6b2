package dev.muster.worker.shell;

import dev.muster.protocol.question.Reply;
import dev.muster.worker.journal.Journal;
import dev.muster.worker.relay.LiveTerminal;
import dev.muster.worker.secret.Mask;
import dev.muster.worker.terminal.Limits;
import dev.muster.worker.terminal.ShellTerminal;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageScript;
import dev.muster.worker.terminal.StageValues;
import dev.muster.worker.terminal.TerminalOpening;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.workspace.Guest;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/** One shell, on its virtual thread from its start until nothing of it is alive. Thread-safe. */
final class LiveShell implements Guest {

    private static final Logger log = LoggerFactory.getLogger(LiveShell.class);

    /** How much of its output can be shown again, about, in bytes. */
    static final long KEPT = 8L * 1024 * 1024;

    /**
     * What is run.
     *
     * @param command the shell and its options
     * @param life how long at most
     */
    record Plan(
            String name,
            long task,
            List<String> command,
            TerminalSpec spec,
            Mask mask,
            Duration life) {}

    private final Plan plan;
    private final Journal journal;
    private final LiveTerminal people;
    private final Runnable over;
    private final long beganNanos = System.nanoTime();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // guarded by lock
    private @Nullable ShellTerminal terminal;
    private @Nullable String why;
    private boolean ended;
    private long usedNanos = beganNanos;

    /**
     * @param journal of its output alone, deleted at its end
     * @param people who are at it; closed at its end
     * @param over told when nothing of it is alive any more
     */
    LiveShell(Plan plan, Journal journal, LiveTerminal people, Runnable over) {
        this.plan = plan;
        this.journal = journal;
        this.people = people;
        this.over = over;
    }

    void start(TerminalOpening opening) {
        Thread.ofVirtual().name("shell-" + plan.task()).start(() -> supervise(opening));
    }

    long task() {
        return plan.task();
    }

    private void supervise(TerminalOpening opening) {
        var how = "worker_error";
        try {
            how = run(people.controls().over(opening));
        } catch (IOException | RuntimeException e) {
            log.error("shell could not be run task={} shell={}", plan.task(), plan.name(), e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // nobody does
        } finally {
            finish(how);
        }
    }

    private String run(TerminalOpening opening) throws IOException, InterruptedException {
        try (var output = plan.mask().over(this::keep);
                var opened = opening.open(plan.spec(), output)) {
            var end = begins(opened) ? opened.run(script(), Limits.of(plan.life())) : null;
            var how = end == null ? "ended" : reason(end);
            if (!opened.closeAndAwait()) {
                log.error(
                        "processes of a shell live on task={} shell={}", plan.task(), plan.name());
            }
            return how;
        }
    }

    /** False if it was told to end before it began. */
    private boolean begins(ShellTerminal opened) {
        lock.lock();
        try {
            terminal = opened;
            return why == null;
        } finally {
            lock.unlock();
        }
    }

    private StageScript script() {
        var line =
                plan.command().stream().map(StageScript::quoted).collect(Collectors.joining(" "));
        return new StageScript("shell", "exec " + line, Map.of(), StageValues.NONE, true);
    }

    private static String reason(StageEnd end) {
        return switch (end) {
            case StageEnd.Exited _, StageEnd.ShellDied _ -> "exited";
            case StageEnd.TimedOut _ -> "expired";
            case StageEnd.Stopped _ -> "ended";
            case StageEnd.OutputLost _ -> "output_lost";
            case StageEnd.FellSilent _,
                    StageEnd.Told _,
                    StageEnd.AgentMissing _,
                    StageEnd.SecretMissing _,
                    StageEnd.CommandRefused _,
                    StageEnd.AgentNotReady _,
                    StageEnd.AgentUnfit _ ->
                    throw new IllegalStateException("no end of a shell: " + end);
        };
    }

    private void keep(byte[] bytes, int from, int length) throws IOException {
        journal.append((System.nanoTime() - beganNanos) / 1_000_000, bytes, from, length);
        journal.acknowledge(Math.max(0, journal.size() - KEPT));
        used();
    }

    private void used() {
        lock.lock();
        try {
            usedNanos = System.nanoTime();
        } finally {
            lock.unlock();
        }
    }

    private void finish(String how) {
        people.close();
        try {
            // who is connected gets the rest of it, of which the newest is in memory
            journal.delete();
        } catch (IOException e) {
            log.warn("output of a shell stays behind shell={} why={}", plan.name(), e.toString());
        }
        over.run();
        lock.lock();
        try {
            terminal = null;
            why = why == null ? how : why;
            ended = true;
            changed.signalAll();
            log.info("shell ended task={} shell={} reason={}", plan.task(), plan.name(), why);
        } finally {
            lock.unlock();
        }
    }

    /** Ends it if nobody was at it, and it printed nothing, for so long. */
    void endIfIdle(Duration most) {
        if (people.isWatched()) {
            used();
        }
        lock.lock();
        try {
            if (System.nanoTime() - usedNanos >= most.toNanos()) {
                leave("idle");
            }
        } finally {
            lock.unlock();
        }
    }

    /** The first reason counts. */
    @Override
    public void leave(String reason) {
        lock.lock();
        try {
            if (why == null && !ended) {
                why = reason;
                if (terminal != null) {
                    terminal.stop();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean awaitLeft(Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (!ended && left > 0) {
                left = changed.awaitNanos(left);
            }
            return ended;
        } finally {
            lock.unlock();
        }
    }

    boolean isOver() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    Reply.Shell reply() {
        lock.lock();
        try {
            return new Reply.Shell(plan.name(), !ended, why);
        } finally {
            lock.unlock();
        }
    }
}
