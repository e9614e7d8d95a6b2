package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What people are told of, see at a glance and find, and what of it is hidden from whom. */
class OverviewIT extends OneWorker {

    private static final String NOTIFICATIONS = "/api/web/notifications";

    private static String member;
    private static String maintainer;
    private static String lead;
    private static String stranger;

    @BeforeAll
    static void start() {
        start(LeaseConfig.DEFAULT);
        coordinator.project("asks", new JsonObject().put("input", true));
        coordinator.project("other", "true");
        member = coordinator.person("mia", "developer", "asks", "member");
        maintainer = coordinator.person("max", "developer", "asks", "maintainer");
        lead = coordinator.person("lea", "lead", "asks", "member");
        stranger = coordinator.person("sam", "developer", "other", "member");
    }

    private static List<JsonObject> items(CoordinatorFixture.Response response) {
        return response.expect(200).body().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static List<JsonObject> told(String token) {
        return items(coordinator.getAs(token, NOTIFICATIONS + "?limit=200"));
    }

    /** What somebody was told of a task, newest first. */
    private static List<String> told(String token, long task) {
        return told(token).stream()
                .filter(one -> one.getLong("taskId", 0L) == task)
                .map(one -> one.getString("kind"))
                .toList();
    }

    private static long unread(String token) {
        return coordinator.getAs(token, NOTIFICATIONS).expect(200).body().getLong("unread");
    }

    private long taskOf(String token, String description) {
        var wanted = new JsonObject().put("projectKey", "asks").put("description", description);
        return coordinator.postAs(token, "/api/web/tasks", wanted).expect(201).body().getLong("id");
    }

    private LeaseRef waiting() {
        var lease = worker.pull(1).getFirst().lease();
        worker.report(lease, 1, new Fact.GateOpened(1, 0, "only", null));
        return lease;
    }

    @Test
    void aGateIsToldToItsCreatorAndToMaintainersAndAnEndToItsCreatorOnly() {
        var task = taskOf(member, "ask me");

        var lease = waiting();

        assertThat(told(member, task)).containsExactly("gate_opened");
        assertThat(told(maintainer, task)).containsExactly("gate_opened");
        assertThat(told(lead, task)).isEmpty();
        assertThat(told(stranger, task)).isEmpty();
        worker.report(lease, 2, new Fact.Failed(2, "exit", "It broke.", null));
        assertThat(told(member, task)).containsExactly("task_failed", "gate_opened");
        assertThat(told(maintainer, task)).containsExactly("gate_opened");
        var newest = told(member).getFirst();
        assertThat(newest.getString("projectKey")).isEqualTo("asks");
        assertThat(newest.getString("text")).isEqualTo("Task #" + task + " failed (exit).");
    }

    @Test
    void whoCancelsIsNotToldOfItAndTheCreatorIs() {
        var own = taskOf(member, "mine");
        var others = taskOf(member, "yours");

        coordinator.postAs(member, "/api/web/tasks/" + own + "/cancel").expect(200);
        coordinator.cancel(others).expect(200);

        assertThat(told(member, own)).isEmpty();
        assertThat(told(member, others)).containsExactly("task_cancelled");
        assertThat(told(member).getFirst().getString("text")).endsWith("was cancelled by admin.");
    }

    @Test
    void whatIsReadStaysReadAndNobodyReadsForAnother() {
        coordinator.cancel(taskOf(maintainer, "one")).expect(200);
        coordinator.cancel(taskOf(maintainer, "two")).expect(200);
        var before = unread(maintainer);
        var newest = told(maintainer).getFirst().getLong("id");
        var read = NOTIFICATIONS + "/" + newest + "/read";

        coordinator.postAs(member, read).expect(404);
        coordinator.postAs(maintainer, read).expect(204);
        coordinator.postAs(maintainer, read).expect(204);

        assertThat(unread(maintainer)).isEqualTo(before - 1);
        assertThat(items(coordinator.getAs(maintainer, NOTIFICATIONS + "?unread=true")))
                .noneMatch(one -> one.getLong("id").equals(newest));
        var all = coordinator.postAs(maintainer, NOTIFICATIONS + "/read-all").expect(200);
        assertThat(all.body().getLong("count")).isEqualTo(before - 1);
        assertThat(unread(maintainer)).isZero();
    }

    @Test
    void theCursorWalksThroughAllOnce() {
        for (int i = 0; i < 5; i++) {
            coordinator.cancel(taskOf(member, "walk " + i)).expect(200);
        }
        var all = told(member).stream().map(one -> one.getLong("id")).toList();
        var walked = new java.util.ArrayList<Long>();

        var page = coordinator.getAs(member, NOTIFICATIONS + "?limit=2").expect(200).body();
        while (true) {
            for (var one : page.getJsonArray("items")) {
                walked.add(((JsonObject) one).getLong("id"));
            }
            var next = page.getLong("nextCursor");
            if (next == null) {
                break;
            }
            page =
                    coordinator
                            .getAs(member, NOTIFICATIONS + "?limit=2&cursor=" + next)
                            .expect(200)
                            .body();
        }

        assertThat(walked).isEqualTo(all);
    }

    @Test
    void whoLeftAProjectIsToldNothingOfItAnyMore() {
        var left = coordinator.person("lou", "developer", "asks", "member");
        coordinator.cancel(taskOf(left, "before I leave")).expect(200);
        assertThat(unread(left)).isEqualTo(1);

        coordinator.execute(
                "delete from project_member m using developer d where d.id = m.developer_id and"
                        + " d.name = 'lou'");

        assertThat(told(left)).isEmpty();
        assertThat(unread(left)).isZero();
    }

    @Test
    void aMachineDrainedForItsDiskIsToldToLeadsAndAdmins() {
        worker.heartbeat(new Load(0.1, 0.1, 0.99));

        Await.until(
                "the lead is told",
                () -> told(lead).stream().anyMatch(one -> isDrained(one, worker)));
        assertThat(items(coordinator.get(NOTIFICATIONS))).anyMatch(one -> isDrained(one, worker));
        assertThat(told(member)).noneMatch(one -> isDrained(one, worker));
    }

    private static boolean isDrained(JsonObject one, FakeWorker worker) {
        return one.getString("kind").equals("machine_drained")
                && one.getString("machineId").equals(worker.machine.toString());
    }

    @Test
    void whatAnAdminMakesOfAnAccountIsToldToItsOwnerAndToNobodyElse() {
        coordinator.person("ada", "developer", "asks", "member");
        coordinator.execute(
                "insert into totp (developer_id, secret, confirmed_at) select id, '\\x00', now()"
                        + " from developer where name = 'ada'");
        var id = coordinator.sql("select id::text from developer where name = 'ada'").getFirst();
        var account = "/api/admin/developers/" + id;
        var told =
                "select data - 'by' || jsonb_build_object('by', data #>> '{by,name}') from"
                        + " notification where kind = 'account_changed' and developer_id = "
                        + id
                        + " order by id";
        var before = told(member).size() + told(maintainer).size();

        coordinator.put(account, new JsonObject().put("gitName", "Ada")).expect(200);
        coordinator
                .put(account, new JsonObject().put("role", "lead").put("resetPassword", true))
                .expect(200);
        coordinator.put(account, new JsonObject().put("disabled", true)).expect(200);
        coordinator.put(account, new JsonObject().put("disabled", true)).expect(200);
        coordinator.put(account, new JsonObject().put("disabled", false)).expect(200);
        coordinator.put(account + "/reset-totp", new JsonObject()).expect(204);

        assertThat(coordinator.sql(told))
                .containsExactly(
                        "{\"by\": \"admin\", \"role\": \"lead\", \"passwordReset\": true}",
                        "{\"by\": \"admin\", \"disabled\": true}",
                        "{\"by\": \"admin\", \"disabled\": false}",
                        "{\"by\": \"admin\", \"totpReset\": true}");
        assertThat(told(member).size() + told(maintainer).size()).isEqualTo(before);
        // and nobody is told of what they did themselves
        var own = coordinator.sql("select id::text from developer where name = 'admin'").getFirst();
        var unread = items(coordinator.get(NOTIFICATIONS)).size();
        var second = coordinator.person("adi", "admin", "asks", "member");
        coordinator
                .put("/api/admin/developers/" + own, new JsonObject().put("role", "lead"))
                .expect(200);
        coordinator
                .putAs(
                        second,
                        "/api/admin/developers/" + own,
                        new JsonObject().put("role", "admin"))
                .expect(200);
        assertThat(items(coordinator.get(NOTIFICATIONS))).hasSize(unread + 1);
        assertThat(items(coordinator.get(NOTIFICATIONS)).getFirst().getString("text"))
                .isEqualTo("Your account was changed by adi: your role is admin.");
    }

    @Test
    void theDashboardCountsWhatTheCallerMaySee() {
        var mine = "/api/web/dashboard/stats";
        var before = coordinator.getAs(member, mine).expect(200).body();
        var strangers = coordinator.getAs(stranger, mine).expect(200).body();
        taskOf(member, "asked");
        waiting();
        var running = taskOf(member, "waits");

        var after = coordinator.getAs(member, mine).expect(200).body();

        assertThat(after.getLong("suspended")).isEqualTo(before.getLong("suspended") + 1);
        assertThat(after.getLong("queued")).isEqualTo(before.getLong("queued") + 1);
        assertThat(after.containsKey("machines")).isFalse();
        assertThat(coordinator.getAs(stranger, mine).body()).isEqualTo(strangers);
        assertThat(coordinator.getAs(lead, mine).body().getJsonObject("machines").getLong("total"))
                .isPositive();
        var recent = items(coordinator.getAs(member, "/api/web/dashboard/recent-tasks?limit=1"));
        assertThat(recent).extracting(one -> one.getLong("id")).containsExactly(running);
        assertThat(items(coordinator.getAs(stranger, "/api/web/dashboard/recent-tasks"))).isEmpty();
        coordinator.cancel(running).expect(200);
        var done = coordinator.task("other");
        var lease = worker.pull(1).getFirst().lease();
        assertThat(lease.task()).isEqualTo(done);
        worker.report(
                lease, 1, new Fact.StageStarted(1, 0, "only", null), new Fact.Succeeded(2, null));
        assertThat(coordinator.getAs(stranger, mine).body().getLong("completedToday"))
                .isEqualTo(strangers.getLong("completedToday") + 1);
        var activity = items(coordinator.getAs(stranger, "/api/web/dashboard/recent-activity"));
        assertThat(activity).allMatch(one -> one.getString("projectKey").equals("other"));
        assertThat(activity.getFirst().getJsonObject("data").getString("to"))
                .isEqualTo("COMPLETED");
    }

    private static JsonObject search(String token, String text) {
        var q = URLEncoder.encode(text, StandardCharsets.UTF_8);
        return coordinator.getAs(token, "/api/web/search?q=" + q).expect(200).body();
    }

    private static List<Long> found(String token, String text) {
        return search(token, text).getJsonArray("tasks").stream()
                .map(one -> ((JsonObject) one).getLong("id"))
                .toList();
    }

    @Test
    void searchingFindsWordsNumbersAndNamesThatTheCallerMaySee() {
        var basket = taskOf(member, "Make the Zanzibar basket survive a reload");
        var other = taskOf(member, "zanzibar again, and a zanzibar more");

        assertThat(found(member, "zanzibar")).containsExactlyInAnyOrder(basket, other);
        assertThat(found(member, "reload zanzi")).containsExactly(basket);
        assertThat(found(member, "#" + basket)).first().isEqualTo(basket);
        assertThat(found(stranger, "zanzibar")).isEmpty();
        assertThat(found(stranger, "#" + basket)).isEmpty();
        assertThat(search(stranger, "oth").getJsonArray("projects"))
                .isEqualTo(
                        new JsonArray()
                                .add(new JsonObject().put("key", "other").put("name", "other")));
        assertThat(search(stranger, "ask").getJsonArray("projects")).isEmpty();
        assertThat(search(member, "machine").containsKey("machines")).isFalse();
        assertThat(search(lead, "machine-" + worker.machine).getJsonArray("machines")).hasSize(1);
    }

    @Test
    void whateverIsTypedIsText() {
        for (var text :
                List.of(
                        "'",
                        "a & | !b",
                        "((",
                        ":*",
                        "foo:*bar <-> x",
                        "%",
                        "_",
                        "\\",
                        "\"",
                        "🙂")) {
            search(member, text);
        }
        coordinator.getAs(member, "/api/web/search?q=" + "x".repeat(201)).expect(400);
        coordinator.getAs(member, "/api/web/search?q=%00").expect(400);
        coordinator.getAs(member, "/api/web/search?q=%20").expect(400);
        coordinator.getAs(member, "/api/web/search").expect(400);
    }
}
