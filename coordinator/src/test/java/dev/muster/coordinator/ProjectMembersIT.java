package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.CoordinatorFixture.Response;
import dev.muster.coordinator.config.LeaseConfig;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Who may see, change and leave a project, and what of it stays whoever does so at once. */
class ProjectMembersIT {

    private static final int RACES = 15;

    private static CoordinatorFixture coordinator;
    private static String member;
    private static String maintainer;
    private static String stranger;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "make {description}");
        coordinator.project("elsewhere", "true");
        member = coordinator.person("mem", "lead", "shop", "member");
        maintainer = coordinator.person("mai", "developer", "shop", "maintainer");
        stranger = coordinator.person("str", "lead", "elsewhere", "member");
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @AfterEach
    void nothingIsLeftAndNothingContradictsItself() {
        coordinator.cancelAll();
        assertThat(coordinator.contradictions()).isEmpty();
        assertThat(
                        coordinator.sql(
                                "select deadlocks from pg_stat_database where datname ="
                                        + " current_database()"))
                .containsExactly("0");
    }

    @Test
    void membersLookMaintainersChangeAndStrangersSeeNothing() {
        var name = new JsonObject().put("name", "The shop");
        var add = new JsonObject().put("developerId", id("str"));
        var remove = "/api/web/projects/shop/members?developerId=" + id("mem");
        for (var token : List.of(stranger, member)) {
            int refusal = token.equals(stranger) ? 404 : 403;
            as(token, "PUT", "/api/web/projects/shop", name).expect(refusal);
            as(token, "GET", "/api/web/projects/shop/members", null).expect(refusal);
            as(token, "POST", "/api/web/projects/shop/members", add).expect(refusal);
            as(token, "DELETE", remove, null).expect(refusal);
            as(token, "GET", "/api/web/projects/-/developers", null).expect(403);
            as(token, "PUT", "/api/admin/projects/shop", name).expect(403);
        }
        as(stranger, "GET", "/api/web/projects/shop", null).expect(404);
        as(stranger, "GET", "/api/web/projects/no-such", null).expect(404);
        assertThat(
                        as(member, "GET", "/api/web/projects/shop", null)
                                .expect(200)
                                .body()
                                .getString("role"))
                .isEqualTo("member");
        assertThat(keys(stranger)).containsExactly("elsewhere");
        assertThat(keys(coordinator.accessToken())).contains("shop", "elsewhere");

        as(maintainer, "PUT", "/api/web/projects/shop", name).expect(200);
        var developers = as(maintainer, "GET", "/api/web/projects/-/developers", null).expect(200);
        assertThat(items(developers))
                .hasSizeGreaterThan(3)
                .allSatisfy(
                        one ->
                                assertThat(one.fieldNames())
                                        .containsExactlyInAnyOrder("id", "name"));
        assertThat(items(as(maintainer, "GET", "/api/web/projects/shop/members", null).expect(200)))
                .extracting(one -> one.getString("name") + " " + one.getString("role"))
                .contains("mem member", "mai maintainer");
    }

    @Test
    void whoIsRemovedIsOutAtOnceAndTheirTasksGoOn() {
        coordinator.project("left", "true");
        var boss = coordinator.person("boss", "developer", "left", "maintainer");
        var path = "/api/web/projects/left/members";
        var wanted = new JsonObject().put("developerId", id("str"));
        assertThat(as(boss, "POST", path, wanted).expect(201).body().getString("role"))
                .isEqualTo("member");
        var task =
                coordinator
                        .postAs(
                                stranger,
                                "/api/web/tasks",
                                new JsonObject().put("projectKey", "left").put("description", "d"))
                        .expect(201)
                        .body()
                        .getLong("id");

        as(boss, "DELETE", path + "?developerId=" + id("str"), null).expect(204);

        as(stranger, "GET", "/api/web/tasks/" + task, null).expect(404);
        as(stranger, "POST", "/api/web/tasks/" + task + "/cancel", null).expect(404);
        as(stranger, "GET", "/api/web/projects/left", null).expect(404);
        assertThat(
                        coordinator
                                .postAs(
                                        stranger,
                                        "/api/web/tasks",
                                        new JsonObject()
                                                .put("projectKey", "left")
                                                .put("description", "d"))
                                .expect(400)
                                .pointers())
                .containsExactly("/projectKey");
        assertThat(coordinator.status(task)).isEqualTo("QUEUED");
        as(boss, "DELETE", path + "?developerId=" + id("str"), null).expect(404);
        assertThat(audit("left"))
                .containsExactly(
                        "admin project.create",
                        "boss project.set_member",
                        "boss project.remove_member");
    }

    @Test
    void aRoleIsChangedByAddingAgainAndTheLastMaintainerStaysButForAdmins() {
        coordinator.project("ruled", "true");
        var boss = coordinator.person("ruler", "developer", "ruled", "maintainer");
        var path = "/api/web/projects/ruled/members";
        var self = new JsonObject().put("developerId", id("ruler"));
        // nobody is demoted by a request that names no role
        assertThat(as(boss, "POST", path, self).expect(200).body().getString("role"))
                .isEqualTo("maintainer");
        for (var refused :
                List.of(
                        as(boss, "POST", path, self.copy().put("role", "member")),
                        as(boss, "DELETE", path + "?developerId=" + id("ruler"), null))) {
            assertThat(refused.expect(409).body().getString("code")).isEqualTo("last_maintainer");
        }

        var other = new JsonObject().put("developerId", id("mem")).put("role", "maintainer");
        as(boss, "POST", path, other).expect(201);
        as(boss, "POST", path, self.copy().put("role", "member")).expect(200);
        as(boss, "POST", path, other).expect(403);

        as(member, "DELETE", path + "?developerId=" + id("mem"), null).expect(409);
        coordinator
                .delete("/api/admin/projects/ruled/members?developerId=" + id("mem"))
                .expect(204);
        assertThat(items(coordinator.get("/api/admin/projects/ruled/members").expect(200)))
                .extracting(one -> one.getString("name"))
                .containsExactly("ruler");
    }

    @Test
    void ofTwoMaintainersWhoRemoveEachOtherOneStays() {
        coordinator.project("duel", "true");
        var path = "/api/web/projects/duel/members?developerId=";
        var left = coordinator.person("left-one", "developer", "duel", "maintainer");
        var right = coordinator.person("right-one", "developer", "duel", "maintainer");
        long leftId = id("left-one");
        long rightId = id("right-one");
        for (int i = 0; i < RACES; i++) {
            for (var one : List.of(leftId, rightId)) {
                coordinator.post(
                        "/api/admin/projects/duel/members",
                        new JsonObject().put("developerId", one).put("role", "maintainer"));
            }
            var answers = new ConcurrentLinkedQueue<Integer>();

            Threads.all(
                    () -> answers.add(as(left, "DELETE", path + rightId, null).status()),
                    () -> answers.add(as(right, "DELETE", path + leftId, null).status()));

            // the other is no member any more, and cannot know
            assertThat(answers).containsExactlyInAnyOrder(204, 404);
        }
    }

    @Test
    void ofThoseWhoSawOneVersionOneChangesIt() {
        coordinator.project("edited", "true");
        for (int i = 0; i < RACES; i++) {
            var round = i;
            var tag =
                    coordinator
                            .get("/api/web/projects/edited")
                            .expect(200)
                            .headers()
                            .firstValue("ETag")
                            .orElseThrow();
            var answers = new ConcurrentLinkedQueue<Integer>();

            race(
                    4,
                    n ->
                            answers.add(
                                    put(
                                                    "edited",
                                                    new JsonObject()
                                                            .put(
                                                                    "name",
                                                                    "by " + n + " in " + round),
                                                    "If-Match",
                                                    tag)
                                            .status()));

            assertThat(answers).containsExactlyInAnyOrder(200, 412, 412, 412);
        }
        var now =
                put("edited", new JsonObject().put("name", "x"))
                        .expect(200)
                        .headers()
                        .firstValue("ETag");
        assertThat(
                        put(
                                        "edited",
                                        new JsonObject().put("name", "x"),
                                        "If-Match",
                                        now.orElseThrow())
                                .expect(200)
                                .headers()
                                .firstValue("ETag"))
                .as("what changes nothing makes no version")
                .isEqualTo(now);
        put("edited", new JsonObject().put("name", "y"), "If-Match", "3").expect(400);
        assertThat(
                        coordinator
                                .sendAs(
                                        coordinator.accessToken(),
                                        "DELETE",
                                        "/api/admin/projects/edited",
                                        null,
                                        "If-Match",
                                        "\"1\"")
                                .status())
                .isEqualTo(412);
        assertThat(audit("edited")).hasSize(1 + RACES + 1);
    }

    @Test
    void aTaskKeepsThePipelineAndTheAgentItWasMadeWith() {
        coordinator.project("moved", "make {description}");
        var id = coordinator.task("moved");
        var before = coordinator.task(id);
        put("moved", new JsonObject().put("agentType", "claude")).expect(200);
        put(
                        "moved",
                        new JsonObject()
                                .put("repoUrl", "https://git.example.com/a.git")
                                .put("agentType", "codex")
                                .put(
                                        "pipeline",
                                        stages(
                                                new JsonObject()
                                                        .put("command", "Do '{description}'.")
                                                        .put(
                                                                "env",
                                                                new JsonObject()
                                                                        .put("KEY", "hunter2")))))
                .expect(200);

        assertThat(coordinator.task(id).getJsonArray("pipeline"))
                .isEqualTo(before.getJsonArray("pipeline"));
        assertThat(coordinator.task(id).getString("agentType")).isEqualTo("shell");
        coordinator.cancel(id).expect(200);
        coordinator.retry(id).expect(200);
        assertThat(coordinator.sql("select agent_type from queue where task_id = " + id))
                .containsExactly("shell");
        assertThat(coordinator.task(coordinator.task("moved")).getString("agentType"))
                .isEqualTo("codex");
        assertThat(put("moved", new JsonObject().put("agentType", "shell")).expect(400).pointers())
                .containsExactly("/agentType");
        var told =
                coordinator
                        .sql(
                                "select data::text from audit_entry where action = 'project.update'"
                                        + " and target_id = 'moved' order by id desc limit 1")
                        .getFirst();
        assertThat(new JsonObject(told).getJsonObject("repoUrl").getString("to"))
                .isEqualTo("https://git.example.com/a.git");
        assertThat(told).contains("KEY").doesNotContain("hunter2");
    }

    @Test
    void aChangedLimitIsKeptFromTheNextGrantOn() throws Exception {
        coordinator.project("limited", "true");
        put("limited", new JsonObject().put("concurrency", 1)).expect(200);
        try (var worker = FakeWorker.enrolled(coordinator)) {
            var tasks = IntStream.range(0, 3).mapToObj(_ -> coordinator.task("limited")).toList();
            assertThat(worker.pull(3)).hasSize(1);
            var waiting = worker.pullLater(UUID.randomUUID(), 3, 20_000, false);

            put("limited", new JsonObject().put("concurrency", 2)).expect(200);

            assertThat(waiting.timeout(20, TimeUnit.SECONDS).await()).hasSize(1);
            put("limited", new JsonObject().putNull("concurrency")).expect(200);
            assertThat(worker.pull(3))
                    .extracting(one -> one.lease().task())
                    .containsExactly(tasks.getLast());
        }
    }

    @Test
    void aTaskIsCancelledByWhoMadeItMaintainersAndAdmins() {
        var ids = IntStream.range(0, 2).mapToObj(_ -> coordinator.task("shop")).toList();
        var path = "/api/web/tasks/" + ids.getFirst() + "/cancel";

        assertThat(as(member, "POST", path, null).expect(403).body().getString("code"))
                .isEqualTo("not_your_task");
        as(stranger, "POST", path, null).expect(404);
        assertThat(coordinator.status(ids.getFirst())).isEqualTo("QUEUED");
        as(maintainer, "POST", path, null).expect(200);
    }

    @Test
    void whatIsArchivedTakesNoTaskAndStaysToBeReadByAdmins() {
        coordinator.project("old", "true");
        var last = coordinator.person("last", "developer", "old", "maintainer");
        var id = coordinator.task("old");
        var path = "/api/admin/projects/old";
        assertThat(coordinator.delete(path).expect(409).body().getString("code"))
                .isEqualTo("project_busy");
        coordinator.cancel(id).expect(200);

        coordinator.delete(path).expect(204);

        as(last, "GET", "/api/web/projects/old", null).expect(404);
        as(last, "GET", "/api/web/tasks/" + id, null).expect(404);
        assertThat(coordinator.status(id)).isEqualTo("CANCELLED");
        assertThat(coordinator.get(path).expect(200).body().getString("archivedAt")).isNotNull();
        assertThat(keys(coordinator.accessToken())).doesNotContain("old");
        assertThat(items(coordinator.get("/api/admin/projects?archived=true")))
                .extracting(one -> one.getString("key"))
                .contains("old");
        for (var refused :
                List.of(
                        coordinator.retry(id),
                        coordinator.delete(path),
                        put("old", new JsonObject().put("name", "n")),
                        coordinator.post(
                                path + "/members",
                                new JsonObject().put("developerId", id("mem"))))) {
            assertThat(refused.expect(409).body().getString("code")).isEqualTo("project_archived");
        }
        coordinator
                .post(
                        "/api/web/tasks",
                        new JsonObject().put("projectKey", "old").put("description", "d"))
                .expect(400);
        assertThat(
                        coordinator
                                .post(
                                        "/api/admin/projects",
                                        new JsonObject().put("key", "old").put("name", "n"))
                                .expect(409)
                                .body()
                                .getString("code"))
                .isEqualTo("project_key_taken");
        assertThat(
                        coordinator.sql(
                                "select data -> 'members' -> 0 ->> 'role' from audit_entry where"
                                        + " action = 'project.archive' and target_id = 'old'"))
                .containsExactly("maintainer");
    }

    @Test
    void ofArchivingAndANewTaskOneWins() {
        for (int i = 0; i < RACES; i++) {
            var key = "raced-" + i;
            coordinator.project(key, "true");
            var retried = coordinator.task(key);
            coordinator.cancel(retried).expect(200);
            Queue<Integer> archived = new ConcurrentLinkedQueue<>();
            Queue<Integer> made = new ConcurrentLinkedQueue<>();

            Threads.all(
                    () -> archived.add(coordinator.delete("/api/admin/projects/" + key).status()),
                    () ->
                            made.add(
                                    coordinator
                                            .post(
                                                    "/api/web/tasks",
                                                    new JsonObject()
                                                            .put("projectKey", key)
                                                            .put("description", "d"))
                                            .status()),
                    () -> made.add(coordinator.retry(retried).status()));

            var unfinished =
                    coordinator.sql(
                            "select t.id from task t join project p on p.id = t.project_id where"
                                    + " p.key = '"
                                    + key
                                    + "' and t.ended_at is null");
            if (archived.contains(204)) {
                assertThat(made).containsExactlyInAnyOrder(400, 409);
                assertThat(unfinished).isEmpty();
            } else {
                assertThat(archived).containsExactly(409);
                assertThat(unfinished).isNotEmpty();
            }
        }
    }

    @Test
    void nobodySendsMoreThanIsTheirs() {
        var members = "/api/web/projects/shop/members";
        var rows =
                coordinator.sql(
                        "select p::text from project p union all select m::text from project_member"
                                + " m");
        for (var field :
                List.of(
                        "id",
                        "key",
                        "role",
                        "version",
                        "createdAt",
                        "createdBy",
                        "archivedAt",
                        "pipelineId",
                        "members",
                        "owner",
                        "name2",
                        "Name",
                        "__proto__")) {
            var extra = new JsonObject().put(field, 1);
            assertRefused(
                    field,
                    as(maintainer, "PUT", "/api/web/projects/shop", extra.copy().put("name", "n")));
            assertRefused(field, put("shop", extra.copy().put("concurrency", 1)));
            if (!field.equals("role")) {
                assertRefused(
                        field,
                        as(
                                maintainer,
                                "POST",
                                members,
                                extra.copy().put("developerId", id("str"))));
            }
            if (!field.equals("key")) {
                assertRefused(
                        field,
                        coordinator.post(
                                "/api/admin/projects",
                                extra.copy().put("key", "more").put("name", "n")));
            }
        }
        for (var body :
                List.of(
                        "{'role': 'admin'}",
                        "{'role': 'owner'}",
                        "{'role': null}",
                        "{'developerId': '1'}",
                        "{'developerId': 0}",
                        "{'developerId': 1.5}",
                        "{'developerId': null}")) {
            var wanted =
                    new JsonObject()
                            .put("developerId", id("str"))
                            .mergeIn(new JsonObject(body.replace('\'', '"')));
            as(maintainer, "POST", members, wanted).expect(400);
        }
        as(maintainer, "POST", members, new JsonObject().put("developerId", 9_000_000)).expect(400);
        as(maintainer, "PUT", "/api/web/projects/shop", new JsonObject()).expect(400);
        as(maintainer, "PUT", "/api/web/projects/shop", new JsonObject().putNull("name"))
                .expect(400);
        for (var query :
                List.of(
                        "",
                        "?developerId=",
                        "?developerId=x",
                        "?developerId=1&developerId=2",
                        "?developerId=1&all=true")) {
            as(maintainer, "DELETE", members + query, null).expect(400);
        }
        assertThat(
                        coordinator.sql(
                                "select p::text from project p union all select m::text from"
                                        + " project_member m"))
                .isEqualTo(rows);
    }

    private static void assertRefused(String field, Response response) {
        assertThat(response.expect(400).pointers())
                .as(field)
                .anyMatch(pointer -> pointer.equals("/" + field));
    }

    private static void race(int howMany, IntConsumer work) {
        Threads.all(
                IntStream.range(0, howMany)
                        .mapToObj(n -> (Runnable) () -> work.accept(n))
                        .toArray(Runnable[]::new));
    }

    private static Response as(
            String token, String method, String path, @Nullable JsonObject body) {
        return coordinator.sendAs(token, method, path, body);
    }

    private static Response put(String project, JsonObject body, String... headers) {
        return coordinator.sendAs(
                coordinator.accessToken(), "PUT", "/api/admin/projects/" + project, body, headers);
    }

    private static JsonArray stages(JsonObject fields) {
        return new JsonArray().add(new JsonObject().put("name", "only").mergeIn(fields));
    }

    private static long id(String developer) {
        return Long.parseLong(
                coordinator
                        .sql("select id from developer where name = '" + developer + "'")
                        .getFirst());
    }

    private static List<String> keys(String token) {
        return items(as(token, "GET", "/api/web/projects?limit=200", null).expect(200)).stream()
                .map(one -> one.getString("key"))
                .toList();
    }

    private static List<JsonObject> items(Response response) {
        return response.body().getJsonArray("items").stream().map(JsonObject.class::cast).toList();
    }

    private static List<String> audit(String project) {
        return coordinator.sql(
                "select actor_name || ' ' || action from audit_entry where target_kind = 'project'"
                        + " and target_id = '"
                        + project
                        + "' order by id");
    }
}
