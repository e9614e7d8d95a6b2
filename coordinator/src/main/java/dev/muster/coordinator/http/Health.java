package dev.muster.coordinator.http;

import io.vertx.core.json.JsonObject;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether this coordinator can do its work. The checks run at most once a second, whoever asks and
 * how often: strangers may ask. Thread-safe.
 */
public final class Health {

    private static final Logger log = LoggerFactory.getLogger(Health.class);

    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    /** Something that must be so for work to be done. Answers within seconds, by a bounded wait. */
    public record Check(String name, Test test) {}

    /** The question of a check. */
    @FunctionalInterface
    public interface Test {
        /** Whether it is so; anything thrown means no. */
        boolean holds() throws Exception;
    }

    private record Findings(Map<String, Boolean> byName, long atNanos) {
        boolean allHold() {
            return !byName.containsValue(false);
        }
    }

    private final String version;
    private final List<Check> checks;
    private final AtomicBoolean checking = new AtomicBoolean();
    private volatile Findings newest;

    /** Until the first check has ended, nothing is ready. */
    public Health(String version, List<Check> checks) {
        this.version = version;
        this.checks = List.copyOf(checks);
        var unknown = new LinkedHashMap<String, Boolean>();
        checks.forEach(check -> unknown.put(check.name(), false));
        newest = new Findings(unknown, System.nanoTime() - FRESH_NANOS);
    }

    /** Binds the operation that tells people. */
    public void bind(Operations operations) {
        operations.on("getHealth", Access.OPEN, _ -> Answer.ok(summary()));
    }

    private JsonObject summary() {
        return new JsonObject()
                .put("status", "ok")
                .put("version", version)
                .put("ready", findings().allHold());
    }

    /** Each check by name, for the management port. */
    Map<String, Boolean> details() {
        return findings().byName();
    }

    private Findings findings() {
        var seen = newest;
        if (System.nanoTime() - seen.atNanos() < FRESH_NANOS
                || !checking.compareAndSet(false, true)) {
            return seen;
        }
        try {
            var found = new LinkedHashMap<String, Boolean>();
            for (var check : checks) {
                found.put(check.name(), holds(check, seen));
            }
            newest = new Findings(found, System.nanoTime());
            return newest;
        } finally {
            checking.set(false);
        }
    }

    private static boolean holds(Check check, Findings before) {
        try {
            return check.test().holds();
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            // an outage is one line, not one a second
            if (before.byName().getOrDefault(check.name(), false)) {
                log.warn("check failed name={}", check.name(), e);
            }
            return false;
        }
    }
}
