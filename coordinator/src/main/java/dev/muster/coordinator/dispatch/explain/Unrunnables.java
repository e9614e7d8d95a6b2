package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Duty;
import dev.muster.coordinator.dispatch.FleetStore;
import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.dispatch.rule.Wanted;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Marks tasks that no enrolled machine could ever run, so that nobody waits for them in vain, and
 * takes the mark away when one could.
 */
public final class Unrunnables implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Unrunnables.class);

    private final Database database;
    private final FlagStore flags;
    private final FleetStore fleet;
    private final Loop loop;

    public Unrunnables(Database database, Loops loops, Duration every) {
        this.database = database;
        this.flags = new FlagStore(database);
        this.fleet = new FleetStore(database);
        this.loop = loops.loop("unrunnable tasks", every, this::pass);
    }

    public void start() {
        loop.start();
    }

    private void pass() {
        database.alone("looking for unrunnable tasks", Duty.UNRUNNABLE_TASKS, this::mark);
    }

    private void mark() {
        var machines = fleet.all(null).stream().map(FleetStore.Known::machine).toList();
        Predicate<Wanted> runnable =
                kind -> machines.stream().anyMatch(one -> Eligibility.mightEver(kind, one));
        var kinds = flags.kinds().stream().collect(Collectors.partitioningBy(runnable));
        int flagged;
        int unflagged;
        do {
            flagged = flags.flag(kinds.get(false));
            unflagged = flags.unflag(kinds.get(true));
            if (flagged + unflagged > 0) {
                log.info("unrunnable tasks flagged={} unflagged={}", flagged, unflagged);
            }
        } while (Math.max(flagged, unflagged) >= FlagStore.MOST);
    }

    @Override
    public void close() {
        loop.close();
    }
}
