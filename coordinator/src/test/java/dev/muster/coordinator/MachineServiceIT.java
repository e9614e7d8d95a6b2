package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Verdict;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Machines that people take out of service, put back, and dismiss. */
class MachineServiceIT extends OneWorker {

    private static final Fact END = new Fact.StageEnded(2, 0, "only", true, 0, null);
    private static final Fact SUCCESS = new Fact.Succeeded(3, null);

    @BeforeAll
    static void start() {
        start(LeaseConfig.DEFAULT);
    }

    private String address(String what) {
        return "/api/web/machines/" + worker.machine + what;
    }

    @Test
    void aDrainedMachineFinishesWhatItRunsAndTakesNothingUntilItIsUndrained() {
        coordinator.task("shop");
        var lease = worker.running();

        var drained =
                coordinator
                        .post(address("/drain"), new JsonObject().put("reason", "a new disk"))
                        .expect(200)
                        .body();
        var next = coordinator.task("shop");

        assertThat(drained.getString("status")).isEqualTo("draining");
        assertThat(drained.getJsonObject("change").getString("reason")).isEqualTo("a new disk");
        assertThat(drained.getJsonObject("change").getString("by")).isEqualTo("admin");
        assertThat(worker.pull(UUID.randomUUID(), 1, 300, false)).isEmpty();
        assertThat(worker.report(lease, 2, END, SUCCESS)).isEqualTo(Verdict.ACCEPTED);
        assertThat(coordinator.status(lease.task())).isEqualTo("COMPLETED");

        // what is parked meanwhile is served at once
        var parked = worker.pullLater(UUID.randomUUID(), 1, 25_000, false);
        var back = coordinator.post(address("/undrain")).expect(200).body();

        assertThat(back.getString("status")).isEqualTo("online");
        assertThat(parked.timeout(10, TimeUnit.SECONDS).await())
                .extracting(assignment -> assignment.lease().task())
                .containsExactly(next);
        assertThat(coordinator.get(address("")).expect(200).body().getJsonObject("change"))
                .isEqualTo(back.getJsonObject("change"));
        assertThat(acts()).containsExactly("admin machine.drain", "admin machine.undrain");
    }

    @Test
    void aMachineIsDrainedEachTimeItsDiskFillsUpAndOnlyByAPersonUndrained() {
        worker.heartbeat(new Load(0.1, 0.1, 0.9));
        assertThat(machine().getString("status")).isEqualTo("online");

        worker.heartbeat(new Load(0.1, 0.1, 0.934));
        worker.heartbeat(new Load(0.1, 0.1, 0.99));

        var waits = coordinator.task("shop");
        assertThat(machine().getString("status")).isEqualTo("draining");
        assertThat(machine().getJsonObject("change").getString("reason"))
                .isEqualTo("Its disk is 93 % full.");
        assertThat(machine().getJsonObject("change").containsKey("by")).isFalse();
        assertThat(fullDisks()).isEqualTo(1);
        assertThat(
                        coordinator
                                .get("/api/web/tasks/" + waits + "/explain")
                                .expect(200)
                                .body()
                                .encode())
                .contains("Why: Its disk is 93 % full.");
        worker.heartbeat(new Load(0.1, 0.1, 0.2));
        assertThat(machine().getString("status")).isEqualTo("draining");

        // still full: an operator's word counts; full anew: it does not
        worker.heartbeat(new Load(0.1, 0.1, 0.95));
        assertThat(machine().getJsonObject("change").getString("reason"))
                .isEqualTo("Its disk is 95 % full.");
        coordinator.post(address("/undrain")).expect(200);
        worker.heartbeat(new Load(0.1, 0.1, 0.97));
        assertThat(machine().getString("status")).isEqualTo("online");
        worker.heartbeat(new Load(0.1, 0.1, 0.5));
        worker.heartbeat(new Load(0.1, 0.1, 0.97));
        assertThat(machine().getString("status")).isEqualTo("draining");
        assertThat(fullDisks()).isEqualTo(3);

        // a person's drain keeps its reason
        worker.heartbeat(new Load(0.1, 0.1, 0.5));
        coordinator.post(address("/drain"), new JsonObject().put("reason", "mine")).expect(200);
        coordinator.post(address("/drain")).expect(200);
        worker.heartbeat(new Load(0.1, 0.1, 0.97));
        assertThat(machine().getJsonObject("change").getString("reason")).isEqualTo("mine");
        assertThat(fullDisks()).isEqualTo(3);
        coordinator.post(address("/undrain")).expect(200);
        worker.heartbeat(new Load(0.1, 0.1, 0.97));
        assertThat(machine().getString("status")).isEqualTo("draining");
    }

    @Test
    void aDiskIsFullByWhatIsSetNowAndToldOnce() {
        diskThreshold(0.8);
        worker.heartbeat(new Load(0.1, 0.1, 0.85));
        worker.heartbeat(new Load(0.1, 0.1, 0.85));
        assertThat(machine().getString("status")).isEqualTo("draining");
        assertThat(fullDisks()).isEqualTo(1);
        coordinator.post(address("/undrain")).expect(200);
        worker.heartbeat(new Load(0.1, 0.1, 0.85));
        assertThat(machine().getString("status")).isEqualTo("online");

        // with room by what is set, though not by what was
        diskThreshold(0.95);
        worker.heartbeat(new Load(0.1, 0.1, 0.92));
        worker.heartbeat(new Load(0.1, 0.1, 0.97));
        assertThat(machine().getString("status")).isEqualTo("draining");
        diskThreshold(null);
    }

    private static void diskThreshold(@Nullable Double share) {
        var set = new JsonObject().put("presence.diskThreshold", share);
        coordinator.put("/api/admin/settings", new JsonObject().put("settings", set)).expect(200);
    }

    @Test
    void anAdminPutsAMachineIntoServiceAndOutOfIt() {
        var admin = "/api/admin/machines/" + worker.machine;

        var drained = coordinator.put(admin, status("draining").put("reason", "mine")).expect(200);
        assertThat(drained.body().getString("status")).isEqualTo("draining");
        assertThat(drained.body().getJsonObject("change").getString("reason")).isEqualTo("mine");
        assertThat(coordinator.put(admin, new JsonObject()).expect(200).body())
                .isEqualTo(drained.body());
        assertThat(coordinator.put(admin, status("online")).expect(200).body().getString("status"))
                .isEqualTo("online");
        assertThat(coordinator.put(admin, status("offline")).expect(400).pointers())
                .containsOnly("/status");
        coordinator.put(admin, status("decommissioned").put("reason", "old")).expect(200);
        coordinator.put(admin, status("online")).expect(409);
        coordinator.put(admin, status("decommissioned")).expect(200);
        coordinator.put("/api/admin/machines/" + UUID.randomUUID(), status("online")).expect(404);
        assertThat(acts())
                .containsExactly(
                        "admin machine.drain",
                        "admin machine.undrain",
                        "admin machine.decommission");
    }

    private static JsonObject status(String word) {
        return new JsonObject().put("status", word);
    }

    @Test
    void aMachinesTasksAreShownToWhoMaySeeThem() {
        coordinator.project("other", "true");
        var first = coordinator.task("shop");
        var ended = worker.running();
        worker.report(ended, 2, END, SUCCESS);
        var second = coordinator.task("other");
        worker.running();
        var waits = coordinator.task("shop");
        var lead = coordinator.person("lead-" + waits, "lead", "shop", "member");
        var developer = coordinator.person("dev-" + waits, "developer", "shop", "member");

        assertThat(ids(coordinator.get(address("/tasks")))).containsExactly(second, first);
        assertThat(ids(coordinator.get(address("/tasks?status=COMPLETED")))).containsExactly(first);
        var page = coordinator.get(address("/tasks?limit=1"));
        assertThat(ids(page)).containsExactly(second);
        assertThat(page.headers().firstValue("Link").orElseThrow()).contains("offset=1");
        assertThat(ids(coordinator.get(address("/tasks?limit=1&offset=1")))).containsExactly(first);
        // a lead sees all machines, and the tasks of own projects
        assertThat(ids(coordinator.getAs(lead, address("/tasks")))).containsExactly(first);
        coordinator.getAs(developer, address("/tasks")).expect(403);
        coordinator.get("/api/web/machines/" + UUID.randomUUID() + "/tasks").expect(404);
    }

    private static List<Long> ids(CoordinatorFixture.Response list) {
        return list.expect(200).body().getJsonArray("items").stream()
                .map(item -> ((JsonObject) item).getLong("id"))
                .toList();
    }

    @Test
    void anyoneMayAskHowManyWorkersAreConnectedAndNoMore() {
        var online =
                "select count(*) from presence p join machine m on m.id = p.machine_id where"
                        + " p.seen_at > now() - interval '15 s' and m.status <> 'decommissioned'";
        Await.until(
                "as many are counted as there are",
                () ->
                        coordinator
                                .getAs("nobody", "/api/workers/healthz")
                                .expect(200)
                                .body()
                                .equals(
                                        new JsonObject()
                                                .put("status", "ok")
                                                .put(
                                                        "workers",
                                                        Integer.valueOf(
                                                                coordinator
                                                                        .sql(online)
                                                                        .getFirst()))));
        assertThat(Integer.parseInt(coordinator.sql(online).getFirst())).isPositive();
    }

    private JsonObject machine() {
        return coordinator.get(address("")).expect(200).body();
    }

    private List<String> acts() {
        return coordinator.sql(
                "select actor_name || ' ' || action from audit_entry where target_id = '%s' and actor_kind = 'person' order by id"
                        .formatted(worker.machine));
    }

    private int fullDisks() {
        return coordinator
                .sql(
                        "select 1 from incident where type = 'disk_full' and data ->> 'machineId' ="
                                + " '"
                                + worker.machine
                                + "'")
                .size();
    }

    @Test
    void aDecommissionedMachineLosesItsTasksAtOnceAndForGood() {
        coordinator.task("shop");
        var runs = worker.running();
        var granted = coordinator.task("shop");
        worker.pull(1);

        coordinator.delete("/api/admin/machines/" + worker.machine).expect(204);

        assertThat(coordinator.status(runs.task())).isEqualTo("FAILED");
        assertThat(coordinator.task(runs.task()).getString("reason"))
                .isEqualTo("machine_decommissioned");
        assertThat(coordinator.status(granted)).isEqualTo("QUEUED");
        assertThat(worker.report(runs, 2, END, SUCCESS)).isEqualTo(Verdict.STALE);
        assertThat(
                        worker.refusalOf(
                                Addresses.HELLO,
                                worker.helloMessage(List.of(), List.of()),
                                worker.token))
                .isEqualTo(Addresses.REPLACED);
        assertThat(coordinator.get(address("")).expect(200).body().getString("status"))
                .isEqualTo("decommissioned");
        coordinator.post(address("/undrain")).expect(409);
        coordinator.post(address("/drain")).expect(409);
        coordinator.delete("/api/admin/machines/" + worker.machine).expect(204);
    }

    @Test
    void whatWaitsToGoOnAtADecommissionedMachineBeginsAnewElsewhere() {
        var task = coordinator.task("shop");
        var failed = worker.running();
        worker.report(failed, 2, new Fact.Failed(2, "stage_failed", "no", null));
        var pinned =
                coordinator
                        .post(
                                "/api/web/tasks",
                                new JsonObject()
                                        .put("projectKey", "shop")
                                        .put("description", "here only")
                                        .put("machineId", worker.machine.toString()))
                        .expect(201)
                        .body()
                        .getLong("id");
        coordinator
                .post("/api/web/tasks/" + task + "/retry", new JsonObject().put("fromStage", 0))
                .expect(200);

        coordinator.delete("/api/admin/machines/" + worker.machine).expect(204);

        assertThat(coordinator.status(task)).isEqualTo("QUEUED");
        assertThat(coordinator.task(task).containsKey("fromStage")).isFalse();
        var events = "/api/web/tasks/" + task + "/events?type=begins_anew";
        assertThat(coordinator.get(events).expect(200).body().getJsonArray("items")).hasSize(1);
        bus.heartbeat();
        var next = bus.pull(1).getFirst();
        assertThat(next.lease().task()).isEqualTo(task);
        assertThat(next.continues()).isNull();
        // what its person meant for this machine alone says so, and can be cancelled
        var why = coordinator.get("/api/web/tasks/" + pinned + "/explain").expect(200).body();
        assertThat(why.getString("summary")).contains("which was decommissioned");
        coordinator.cancel(pinned).expect(200);
    }

    @Test
    void whatIsNoMachineIsRefused() {
        var nobody = UUID.randomUUID();
        coordinator.get("/api/web/machines/" + nobody).expect(404);
        coordinator.post("/api/web/machines/" + nobody + "/drain").expect(404);
        coordinator.post("/api/web/machines/" + nobody + "/undrain").expect(404);
        coordinator.delete("/api/admin/machines/" + nobody).expect(404);
        coordinator.get("/api/web/machines/1-2-3-4-5").expect(404);
        assertThat(
                        coordinator
                                .post(address("/drain"), new JsonObject().put("reason", ""))
                                .expect(400)
                                .pointers())
                .containsOnly("/reason");
        coordinator.post(address("/drain"), new JsonObject().put("reason", "a\0b")).expect(400);
    }
}
