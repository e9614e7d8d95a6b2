package dev.muster.worker.workspace;

import dev.muster.worker.WorkerConfig;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Removes workspaces of ended attempts: those whose time is over, and the oldest while all together
 * take more than the budget. One that holds work which exists nowhere else has a longer time, which
 * no budget shortens; one that guests are in has that time too, but for the budget, and they are
 * sent away first. One in use is never touched. For one thread.
 */
final class Upkeep {

    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

    private final Places places;
    private final Occupancy occupancy;
    private final Guests guests;
    private final Judge judge;
    private final WorkerConfig.Disk disk;
    private final InstantSource clock;
    // what was said to stay over the budget, so that it is said once
    private Set<String> said = new HashSet<>();

    /** Says whether a workspace holds work that exists nowhere else. */
    @FunctionalInterface
    interface Judge {
        boolean holdsWork(String name, Ending ending) throws InterruptedException;
    }

    /** Who is in workspaces. */
    record Stays(Occupancy occupancy, Guests guests) {}

    /** A workspace that nobody uses. */
    private record Left(String name, Ending ending, Duration age) {}

    Upkeep(Places places, Stays stays, Judge judge, WorkerConfig.Disk disk, InstantSource clock) {
        this.places = places;
        this.occupancy = stays.occupancy();
        this.guests = stays.guests();
        this.judge = judge;
        this.disk = disk;
        this.clock = clock;
    }

    /**
     * Looks at every workspace once; a failure at one leaves the others their turn.
     *
     * @throws InterruptedException if this thread is interrupted
     */
    void runOnce() throws InterruptedException {
        try {
            var stays = new ArrayList<Left>();
            for (var left : oldestFirst()) {
                if (left.age().compareTo(usual(left)) < 0
                        || isVisited(left)
                        || holdsWork(left)
                        || !remove(left, "its time is over")) {
                    stays.add(left);
                }
            }
            if (disk.budget().isPresent()) {
                keepWithin(disk.budget().get(), stays);
            }
        } catch (IOException e) {
            log.warn("workspaces could not be looked through reason={}", e.toString());
        }
    }

    /** Until when a workspace stays, if it stays as it is and no budget ends it early. */
    Instant keptUntil(String name, Ending ending) throws InterruptedException {
        var usual = ending.completed() ? disk.keepCompleted() : disk.keepFailed();
        return ending.at().plus(judge.holdsWork(name, ending) ? disk.keepWork() : usual);
    }

    private List<Left> oldestFirst() throws IOException {
        var now = clock.instant();
        var all = new ArrayList<Left>();
        for (var name : places.names()) {
            if (!occupancy.isUsed(name)) {
                var ending = endingOf(name, now);
                all.add(new Left(name, ending, Duration.between(ending.at(), now)));
            }
        }
        all.sort(Comparator.comparing((Left left) -> left.ending().at()).thenComparing(Left::name));
        return all;
    }

    /**
     * No attempt outlives its daemon: what has no ending had it with a crash, or on a full disk.
     */
    private Ending endingOf(String name, Instant now) {
        var ending = new Ending(false, now, Optional.empty());
        try {
            var noted = Ending.read(places.ending(name));
            if (noted.isPresent()) {
                return noted.get();
            }
            ending.write(places.ending(name));
        } catch (IOException e) {
            // the others make room, and a later pass notes this one
            log.warn("end of workspace not noted name={} reason={}", name, e.toString());
        }
        return ending;
    }

    private Duration usual(Left left) {
        return left.ending().completed() ? disk.keepCompleted() : disk.keepFailed();
    }

    /** As work does, so do guests keep it for a time. */
    private boolean isVisited(Left left) {
        return left.age().compareTo(disk.keepWork()) < 0 && guests.areIn(left.name());
    }

    /** Work whose own time is over counts no more. */
    private boolean holdsWork(Left left) throws InterruptedException {
        return left.age().compareTo(disk.keepWork()) < 0
                && judge.holdsWork(left.name(), left.ending());
    }

    private void keepWithin(long budget, List<Left> oldestFirst)
            throws InterruptedException, IOException {
        var taken = new HashMap<String, Long>();
        for (var left : oldestFirst) {
            taken.put(left.name(), places.bytes(left.name()));
        }
        // whom nobody is in first
        oldestFirst.sort(Comparator.comparing(left -> guests.areIn(left.name())));
        long total = taken.values().stream().mapToLong(Long::longValue).sum();
        var over = new HashSet<String>();
        for (var left : oldestFirst) {
            if (total <= budget) {
                break;
            }
            if (holdsWork(left)) {
                over.add(left.name());
                sayOnce(left, total, budget);
            } else if (remove(left, "all together take more than the budget")) {
                total -= taken.getOrDefault(left.name(), 0L);
            }
        }
        said = over;
    }

    private void sayOnce(Left left, long total, long budget) {
        if (!said.contains(left.name())) {
            log.warn(
                    "workspace kept name={} why={} taken={} budget={}",
                    left.name(),
                    "it holds work that exists nowhere else",
                    total,
                    budget);
        }
    }

    private boolean remove(Left left, String why) throws InterruptedException {
        try (var shut = guests.shut(left.name(), "workspace_removed")) {
            if (shut.sent() > 0) {
                log.info(
                        "shells ended with their workspace name={} why={} count={} gone={}",
                        left.name(),
                        why,
                        shut.sent(),
                        shut.isEmpty());
            }
            boolean removed =
                    occupancy.remove(left.name(), () -> isStill(left) && erase(left.name()));
            if (removed) {
                log.info(
                        "workspace removed name={} why={} completed={} age={}",
                        left.name(),
                        why,
                        left.ending().completed(),
                        left.age());
            }
            return removed;
        } catch (IOException e) {
            log.warn("workspace could not be removed name={} reason={}", left.name(), e.toString());
            return false;
        }
    }

    /** A new run of the attempt may have ended meanwhile. */
    private boolean isStill(Left left) throws IOException {
        return Ending.read(places.ending(left.name())).filter(left.ending()::equals).isPresent();
    }

    private boolean erase(String name) throws IOException {
        places.erase(name);
        return true;
    }
}
