package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.worker.WorkerConfig;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Laws of what may go and what must, over any machine's workspaces. */
final class UpkeepPropertyTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);

    /** A workspace of an attempt. */
    record One(int hours, boolean completed, boolean used, boolean work, int pages) {

        /** Of any file system's blocks a whole number. */
        private static final int PAGE = 64 * 1024;

        int bytes() {
            return pages * PAGE;
        }

        boolean isDue(WorkerConfig.Disk disk) {
            var usual = completed ? disk.keepCompleted() : disk.keepFailed();
            return isBeyond(usual) && !(work && !isBeyond(disk.keepWork()));
        }

        boolean isBeyond(Duration keep) {
            return HOUR.multipliedBy(hours).compareTo(keep) >= 0;
        }

        boolean isProtected(WorkerConfig.Disk disk) {
            return used || (work && !isBeyond(disk.keepWork()));
        }
    }

    @Provide
    Arbitrary<List<One>> machines() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 12),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false, false),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(0, 5))
                .as(One::new)
                .list()
                .ofMaxSize(8);
    }

    @Provide
    Arbitrary<WorkerConfig.Disk> disks() {
        var hours = Arbitraries.integers().between(0, 6);
        return Combinators.combine(
                        hours,
                        hours,
                        hours,
                        Arbitraries.longs().between(0, 15 * One.PAGE).injectNull(0.3))
                .as(
                        (completed, failed, more, budget) ->
                                new WorkerConfig.Disk(
                                        0,
                                        HOUR.multipliedBy(completed),
                                        HOUR.multipliedBy(failed),
                                        HOUR.multipliedBy(Math.max(completed, failed) + more),
                                        Optional.ofNullable(budget)));
    }

    @Property(tries = 300)
    void whatIsProtectedStaysWhatIsDueGoesAndTheBudgetTakesTheOldest(
            @ForAll("machines") List<One> machine, @ForAll("disks") WorkerConfig.Disk disk)
            throws Exception {
        var root = Files.createTempDirectory("upkeep");
        try {
            var places = places(root);
            var occupancy = new Occupancy();
            for (int i = 0; i < machine.size(); i++) {
                make(places, occupancy, i, machine.get(i));
            }

            new Upkeep(
                            places,
                            new Upkeep.Stays(occupancy, new Guests()),
                            (name, _) -> machine.get(index(name)).work(),
                            disk,
                            () -> NOW)
                    .runOnce();

            check(places, machine, disk);
        } finally {
            Erasure.erase(root);
        }
    }

    private static void check(Places places, List<One> machine, WorkerConfig.Disk disk) {
        long taken = 0;
        boolean mayGo = false;
        int youngestGone = Integer.MAX_VALUE;
        int oldestLeft = -1;
        var left = new ArrayList<One>();
        for (int i = 0; i < machine.size(); i++) {
            var one = machine.get(i);
            boolean stays = Files.exists(places.tree(name(i)));
            if (one.isProtected(disk)) {
                assertThat(stays).as("protected %s", one).isTrue();
            } else if (one.isDue(disk)) {
                assertThat(stays).as("due %s", one).isFalse();
            } else if (stays) {
                oldestLeft = Math.max(oldestLeft, one.hours());
            } else {
                assertThat(disk.budget()).as("early %s", one).isPresent();
                youngestGone = Math.min(youngestGone, one.hours());
            }
            if (stays && !one.used()) {
                left.add(one);
                taken += one.bytes();
                mayGo |= !one.isProtected(disk);
            }
        }
        assertThat(oldestLeft).as("oldest first").isLessThanOrEqualTo(youngestGone);
        if (mayGo && disk.budget().isPresent()) {
            assertThat(taken).as("left %s", left).isLessThanOrEqualTo(disk.budget().get());
        }
    }

    private static Places places(Path root) throws IOException {
        return new Places(
                Files.createDirectory(root.resolve("workspaces")),
                Files.createDirectory(root.resolve("repositories")),
                Files.createDirectory(root.resolve("kept")));
    }

    private static void make(Places places, Occupancy occupancy, int i, One one) throws Exception {
        var tree = Files.createDirectory(places.tree(name(i)));
        Files.write(tree.resolve("file"), new byte[one.bytes()]);
        var at = NOW.minus(HOUR.multipliedBy(one.hours()));
        new Ending(one.completed(), at, Optional.empty()).write(places.ending(name(i)));
        if (one.used()) {
            occupancy.enter(name(i));
        }
    }

    private static String name(int index) {
        return index + "-a1";
    }

    private static int index(String name) {
        return Integer.parseInt(name.substring(0, name.indexOf('-')));
    }
}
