package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;

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

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Two coordinators of one cluster, each with a worker that knows no other, lose sight of each
 * other. Both reach the database, and people reach both.
 */
@Tag("fault")
@ExtendWith(Rows.class)
final class SplitFaultIT {

    private static final Duration LONG = Site.LONG;

    /** What makes sure that no heartbeat's answer, but a message, is what ends a run quickly. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(20);

    private static final Duration QUICKLY = Duration.ofSeconds(4);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private final List<AutoCloseable> open = new ArrayList<>();
    private Site site;
    private Network here;
    private Network there;
    private Api other;
    private Api hereAsMachine;
    private Api thereAsMachine;

    @BeforeEach
    void site() throws Exception {
        here = opened(Network.open());
        there = opened(Network.open());
        here.tieTo(there);
        site = opened(Site.in(root, "60s", "5m"));
        site.sandbox()
                .with("MUSTER_LEASE_HEARTBEAT", HEARTBEAT.toSeconds() + "s")
                .with("MUSTER_PRESENCE_UNREACHABLE_AFTER", "45s")
                .with("MUSTER_PRESENCE_OFFLINE_AFTER", "60s");
        site.coordinator(here.place(), arguments(here, ""));
        other = opened(site.another(there.place(), site.port(), arguments(there, here.tied())));
        site.worker("w-here", here.place(), site.port());
        site.worker("w-there", there.place(), site.port());
        hereAsMachine = asMachine("w-here", here);
        thereAsMachine = asMachine("w-there", there);
    }

    @AfterEach
    void clear() throws Exception {
        for (var one : open) {
            one.close();
        }
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.addFirst(one);
        return one;
    }

    private static String[] arguments(Network network, String member) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--host=0.0.0.0",
                                "--allow-plain-http=true",
                                "--cluster-host=" + network.tied(),
                                "--cluster-port=5701"));
        if (!member.isEmpty()) {
            arguments.add("--cluster-members=" + member + ":5701");
        }
        return arguments.toArray(String[]::new);
    }

    private Api asMachine(String worker, Network network) throws Exception {
        var identity = root.toRealPath().resolve(worker).resolve("identity.json").toFile();
        var token = new ObjectMapper().readTree(identity).get("workerJwt").textValue();
        var address = URI.create("http://%s:%d".formatted(network.place().host(), site.port()));
        return opened(new Api(address)).as(token);
    }

    @Test
    void f19_twoHalvesOfAClusterWorkOnAndMeetAgain() throws Exception {
        site.project("sleep 0.01;");
        assertThat(coordinators(hereAsMachine)).isEqualTo(2);
        assertThat(coordinators(thereAsMachine)).isEqualTo(2);
        assertEndsWithin(QUICKLY, runningThere());
        var lasting = runningThere();

        here.loseOfTie(Loss.BOTH);
        var tasks = new ArrayList<>(loadBoth());
        awaitCoordinators(1);
        tasks.addAll(loadBoth());
        for (var task : tasks) {
            site.assertCompleted(task, 20);
        }
        // no message gets there, so the next heartbeat's answer has to do
        assertEndsWithin(HEARTBEAT.multipliedBy(2), lasting);

        here.loseOfTie(Loss.NONE);
        awaitCoordinators(2);
        Eventually.holds(
                "messages flow again",
                LONG,
                () -> {
                    var task = runningThere();
                    return endsWithin(QUICKLY, task);
                });
        for (var task : loadBoth()) {
            site.assertCompleted(task, 20);
        }
        site.stop();
    }

    // ---- words ---------------------------------------------------------------------------------

    /** Some made at each half, for the worker of either. */
    private List<Long> loadBoth() throws Exception {
        var tasks = new ArrayList<Long>();
        for (var at : List.of(site.api(), other)) {
            for (var worker : List.of("w-here", "w-there")) {
                for (int n = 0; n < 6; n++) {
                    tasks.add(pinned(at, worker, 20));
                }
            }
        }
        return tasks;
    }

    private long pinned(Api at, String worker, int lines) throws Exception {
        var body =
                Map.of(
                        "projectKey", "counting",
                        "description", Integer.toString(lines),
                        "machineId", machine(worker));
        return Api.expect(201, at.post("/api/web/tasks", body)).get("id").longValue();
    }

    private String machine(String worker) throws Exception {
        return site.api().machines().stream()
                .filter(machine -> machine.get("name").textValue().equals(worker))
                .map(machine -> machine.get("id").textValue())
                .findFirst()
                .orElseThrow();
    }

    /** Made here, and run by the other coordinator's worker, for longer than anybody waits. */
    private long runningThere() throws Exception {
        var task = pinned(site.api(), "w-there", 1_000_000);
        Eventually.holds("it runs", LONG, () -> isRunning(task));
        return task;
    }

    private boolean isRunning(long task) throws Exception {
        var its = "MUSTER_TASK_ID=" + task + "\0";
        return site.stageProcesses().stream()
                .anyMatch(process -> process.environment().contains(its));
    }

    private void assertEndsWithin(Duration time, long task) throws Exception {
        assertThat(endsWithin(time, task)).as("it ends within " + time).isTrue();
    }

    /** Cancels it here; whether its processes are gone in that time. They are gone at last. */
    private boolean endsWithin(Duration time, long task) throws Exception {
        var asked = System.nanoTime();
        Api.expect(200, site.api().post("/api/web/tasks/" + task + "/cancel", "{}"));
        Eventually.holds("it is ended", LONG, () -> !isRunning(task));
        return System.nanoTime() - asked < time.toNanos();
    }

    private void awaitCoordinators(int count) throws Exception {
        Eventually.holds(
                "each half sees " + count,
                LONG,
                () ->
                        coordinators(hereAsMachine) == count
                                && coordinators(thereAsMachine) == count);
    }

    private static int coordinators(Api asMachine) throws Exception {
        var answer = Api.expect(200, asMachine.post("/api/workers/refresh-token", "{}"));
        return answer.get("cluster").get("members").size();
    }
}
