package dev.muster.coordinator.live;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Feed;
import dev.muster.coordinator.http.Frame;
import dev.muster.coordinator.machine.Machines;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/** Looks for what happened, and tells each watcher what he may see of it. Thread-safe. */
public final class Live implements AutoCloseable {

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    /** Every so many looks: at machines, and a word to all of where they stand. */
    private static final int LOOKS_PER_MACHINES = 4;

    private static final int LOOKS_PER_MARK = 40;

    /** In one look; who would be told of more is told to fetch anew. */
    private static final int MOST_AT_ONCE = 5000;

    private static final int MOST_MISSED = 1000;

    private final LiveStore store;
    private final Machines machines;
    private final Loop loop;
    private final ReentrantLock lock = new ReentrantLock();

    // All of these under the lock. Every watcher was given, or was found not to may see, exactly
    // what is known at the position.
    private final Set<Watcher> watchers = new HashSet<>();
    private Map<UUID, Machines.Shown> shown = Map.of();
    private Position position = new Position(0, "1:1:");
    private int looks;

    public Live(Database database, Machines machines, Loops loops) {
        this.store = new LiveStore(database);
        this.machines = machines;
        this.loop = loops.loop("live", LOOK_EVERY, this::look);
    }

    public void start() {
        loop.start();
    }

    /**
     * What happens from now on, of what {@code person} may see.
     *
     * @param lastSeen where they lost their connection, if they go on there
     */
    Feed watch(Caller.Person person, @Nullable String lastSeen) {
        return new Watcher(this, person, lastSeen);
    }

    /** Lets a watcher in; answers what he missed and how machines are now. */
    List<Frame> join(Watcher watcher) {
        lock.lock();
        try {
            if (watchers.isEmpty()) {
                position = store.now();
                shown = Map.of();
            } else {
                // what was committed before he came is missed, and not yet to come
                tellChanges();
            }
            var frames = new ArrayList<>(missed(watcher));
            if (watcher.seesMachines()) {
                if (shown.isEmpty()) {
                    shown = machines.shown();
                }
                shown.values().stream()
                        .filter(machine -> !machine.status().equals("decommissioned"))
                        .map(Live::frame)
                        .forEach(frames::add);
            }
            watchers.add(watcher);
            return frames;
        } finally {
            lock.unlock();
        }
    }

    private List<Frame> missed(Watcher watcher) {
        if (!watcher.comesBack()) {
            return List.of(new Frame("ready", position.word(), new JsonObject()));
        }
        // a place this database has not come to is of another one, or of a time that was undone
        var since = watcher.lastSeen().filter(last -> last.isBefore(position));
        if (since.isEmpty()) {
            return List.of(fetchAnew(position));
        }
        var changes = store.since(since.get(), position, MOST_MISSED);
        if (changes.tooMany()) {
            return List.of(fetchAnew(position));
        }
        var projects = memberships(changes.changes(), Set.of(watcher));
        var frames = new ArrayList<>(seen(watcher, changes.changes(), projects));
        frames.add(new Frame("ready", position.word(), new JsonObject()));
        return frames;
    }

    private static Frame fetchAnew(Position at) {
        return new Frame("snapshot", at.word(), new JsonObject());
    }

    void leave(Watcher watcher) {
        lock.lock();
        try {
            watchers.remove(watcher);
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        lock.lock();
        try {
            if (watchers.isEmpty()) {
                return;
            }
            looks++;
            tellChanges();
            if (looks % LOOKS_PER_MACHINES == 0) {
                tellMachines();
            }
        } finally {
            lock.unlock();
        }
    }

    private void tellChanges() {
        var changes = store.since(position, null, MOST_AT_ONCE);
        if (changes.tooMany() || changes.now().era() != position.era()) {
            var anew = List.of(fetchAnew(changes.now()));
            watchers.forEach(watcher -> watcher.offer(anew));
            position = changes.now();
            return;
        }
        var projects = memberships(changes.changes(), watchers);
        position = changes.now();
        var isMark = looks % LOOKS_PER_MARK == 0;
        for (var watcher : watchers) {
            var frames = new ArrayList<>(seen(watcher, changes.changes(), projects));
            if (!frames.isEmpty()) {
                // only the last one says that all before it came
                frames.addLast(frames.removeLast().at(position.word()));
            } else if (isMark) {
                frames.add(new Frame(null, position.word(), null));
            }
            watcher.offer(frames);
        }
    }

    private static List<Frame> seen(
            Watcher watcher, List<Change> changes, Map<Long, Set<Long>> projects) {
        return watcher.seen(changes, projects.getOrDefault(watcher.person().id(), Set.of()));
    }

    private Map<Long, Set<Long>> memberships(List<Change> changes, Set<Watcher> of) {
        var projects = new HashSet<Long>();
        for (var change : changes) {
            switch (change) {
                case Change.Happened(var project, _) -> projects.add(project);
                case Change.Told(_, var project, _) when project != null -> projects.add(project);
                case Change.Told _ -> {}
            }
        }
        var developers = new HashSet<Long>();
        for (var watcher : of) {
            if (!watcher.person().isAdmin()) {
                developers.add(watcher.person().id());
            }
        }
        return store.memberships(developers, projects);
    }

    private void tellMachines() {
        if (watchers.stream().noneMatch(Watcher::seesMachines)) {
            shown = Map.of();
            return;
        }
        var before = new HashMap<>(shown);
        shown = machines.shown();
        var frames =
                shown.values().stream()
                        .filter(machine -> !machine.equals(before.get(machine.id())))
                        .map(Live::frame)
                        .toList();
        watchers.stream().filter(Watcher::seesMachines).forEach(watcher -> watcher.offer(frames));
    }

    private static Frame frame(Machines.Shown machine) {
        var json =
                new JsonObject()
                        .put("id", machine.id().toString())
                        .put("name", machine.name())
                        .put("status", machine.status());
        return new Frame("machine", null, json);
    }

    @Override
    public void close() {
        loop.close();
    }
}
