package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.Started;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Disks that fill up, and what a power cut leaves on them. */
@Tag("fault")
@ExtendWith(Rows.class)
final class DiskFaultIT {

    private static final Duration LONG = Site.LONG;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private final List<Path> mounted = new ArrayList<>();
    private Site site;

    @AfterEach
    void clear() throws Exception {
        if (site != null) {
            site.close();
        }
        for (var directory : mounted) {
            run("umount", directory.toString());
        }
    }

    @Test
    void f16_aFullDatabaseDiskIsSaidAndSurvived() throws Exception {
        mount(root.resolve("postgres"), "size=400m");
        site = Site.in(root, "60s", "5m");
        site.coordinator();
        site.project("");
        site.worker("w");
        var before = site.task(2);
        site.assertCompleted(before, 2);
        var ballast = root.resolve("postgres").resolve("ballast");
        run("sh", "-c", "dd if=/dev/zero of='" + ballast + "' bs=1M 2>/dev/null; true");

        var people = People.who(2, () -> make(count()));
        Eventually.holds("somebody is refused", LONG, () -> people.refused() > 0);
        Files.delete(ballast);

        var survived = people.promised();
        Eventually.holds("it serves again", LONG, () -> people.promised() > survived);
        for (var task : people.stop()) {
            site.assertCompleted(task, 1);
        }
        assertThat(site.printed(before)).hasSize(2);
        site.stop();
    }

    private Api.Reply make(String description) throws Exception {
        var body = Map.of("projectKey", "counting", "description", description);
        return site.api().post("/api/web/tasks", body);
    }

    /** To one, with so many digits that each task takes some of the disk. */
    private static String count() {
        var digits = new StringBuilder("1.");
        ThreadLocalRandom.current().ints(10_000, 0, 10).forEach(digits::append);
        return digits.toString();
    }

    /** Of room, or of places for files. */
    @ParameterizedTest
    @CsvSource({
        "size=64m,             'dd if=/dev/zero of=files/big bs=1M'",
        "'size=64m,nr_inodes=2k', 'n=0; while true > files/$n; do n=$((n + 1)); done'"
    })
    void f24_aTaskThatFillsTheDiskFailsAloneAndTheDaemonWorksOn(String disk, String fill)
            throws Exception {
        mount(root.resolve("w"), disk);
        site = Site.in(root, "60s", "5m");
        // it takes nothing at all while less than this is free
        site.sandbox().with("MUSTER_DISK_FLOOR", "4MiB");
        // a heartbeat in the wrong moment would have it drained, which only a person undoes
        site.sandbox().with("MUSTER_PRESENCE_DISK_THRESHOLD", "100");
        site.coordinator();
        var worker = site.worker("w");
        site.project("");
        site.api()
                .project(
                        "filling",
                        Api.stage(
                                "fill", "mkdir files; " + fill + "; seq 1 2000000; rm -rf files"));

        var filling = site.api().awaitEnd(site.api().task("filling", "all of it"), LONG);

        assertThat(filling.get("status").textValue()).as(filling.toString()).isEqualTo("FAILED");
        assertThat(filling.get("reason").textValue()).as(filling.toString()).isEqualTo("disk_full");
        assertThat(worker.isAlive()).isTrue();
        run("sh", "-c", "find '" + root.resolve("w") + "' -path '*/files/*' -delete");
        site.assertCompleted(site.task(3), 3);
        site.stop();
    }

    @Test
    void f30_whatAPowerCutToreIsNoReasonNotToStart() throws Exception {
        site = Site.in(root, "60s", "5m");
        site.coordinator();
        var worker = site.worker("w");
        site.project("sleep 0.01;");
        var task = site.begun(10_000);
        worker.kill();
        worker.awaitExit(LONG);
        try (var files = Files.walk(root.resolve("w"))) {
            for (var file : files.filter(DiskFaultIT::isJournal).toList()) {
                tear(file);
            }
        }

        site.worker("w");

        var ended = site.api().awaitEnd(task, LONG);
        assertThat(ended.get("reason").textValue()).isEqualTo("worker_restarted");
        site.assertCompleted(site.task(3), 3);
        site.stop();
    }

    /** It says so where it has to keep something, goes on where not, and is one machine always. */
    @Test
    void f30_aDiskThatFailsToSyncCostsNoMachine() throws Exception {
        var failing = failingToSync();
        site = Site.in(root, "60s", "5m");
        site.coordinator();
        site.project("");
        var token = site.enrolmentToken();
        var refused = site.worker("w", token, failing, site.wire().port());
        assertThat(refused.awaitExit(LONG)).isPositive();
        assertThat(refused.output()).contains("cannot be written to", "identity.json");

        end(site.worker("w", token, Place.HERE, site.wire().port()));
        var worker = site.worker("w", failing, site.wire().port());
        site.assertCompleted(site.task(3), 3);
        end(worker);
        site.spoilToken("w");
        end(site.worker("w", failing, site.wire().port()));
        site.spoilToken("w");

        site.worker("w");
        site.assertCompleted(site.task(3), 3);
        assertThat(site.number("select count(*) from machine")).isOne();
        assertThat(site.number("select count(*) from machine where status = 'active'")).isOne();
        site.stop();
    }

    private static void end(Started worker) throws Exception {
        worker.awaitLine("worker started", LONG);
        worker.terminate();
        worker.awaitExit(LONG);
    }

    /** Where no fsync succeeds; the test is aborted where that cannot be had. */
    private static Place failingToSync() throws Exception {
        // its tracer is beside what it starts, not between
        var strace =
                "strace -D -f -qq --seccomp-bpf -o /dev/null -e trace=fsync,fdatasync"
                        + " -e inject=fsync,fdatasync:error=EIO";
        var starter = List.of(strace.split(" "));
        var tried = new ArrayList<>(starter);
        tried.add("true");
        assumeTrue(isPossible(tried), "nothing can be traced here: no strace, or no right to");
        return new Place(starter, Place.HERE.host());
    }

    private static boolean isPossible(List<String> command) throws Exception {
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException _) {
            return false;
        }
    }

    private static boolean isJournal(Path file) {
        return Files.isRegularFile(file) && file.toString().contains("journal");
    }

    /** The last three bytes never reached the disk. */
    private static void tear(Path file) throws IOException {
        try (var channel =
                java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(Math.max(0, channel.size() - 3));
        }
    }

    private void mount(Path directory, String options) throws Exception {
        Files.createDirectories(directory);
        var mount =
                new ProcessBuilder(
                                "mount", "-t", "tmpfs", "-o", options, "none", directory.toString())
                        .redirectErrorStream(true)
                        .start();
        var said =
                new String(
                        mount.getInputStream().readAllBytes(),
                        java.nio.charset.StandardCharsets.UTF_8);
        assumeTrue(mount.waitFor() == 0, "no file system can be mounted here: " + said);
        mounted.add(directory);
    }

    private static void run(String... command) throws IOException, InterruptedException {
        new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
