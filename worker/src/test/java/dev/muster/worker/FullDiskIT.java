package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Pause;
import dev.muster.protocol.pipeline.Stage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A daemon on a disk of its own, which is small and runs full. */
final class FullDiskIT {

    private static final int MIB = 1024 * 1024;

    @TempDir private Path temp;

    @Test
    void nothingIsTakenWithoutRoomAndAnAttemptThatFillsTheDiskFailsAloneForIt() throws Exception {
        var data = Files.createDirectory(temp.resolve("data"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", data.toString()))
                .as("only root may mount a disk")
                .isZero();
        var coordinator = new FakeCoordinator();
        try {
            var ballast = Files.write(data.resolve("ballast"), new byte[18 * MIB]);
            try (var worker = Worker.start(config(coordinator, data))) {
                waitsForRoom(coordinator, ballast);
                fillsTheDisk(coordinator);
                assertThat(worker.running()).isZero();
            }
        } finally {
            coordinator.close();
            run("umount", "--lazy", data.toString());
        }
    }

    private static void waitsForRoom(FakeCoordinator coordinator, Path ballast) throws Exception {
        var lease = coordinator.enqueue("true");
        coordinator.until("heartbeats tell", () -> coordinator.heartbeats().size() > 3);
        assertThat(coordinator.heartbeats().getLast().load().disk()).isGreaterThan(0.7);
        assertThat(coordinator.heartbeats().getLast().pause()).isEqualTo(Pause.DISK);
        assertThat(coordinator.pulls()).isEmpty();

        Files.delete(ballast);

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        assertThat(coordinator.facts(lease).getLast()).isInstanceOf(Fact.Succeeded.class);
        coordinator.until(
                "heartbeats tell that it asks",
                () -> coordinator.heartbeats().getLast().pause() == null);
    }

    private void fillsTheDisk(FakeCoordinator coordinator) throws Exception {
        var large = repositoryOf(40 * MIB).toString();

        var lease =
                coordinator.enqueue(
                        Given.stages(new Stage("one", "true", 60, Map.of())).repository(large));
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(coordinator.facts(lease).getLast())
                .isInstanceOfSatisfying(
                        Fact.Failed.class,
                        failed -> {
                            assertThat(failed.reason()).isEqualTo("disk_full");
                            assertThat(failed.detail()).contains("No space left on device");
                        });
        var next = coordinator.enqueue("true");
        coordinator.until("the next attempt is over", () -> coordinator.isOver(next));
        assertThat(coordinator.facts(next).getLast()).isInstanceOf(Fact.Succeeded.class);
    }

    private WorkerConfig config(FakeCoordinator coordinator, Path data) {
        return new TestConfig(coordinator.http.address(), data)
                .token(coordinator.http.drawToken())
                .repositories(temp)
                .disk(WorkerConfig.Disk.DEFAULT.withFloor(8 * MIB))
                .build();
    }

    /** Bytes that no packing makes fewer. */
    private Path repositoryOf(int bytes) throws Exception {
        var repository = temp.resolve("large");
        assertThat(run("git", "init", "-q", "-b", "main", repository.toString())).isZero();
        var noise = new byte[bytes];
        new Random(1).nextBytes(noise);
        Files.write(repository.resolve("noise"), noise);
        var git = List.of("git", "-C", repository.toString(), "-c", "user.name=A", "-c");
        assertThat(run(git, "user.email=a@example.org", "add", "-A")).isZero();
        assertThat(run(git, "user.email=a@example.org", "commit", "-q", "-m", "large")).isZero();
        return repository;
    }

    private static int run(List<String> first, String... rest) throws Exception {
        var command = new ArrayList<>(first);
        command.addAll(List.of(rest));
        return run(command.toArray(String[]::new));
    }

    private static int run(String... command) throws Exception {
        var process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
