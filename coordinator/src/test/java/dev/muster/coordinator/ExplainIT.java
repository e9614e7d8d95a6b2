package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Pause;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/** Why a task waits, in words, and which can only wait in vain. */
class ExplainIT {

    private static CoordinatorFixture coordinator;
    private static FakeWorker bus;
    private FakeWorker worker;
    private String shop;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        bus = FakeWorker.enrolled(coordinator);
        forgetMachines();
    }

    @AfterAll
    static void stop() {
        bus.close();
        coordinator.close();
    }

    @BeforeEach
    void enrol() {
        worker = bus.neighbour(coordinator);
        shop = project();
    }

    /** What is explained is all there is: nothing of another test's. */
    @AfterEach
    void tidy() {
        worker.close();
        coordinator.cancelAll().forEach(said -> said.expect(200));
        assertThat(coordinator.contradictions()).isEmpty();
        forgetMachines();
    }

    private static void forgetMachines() {
        coordinator.execute("update machine set status = 'decommissioned'");
    }

    private static String project() {
        var key = "p" + UUID.randomUUID().toString().substring(0, 8);
        coordinator.project(key, "true");
        return key;
    }

    /** What it says is what dispatch does: the machine without a reason is given the task. */
    @Test
    void everyMachineIsNamedWithItsReasonsAndTheOneWithoutIsGivenTheTask() {
        var draining = worker.neighbour(coordinator);
        coordinator.execute(
                "update machine set status = 'draining' where id = '" + draining.machine + "'");
        var busy = worker.neighbour(coordinator);
        busy.heartbeat(new Load(0.93, 0.25, 0.1));
        var silent = worker.neighbour(coordinator);
        coordinator.execute(
                "update presence set seen_at = now() - interval '10 min' where machine_id = '"
                        + silent.machine
                        + "'");
        var other = worker.neighbour(coordinator);
        other.capabilities = List.of("claude");
        other.hello();
        var id = coordinator.task(shop);

        var explained = explain(id);
        assertThat(explained.getString("status")).isEqualTo("QUEUED");
        assertThat(explained.getString("summary"))
                .isEqualTo("It is number 1 in line, and 1 machine may run it.");
        assertThat(reasons(explained, worker)).isEmpty();
        assertThat(reasons(explained, draining)).containsExactly("draining");
        assertThat(reasons(explained, busy)).containsExactly("overloaded");
        assertThat(reasons(explained, silent)).containsExactly("offline");
        assertThat(reasons(explained, other)).containsExactly("no_agent");
        assertThat(explained.encode())
                .contains("processors 93 %, memory 25 % in use, and from 85 %")
                .contains("not heard of for 10 min");

        for (var refused : List.of(draining, busy, other)) {
            assertThat(refused.pull(UUID.randomUUID(), 4, 200, false)).isEmpty();
        }
        assertThat(worker.pull(4)).hasSize(1);
        assertThat(explain(id).getString("summary"))
                .isEqualTo("It was given to machine-" + worker.machine + ", which prepares it.");
        List.of(draining, busy, silent, other).forEach(FakeWorker::close);
    }

    /** What it said of itself counts until it says otherwise, or asks. */
    @Test
    void aMachineThatAsksForNothingIsNamedWithWhy() {
        var full = worker.neighbour(coordinator);
        worker.heartbeat(Pause.STOPPING);
        full.heartbeat(Pause.DISK);
        var id = coordinator.task(shop);

        var explained = explain(id);

        assertThat(explained.getString("summary"))
                .isEqualTo("No machine may run it now: 2 not asking for work.");
        assertThat(reasons(explained, worker)).containsExactly("not_asking");
        assertThat(reasons(explained, full)).containsExactly("not_asking");
        assertThat(explained.encode())
                .contains("asks for no work: its worker is stopping.")
                .contains("asks for no work: its disk has no room for another workspace.");

        full.heartbeat();
        assertThat(reasons(explain(id), full)).isEmpty();
        assertThat(worker.pull(1)).hasSize(1);
        full.close();
    }

    @Test
    void fullMachinesAndFullProjectsAreNamed() {
        coordinator.execute("update project set concurrency = 4 where key = '" + shop + "'");
        for (int i = 0; i < 5; i++) {
            coordinator.task(shop);
        }
        worker.pull(4);
        var waiting = coordinator.sql("select task_id from queue").getFirst();

        var explained = explain(Long.parseLong(waiting));

        assertThat(reasons(explained, worker)).containsExactly("no_slot", "project_limit");
        assertThat(explained.getString("summary"))
                .isEqualTo("The project runs as many tasks at once as it may: 4.");
    }

    @Test
    void aPlaceInLineGoesByPriorityAndAge() {
        coordinator.task(shop);
        var other = project();
        coordinator.task(wanted(other).put("priority", 9));
        var id = coordinator.task(shop);
        coordinator.task(other);
        coordinator.task(wanted(other).put("machineId", worker.machine.toString()));
        coordinator.task(wanted(shop).put("priority", -9));

        assertThat(explain(id).getInteger("position")).isEqualTo(3);

        var pinned = wanted(shop).put("machineId", worker.machine.toString());
        assertThat(explain(coordinator.task(pinned)).getInteger("position")).isEqualTo(2);
    }

    /** Projects take turns, whoever queued how much, and what waits long rises. */
    @Test
    void tasksAreGivenInTheOrderOfTheirPlaces() {
        var waiting = new ArrayList<Long>();
        for (int i = 0; i < 4; i++) {
            waiting.add(coordinator.task(shop));
        }
        var second = project();
        waiting.add(coordinator.task(second));
        waiting.add(coordinator.task(second));
        var third = project();
        waiting.add(coordinator.task(wanted(third).put("priority", 3)));
        waiting.add(coordinator.task(wanted(third).put("priority", -1)));
        coordinator.execute(
                "update queue set enqueued_at = now() - interval '7 days' where task_id = "
                        + waiting.get(2));
        var places = new TreeMap<Integer, Long>();
        waiting.forEach(id -> places.put(explain(id).getInteger("position"), id));

        var given = new ArrayList<Long>();
        for (int i = 0; i < waiting.size(); i++) {
            var lease = worker.pull(1).getFirst().lease();
            given.add(lease.task());
            worker.report(
                    lease,
                    1,
                    new Fact.StageStarted(1, 0, "only", null),
                    new Fact.Succeeded(2, null));
        }

        assertThat(places.keySet()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(given).containsExactlyElementsOf(places.values());
    }

    @Test
    void aTaskThatNoMachineCouldEverRunIsFlaggedOnceByAllCoordinatorsTogether() {
        try (var another = coordinator.another()) {
            assertThat(another.port()).isPositive();
            var gone = worker.neighbour(coordinator);
            var pinned = coordinator.task(wanted(shop).put("machineId", gone.machine.toString()));
            coordinator.execute(
                    "update machine set status = 'decommissioned' where id = '"
                            + gone.machine
                            + "'");
            var impossible = coordinator.task(shop);
            coordinator.execute(
                    "update queue set agent_type = 'claude' where task_id = " + impossible);
            var possible = coordinator.task(shop);

            Await.until("both are flagged", () -> flagged(pinned) && flagged(impossible));

            assertThat(flagged(possible)).isFalse();
            assertThat(explain(impossible).getString("summary"))
                    .isEqualTo("It cannot run: no machine can drive 'claude'.");
            assertThat(explain(pinned).getString("summary"))
                    .isEqualTo(
                            "It cannot run: it waits for machine-"
                                    + gone.machine
                                    + ", which was decommissioned.");

            worker.capabilities = List.of("shell", "claude");
            worker.hello();
            Await.until("one is not any more", () -> !flagged(impossible));
            assertThat(flagged(pinned)).isTrue();
            assertThat(
                            coordinator.sql(
                                    "select task_id || ' ' || count(*) from event where type ="
                                            + " 'unrunnable' group by task_id order by task_id"))
                    .containsExactly(pinned + " 1", impossible + " 1");
            assertThat(worker.pull(4)).hasSize(2);
            gone.close();
        }
    }

    @Test
    void aTaskThatIsNotThereIsNotExplained() {
        assertThat(coordinator.get("/api/web/tasks/4711/explain").status()).isEqualTo(404);
    }

    /** A developer who is no member learns nothing; a member learns reasons, but no loads. */
    @Test
    void whoMayNotSeeTheTaskIsToldNothingAndDevelopersAreToldNoLoads() throws IOException {
        worker.heartbeat(new Load(0.93, 0.25, 0.1));
        var id = coordinator.task(shop);
        var token = developer();
        var path = "/api/web/tasks/" + id + "/explain";

        assertThat(coordinator.getAs(token, path).status()).isEqualTo(404);
        coordinator.execute(
                "insert into project_member (project_id, developer_id, role)"
                        + " select p.id, d.id, 'member' from project p, developer d"
                        + " where d.role = 'developer'");

        var told = coordinator.getAs(token, path).expect(200).body();
        assertThat(told.encode()).contains("The machine is too busy.").doesNotContain("93 %");
    }

    /** The access token of a developer, who has the first admin's password. */
    private String developer() throws IOException {
        coordinator.execute(
                "insert into developer (name, password_hash, role, git_name, git_email) select"
                        + " 'dev', password_hash, 'developer', 'n', 'e' from developer");
        var password = Files.readString(coordinator.data.resolve("admin-password")).strip();
        var body = new JsonObject().put("username", "dev").put("password", password);
        return coordinator
                .post("/api/auth/login", body)
                .expect(200)
                .body()
                .getString("accessToken");
    }

    private JsonObject explain(long id) {
        return coordinator.get("/api/web/tasks/" + id + "/explain").expect(200).body();
    }

    private boolean flagged(long id) {
        boolean flagged = coordinator.task(id).getBoolean("flagged", false);
        assertThat(explain(id).getString("status")).isEqualTo("QUEUED");
        return flagged;
    }

    private static JsonObject wanted(String project) {
        return new JsonObject().put("projectKey", project).put("description", "do it");
    }

    private static List<String> reasons(JsonObject explained, FakeWorker machine) {
        return explained.getJsonArray("machines").stream()
                .map(JsonObject.class::cast)
                .filter(one -> one.getString("machineId").equals(machine.machine.toString()))
                .flatMap(one -> one.getJsonArray("reasons").stream())
                .map(reason -> ((JsonObject) reason).getString("code"))
                .toList();
    }
}
