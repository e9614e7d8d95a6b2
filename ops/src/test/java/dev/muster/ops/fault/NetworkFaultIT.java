package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.fault.Network.Loss;
import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A worker in a network of its own, whose packets are lost; the tasks' grace window is 10 s. */
@Tag("fault")
@ExtendWith(Rows.class)
final class NetworkFaultIT {

    private static final Duration LONG = Site.LONG;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private final List<AutoCloseable> open = new ArrayList<>();
    private Network network;
    private Site site;
    private int cluster;

    @BeforeEach
    void site() throws Exception {
        network = Network.open();
        open.addFirst(network);
        site = Site.in(root, "10s", "10s");
        open.addFirst(site);
        site.sandbox().with("MUSTER_LOCAL_REPOSITORIES", root.toString());
        var coordinator =
                site.coordinator(
                        Place.HERE,
                        "--host=0.0.0.0",
                        "--allow-plain-http=true",
                        "--cluster-host=" + network.outside(),
                        "--cluster-port=0");
        var told = coordinator.awaitLine("coordinator started .*cluster=[\\d.]+:(\\d+)", LONG);
        cluster = Integer.parseInt(told.group(1));
    }

    @AfterEach
    void clear() throws Exception {
        for (var one : open) {
            one.close();
        }
    }

    private void worker() throws Exception {
        network.wallButFor(site.port());
        site.worker("w", network.place(), site.port());
    }

    @Test
    void f11_aWorkerBehindAWallNeedsOnePortAlone() throws Exception {
        assertThat(network.reaches(network.outside(), cluster)).isTrue();
        worker();
        var repository = repository();
        Api.expect(
                201,
                site.api()
                        .post(
                                "/api/admin/projects",
                                Map.of(
                                        "key", "walled",
                                        "name", "walled",
                                        "repoUrl", repository.toString(),
                                        "defaultBranch", "main",
                                        "pipeline",
                                                List.of(
                                                        Api.stage("read", "cat greeting"),
                                                        Api.stage("write", "date >> greeting")))));

        var task = site.api().task("walled", "read and write");
        var ended = site.api().awaitEnd(task, LONG);

        assertThat(ended.get("status").textValue()).as(ended.toString()).isEqualTo("COMPLETED");
        assertThat(site.api().log(task)).anyMatch(line -> line.endsWith("hello from outside"));
        assertThat(network.reaches(network.outside(), site.port())).isTrue();
        assertThat(network.reaches(network.outside(), cluster)).isFalse();
        site.stop();
    }

    private Path repository() throws IOException, InterruptedException {
        var repository = Files.createDirectory(root.resolve("repository"));
        Files.writeString(repository.resolve("greeting"), "hello from outside\n");
        var script =
                """
                git init --quiet --initial-branch=main && git add greeting &&
                git -c user.name=x -c user.email=x@example.org commit --quiet -m greeting
                """;
        var git =
                new ProcessBuilder("sh", "-c", script)
                        .directory(repository.toFile())
                        .inheritIO()
                        .start();
        assertThat(git.waitFor()).isZero();
        return repository;
    }

    @ParameterizedTest
    @EnumSource(
            value = Loss.class,
            names = {"OUTGOING", "INCOMING", "BOTH"})
    void f11_packetsLostForAShortTimeAreNothingButLatency(Loss loss) throws Exception {
        worker();
        site.project("sleep 0.02;");
        var task = site.begun(400);

        network.lose(loss);
        site.api().awaitStatus(task, LONG, Set.of("SUSPENDED"));
        network.lose(Loss.NONE);

        var ended = site.assertCompleted(task, 400);
        assertThat(ended.get("attempt").intValue()).isOne();
        site.stop();
    }

    @ParameterizedTest
    @EnumSource(
            value = Loss.class,
            names = {"OUTGOING", "INCOMING", "BOTH"})
    void f12_packetsLostForALongTimeEndTheWorkOnBothSides(Loss loss) throws Exception {
        worker();
        site.project("sleep 0.2;");
        var tasks = List.of(site.begun(1000), site.begun(1000), site.begun(1000));

        network.lose(loss);
        // the worker's own deadline comes before the coordinator's
        Eventually.holds("the worker ended it", LONG, () -> site.stageProcesses().isEmpty());
        assertThat(site.api().task(tasks.getFirst()).get("status").textValue())
                .isEqualTo("SUSPENDED");
        for (var task : tasks) {
            var ended = site.api().awaitEnd(task, LONG);
            assertThat(ended.get("reason").textValue()).isEqualTo("machine_lost");
        }
        network.lose(Loss.NONE);

        site.assertCompleted(site.task(3), 3);
        for (var task : tasks) {
            assertThat(site.api().task(task).get("status").textValue()).isEqualTo("FAILED");
            assertThat(site.runs(task)).isOne();
        }
        site.stop();
    }

    @Test
    void f11_aFifthOfAllPacketsLostIsNoMoreThanSlow() throws Exception {
        worker();
        site.project("sleep 0.01;");
        network.lose(Loss.A_FIFTH);

        var tasks = new ArrayList<Long>();
        for (int n = 0; n < 8; n++) {
            tasks.add(site.task(300));
        }
        for (var task : tasks) {
            var ended = site.assertCompleted(task, 300);
            assertThat(ended.get("attempt").intValue()).isOne();
        }
        assertThat(network.lost()).hasSize(2).allMatch(packets -> packets > 0);
        network.lose(Loss.NONE);
        site.stop();
    }
}
