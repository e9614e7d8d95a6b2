package dev.muster.coordinator.audit;

import dev.muster.coordinator.audit.AuditStore.Denial;
import dev.muster.coordinator.audit.Entry.Target;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Refusals;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;
import dev.muster.coordinator.time.Stopwatch;

import io.vertx.core.json.JsonObject;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Notes what was tried and refused, within a second. Nothing depends on it, so nobody waits for it,
 * and whoever floods us with it fills no table: of each caller the first few within a minute are
 * entries of their own, and all others one entry with their number. Thread-safe.
 */
public final class Denials implements Refusals, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Denials.class);

    private static final Duration EVERY = Duration.ofSeconds(1);

    /** Entries of one caller within a window. */
    static final int MOST_EACH = 10;

    /** Callers that are told apart within a window; all others are one. */
    static final int MOST_CALLERS = 100;

    private static final int MOST_WAITING = 3000;
    private static final String OTHERS = "";
    private static final Actor ANYONE = new Actor("unknown", null, null, null, null);

    private static final class Window {
        final Actor by;
        final Stopwatch open = Stopwatch.started();
        int noted;
        int leftOut;

        Window(Actor by) {
            this.by = by;
        }
    }

    private final AuditStore store;
    private final Duration window;
    private final Loop loop;
    private final Map<String, Window> windows = new HashMap<>(); // guarded by this
    private final Deque<Denial> waiting = new ArrayDeque<>(); // guarded by this

    public Denials(Database database, Loops loops) {
        this(database, loops, Duration.ofMinutes(1));
    }

    Denials(Database database, Loops loops, Duration window) {
        this.store = new AuditStore(database);
        this.window = window;
        this.loop = loops.loop("audit denials", EVERY, this::writeOnce);
    }

    public void start() {
        loop.start();
    }

    @Override
    public void refused(Refusal refusal) {
        note(
                Actor.of(refusal.caller(), refusal.address(), refusal.request()),
                "request.deny",
                "operation",
                refusal.operation(),
                new JsonObject().put("status", refusal.status()).put("code", refusal.code()));
    }

    /** Notes that {@code by} tried {@code action} and was refused. */
    public synchronized void note(
            Actor by, String action, String targetKind, String targetId, JsonObject data) {
        var one = windowOf(by);
        if (one.noted >= MOST_EACH || waiting.size() >= MOST_WAITING) {
            one.leftOut++;
            return;
        }
        one.noted++;
        waiting.add(new Denial(by, action, new Target(targetKind, targetId), data));
    }

    private Window windowOf(Actor by) {
        var who = by.id() == null ? by.kind() + " " + by.address() : by.kind() + " " + by.id();
        var known = windows.get(who);
        if (known != null) {
            return known;
        }
        var isOneTooMany = windows.size() >= MOST_CALLERS;
        return windows.computeIfAbsent(
                isOneTooMany ? OTHERS : who, _ -> new Window(isOneTooMany ? ANYONE : by));
    }

    private void writeOnce() {
        write(take(window));
    }

    private void write(List<Denial> taken) {
        if (taken.isEmpty()) {
            return;
        }
        try {
            store.deny(taken);
        } catch (RuntimeException e) {
            putBack(taken);
            throw e;
        }
    }

    /** What waits, with the numbers of what was left out in windows that were open so long. */
    private synchronized List<Denial> take(Duration open) {
        windows.values()
                .removeIf(
                        one -> {
                            var isOver = one.open.elapsed().compareTo(open) >= 0;
                            if (isOver && one.leftOut > 0) {
                                waiting.add(leftOut(one));
                            }
                            return isOver;
                        });
        var taken = new ArrayList<>(waiting);
        waiting.clear();
        return taken;
    }

    private static Denial leftOut(Window one) {
        var by = new Actor(one.by.kind(), one.by.id(), one.by.name(), one.by.address(), null);
        return new Denial(
                by,
                "request.deny",
                new Target("operation", "any"),
                new JsonObject().put("leftOut", one.leftOut));
    }

    private synchronized void putBack(List<Denial> taken) {
        taken.reversed().forEach(waiting::addFirst);
    }

    /** Writes what waits. */
    @Override
    public void close() {
        loop.close();
        try {
            write(take(Duration.ZERO));
        } catch (DatabaseFailure e) {
            log.warn("what was denied last is not in the audit log", e);
        }
    }
}
