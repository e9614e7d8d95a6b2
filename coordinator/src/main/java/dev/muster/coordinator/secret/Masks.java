package dev.muster.coordinator.secret;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.secret.Automaton;
import dev.muster.protocol.secret.Needles;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The masks of projects whose attempts are heard of. Who stores what a machine tells masks it by
 * the version that is expected, and has the database compare that in the statement that stores it:
 * projects without secrets cost nothing more, and all others are masked by what holds just then.
 * Secrets are opened once for each version. Thread-safe.
 */
public final class Masks {

    /** After which a mask that nobody asked for is dropped. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    private static final int MOST_TASKS = 10_000;

    /** Of all masks together, about 60 MB. */
    private static final int MOST_STATES = 3_000_000;

    /** What one project's needles may come to; of more, only the commonest ways are masked. */
    private static final int MOST_NEEDLE_BYTES = 1_000_000;

    private final MaskStore store;
    private final Vault vault;

    // only tasks of projects that have, or had, secrets
    private final Cache<Long, Long> projects =
            Caffeine.newBuilder().maximumSize(MOST_TASKS).build();
    private final Cache<Long, Mask> masks =
            Caffeine.newBuilder()
                    .maximumWeight(MOST_STATES)
                    .weigher((Long _, Mask mask) -> mask.states())
                    .expireAfterAccess(KEPT)
                    .build();
    // held by who opens secrets, so that nobody else opens the same
    private final ReentrantLock opening = new ReentrantLock();

    public Masks(Database database, Keys keys) {
        this.store = new MaskStore(database);
        this.vault = new Vault(keys);
    }

    /** By which a task's texts will probably have to be masked. */
    public Mask expected(long task) {
        var project = projects.getIfPresent(task);
        return project == null ? Mask.NONE : of(project, 0);
    }

    /**
     * By which they have to be: what was expected is another version than this of their project.
     * Later calls expect it.
     */
    public Mask other(long task, long project, long version) {
        projects.put(task, project);
        return of(project, version);
    }

    /** The same for who has nothing to compare with. */
    public Mask now(long task) {
        return store.versionOf(task)
                .filter(now -> now.version() > 0)
                .map(now -> other(task, now.project(), now.version()))
                .orElse(Mask.NONE);
    }

    /** A mask of this version at least. */
    private Mask of(long project, long version) {
        var known = masks.getIfPresent(project);
        if (known != null && known.version() >= version) {
            return known;
        }
        opening.lock();
        try {
            var meanwhile = masks.getIfPresent(project);
            if (meanwhile != null && meanwhile.version() >= version) {
                return meanwhile;
            }
            var mask = open(project);
            masks.put(project, mask);
            return mask;
        } finally {
            opening.unlock();
        }
    }

    private Mask open(long project) {
        var sealed = store.sealed(project);
        var values = new ArrayList<String>();
        for (var one : sealed.secrets()) {
            vault.open(one)
                    .map(value -> KeptToken.confidential(one.name(), value))
                    .ifPresent(values::add);
        }
        return new Mask(sealed.version(), automaton(values));
    }

    private static @Nullable Automaton automaton(List<String> values) {
        var needles = all(values, Needles::of);
        if (needles.stream().mapToLong(String::length).sum() > MOST_NEEDLE_BYTES) {
            needles = all(values, Needles::commonest);
        }
        return needles.isEmpty() ? null : new Automaton(needles);
    }

    private static Set<String> all(List<String> values, Function<String, Set<String>> needles) {
        var all = new LinkedHashSet<String>();
        values.forEach(value -> all.addAll(needles.apply(value)));
        return all;
    }
}
