package dev.muster.coordinator.live;

import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Feed;
import dev.muster.coordinator.http.Frame;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** One who watches. What he does not take in time ends his stream: he comes back for it. */
final class Watcher implements Feed {

    private static final int MOST_WAITING = 1000;

    private final Live live;
    private final @Nullable String lastSeen;
    private final BlockingQueue<Frame> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private volatile Caller.Person person;
    private volatile boolean left;
    // only the stream's thread touches this
    private boolean joined;

    /**
     * @param lastSeen where he was when he lost his connection; null if he comes anew
     */
    Watcher(Live live, Caller.Person person, @Nullable String lastSeen) {
        this.live = live;
        this.person = person;
        this.lastSeen = lastSeen;
    }

    Optional<Position> lastSeen() {
        return Position.read(lastSeen);
    }

    boolean comesBack() {
        return lastSeen != null;
    }

    Caller.Person person() {
        return person;
    }

    boolean seesMachines() {
        return person.seesMachines();
    }

    /**
     * What of it he may see, as frames.
     *
     * @param projects those he belongs to, of all that are in question
     */
    List<Frame> seen(List<Change> changes, Set<Long> projects) {
        var frames = new ArrayList<Frame>();
        for (var change : changes) {
            switch (change) {
                case Change.Happened(var project, var frame) -> {
                    if (person.isAdmin() || projects.contains(project)) {
                        frames.add(frame);
                    }
                }
                case Change.Told(var developer, var project, var notification) -> {
                    boolean mayKnow =
                            project == null || person.isAdmin() || projects.contains(project);
                    if (developer == person.id()
                            && mayKnow
                            && (notification.machine() == null || seesMachines())) {
                        frames.add(new Frame("notification", null, notification.json()));
                    }
                }
            }
        }
        return frames;
    }

    /** Gives him all of these, or ends his stream. */
    void offer(List<Frame> frames) {
        for (var frame : frames) {
            if (!waiting.offer(frame)) {
                left = true;
                return;
            }
        }
    }

    @Override
    public List<Frame> next(Duration atMost) throws InterruptedException {
        if (!joined) {
            joined = true;
            return live.join(this);
        }
        var first = waiting.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
        if (first == null) {
            return List.of();
        }
        var frames = new ArrayList<>(List.of(first));
        waiting.drainTo(frames);
        return frames;
    }

    @Override
    public boolean isOver() {
        return left;
    }

    @Override
    public boolean mayGoOn(Caller.Person reader) {
        person = reader;
        return true;
    }

    @Override
    public void close() {
        live.leave(this);
    }
}
