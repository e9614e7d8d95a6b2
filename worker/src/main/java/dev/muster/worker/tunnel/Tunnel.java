package dev.muster.worker.tunnel;

import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.TunnelState;
import dev.muster.worker.terminal.Limits;
import dev.muster.worker.terminal.ShellTerminal;
import dev.muster.worker.terminal.StageScript;
import dev.muster.worker.terminal.StageValues;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;
import dev.muster.worker.time.Background;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One tunnel, on its virtual thread from its start until nothing of it is alive. Thread-safe. */
final class Tunnel {

    private static final Logger log = LoggerFactory.getLogger(Tunnel.class);

    /** Why it is over. */
    private record End(TunnelState state, @Nullable String reason, @Nullable String detail) {}

    /**
     * What is run.
     *
     * @param program absolute
     * @param specs what each terminal of it is opened with
     */
    record Plan(TunnelTemplate template, Path program, long task, Supplier<TerminalSpec> specs) {}

    private final UUID id;
    private final Plan plan;
    private final Terminals terminals;
    private final TunnelLimits limits;
    private final long endsAtNanos;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // guarded by lock
    private TunnelState state = TunnelState.STARTING;
    private @Nullable String connection;
    private int restarts;
    private @Nullable ShellTerminal terminal;
    // what was decided while its program ran; its own end comes after all of these
    private @Nullable End decided;
    private @Nullable End end;

    Tunnel(UUID id, Plan plan, Terminals terminals, TunnelLimits limits, Duration life) {
        this.id = id;
        this.plan = plan;
        this.terminals = terminals;
        this.limits = limits;
        this.endsAtNanos = System.nanoTime() + life.toNanos();
    }

    void start() {
        Thread.ofVirtual().name("tunnel-" + plan.task()).start(this::supervise);
    }

    private void supervise() {
        End came;
        try {
            came = runs();
        } catch (IOException | RuntimeException e) {
            log.error("tunnel could not be run task={} tunnel={}", plan.task(), id, e);
            came = new End(TunnelState.FAILED, "worker_error", "The worker failed: " + e);
        } catch (InterruptedException _) {
            came = new End(TunnelState.CLOSED, "worker_stopped", null); // nobody does
        }
        lock.lock();
        try {
            end = came;
            state = came.state();
            connection = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        log.info(
                "tunnel ended task={} tunnel={} state={} reason={}",
                plan.task(),
                id,
                came.state(),
                came.reason());
    }

    private End runs() throws IOException, InterruptedException {
        for (int go = 0; ; go++) {
            var lastWords = runOnce();
            expire();
            if (go == limits.pauses().size()) {
                decide(
                        new End(
                                TunnelState.FAILED,
                                "tunnel_program_ended",
                                "The program %s ended %d times. %s"
                                        .formatted(plan.template().program(), go + 1, lastWords)));
            }
            var over = pause(go);
            if (over.isPresent()) {
                return over.get();
            }
        }
    }

    /** Waits until the program is started again; empty if it is to be. */
    private Optional<End> pause(int go) throws InterruptedException {
        lock.lock();
        try {
            if (decided == null) {
                log.info("tunnel's program ended, starting it again task={}", plan.task());
                state = TunnelState.STARTING;
                connection = null;
                restarts++;
                long left =
                        Math.min(
                                limits.pauses().get(go).toNanos(), endsAtNanos - System.nanoTime());
                while (decided == null && left > 0) {
                    left = changed.awaitNanos(left);
                }
                expire();
            }
            return Optional.ofNullable(decided);
        } finally {
            lock.unlock();
        }
    }

    private void expire() {
        if (endsAtNanos - System.nanoTime() <= 0) {
            decide(new End(TunnelState.EXPIRED, "tunnel_expired", "Its time was over."));
        }
    }

    /**
     * Runs the program until it ended and nothing of it is alive.
     *
     * @return what it said last
     */
    private String runOnce() throws IOException, InterruptedException {
        var output = new TunnelOutput(this::printed);
        var spec = plan.specs().get();
        try (var opened = terminals.open(spec, output)) {
            if (!begins(opened)) {
                return "";
            }
            var watch = Background.start("tunnel-start", () -> watchStart(opened));
            try {
                var left = Duration.ofNanos(Math.max(1, endsAtNanos - System.nanoTime()));
                var _ = opened.run(script(spec), Limits.of(left));
            } finally {
                watch.close();
                ended();
            }
            if (!opened.closeAndAwait()) {
                throw new IOException("processes of a tunnel that was ended live on");
            }
            return output.lastWords();
        }
    }

    private boolean begins(ShellTerminal opened) {
        lock.lock();
        try {
            terminal = decided == null ? opened : null;
            return decided == null;
        } finally {
            lock.unlock();
        }
    }

    private void ended() {
        lock.lock();
        try {
            terminal = null;
        } finally {
            lock.unlock();
        }
    }

    private StageScript script(TerminalSpec spec) {
        var arguments = plan.template().arguments(spec.directory().toString(), plan.task());
        var line =
                Stream.concat(Stream.of(plan.program().toString()), arguments.stream())
                        .map(StageScript::quoted)
                        .collect(Collectors.joining(" "));
        return new StageScript(
                "tunnel", "exec " + line, plan.template().environment(), StageValues.NONE, true);
    }

    private void watchStart(ShellTerminal opened) throws InterruptedException {
        long left = limits.start().toNanos();
        lock.lockInterruptibly();
        try {
            while (state == TunnelState.STARTING && left > 0) {
                left = changed.awaitNanos(left);
            }
            if (state != TunnelState.STARTING || terminal != opened) {
                return;
            }
        } finally {
            lock.unlock();
        }
        decide(
                new End(
                        TunnelState.FAILED,
                        "tunnel_start_timeout",
                        "The program %s did not tell how to connect within %d s."
                                .formatted(plan.template().program(), limits.start().toSeconds())));
    }

    private void printed(String line) {
        var refused = plan.template().refusal().filter(one -> one.matcher(line).find());
        if (refused.isPresent() && isStarting()) {
            decide(
                    new End(
                            TunnelState.FAILED,
                            "tunnel_login_needed",
                            "It asks for a login, which is the operator's to make on the machine: "
                                    + shortened(line, 400)));
            return;
        }
        var found = plan.template().connection().matcher(line);
        if (found.find()) {
            var group = found.groupCount() > 0 ? found.group(1) : found.group();
            connected(group == null ? found.group() : group);
        }
    }

    private boolean isStarting() {
        lock.lock();
        try {
            return state == TunnelState.STARTING;
        } finally {
            lock.unlock();
        }
    }

    private void connected(String how) {
        lock.lock();
        try {
            if (state == TunnelState.STARTING && decided == null) {
                state = TunnelState.CONNECTED;
                connection = shortened(how, Reply.Tunnel.LONGEST_CONNECTION);
                changed.signalAll();
                log.info("tunnel connected task={} tunnel={}", plan.task(), id);
            }
        } finally {
            lock.unlock();
        }
    }

    private static String shortened(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }

    /** The first decision counts, and ends the program. */
    private void decide(End why) {
        lock.lock();
        try {
            if (decided == null) {
                decided = why;
                changed.signalAll();
                if (terminal != null) {
                    terminal.stop();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends it, if it is not over. Returns at once. */
    void close(String reason) {
        lock.lock();
        try {
            if (end == null && decided == null) {
                state = TunnelState.CLOSING;
                connection = null;
                decide(new End(TunnelState.CLOSED, reason, null));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing of it is alive, once that is so or {@code atMost} has passed. */
    boolean awaitOver(Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (end == null && left > 0) {
                left = changed.awaitNanos(left);
            }
            return end != null;
        } finally {
            lock.unlock();
        }
    }

    boolean isOver() {
        lock.lock();
        try {
            return end != null;
        } finally {
            lock.unlock();
        }
    }

    Reply.Tunnel reply() {
        lock.lock();
        try {
            long left = Math.max(0, endsAtNanos - System.nanoTime());
            return new Reply.Tunnel(
                    state,
                    plan.template().name(),
                    connection,
                    restarts,
                    end == null ? null : end.reason(),
                    end == null ? null : end.detail(),
                    end == null ? Duration.ofNanos(left).toSeconds() : 0);
        } finally {
            lock.unlock();
        }
    }
}
