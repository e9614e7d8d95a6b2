package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

/** A task's way from a person to a worker and back, over the real HTTP API, bus and database. */
class TaskLifeIT {

    private CoordinatorFixture coordinator;
    private FakeWorker worker;

    @BeforeEach
    void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        worker = FakeWorker.enrolled(coordinator);
        coordinator.project("shop", "true");
    }

    @AfterEach
    void stop() {
        worker.close();
        coordinator.close();
    }

    @Test
    void aTaskRunsFromCreationToCompletionWithItsEventsAndLog() {
        var id = coordinator.task("shop");

        var assignment = worker.pull(1).getFirst();
        var lease = assignment.lease();
        assertThat(coordinator.task(id).getString("status")).isEqualTo("ASSIGNED");
        assertThat(worker.report(lease, 1, new Fact.StageStarted(1, 0, "only", null)))
                .isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.task(id).getString("status")).isEqualTo("RUNNING");
        worker.append(lease, 0, "one\r\ntwo\nthr".getBytes(StandardCharsets.UTF_8));
        worker.append(lease, 12, "ee\n".getBytes(StandardCharsets.UTF_8));
        assertThat(
                        worker.report(
                                lease,
                                2,
                                new Fact.StageEnded(2, 0, "only", true, 0, null),
                                new Fact.Succeeded(3, null)))
                .isEqualTo(Verdict.ACCEPTED);

        assertThat(assignment.description()).isEqualTo("do it");
        assertThat(coordinator.task(id).getString("status")).isEqualTo("COMPLETED");
        assertThat(coordinator.eventTypes(id))
                .containsExactly(
                        ">QUEUED",
                        "QUEUED>ASSIGNED",
                        "ASSIGNED>RUNNING",
                        "only started",
                        "only completed",
                        "RUNNING>COMPLETED");
        var lines = coordinator.get("/api/web/tasks/" + id + "/logs").expect(200).body();
        assertThat(
                        lines.getJsonArray("items").stream()
                                .map(line -> ((JsonObject) line).getString("text")))
                .containsExactly("one", "two", "three");
    }
}
