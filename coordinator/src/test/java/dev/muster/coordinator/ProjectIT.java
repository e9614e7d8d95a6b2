package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** A project is made whole or not at all, and whoever wrote it wrong is told where. */
class ProjectIT {

    private static CoordinatorFixture coordinator;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'pipeline': [{'name': 'a', 'command': 'x', 'gate': 1}] | /pipeline/0/gate",
                "'pipeline': [{'name': 'a', 'command': 'x {nobody}'}] | /pipeline/0/command",
                "'pipeline': [{'name': 'a', 'command': 'x'}, {'name': 'a', 'command': 'x'}] |"
                        + " /pipeline/1/name",
                "'pipeline': [{'name': 'a', 'command': 'x', 'timeout': 0}] | /pipeline/0/timeout",
                "'pipeline': [{'name': 'a', 'command': 'x', 'timeout': 5, 'idleTimeout': 6}] |"
                        + " /pipeline/0/idleTimeout",
                "'pipeline': [{'name': 'a', 'command': 'x', 'when': 'on_failure'}] |"
                        + " /pipeline/0/when",
                "'pipeline': [] | /pipeline",
                "'repoUrl': '--upload-pack=x' | /repoUrl",
                "'repoUrl': 'ext::sh -c x' | /repoUrl",
                "'repoUrl': 'https://-host/x.git' | /repoUrl",
                "'repoUrl': 'https://user:secret@host/x.git' | /repoUrl",
                "'repoUrl': 'https://h/x.git', 'defaultBranch': '--upload-pack=x' |"
                        + " /defaultBranch",
                "'repoUrl': 'https://h/x.git', 'defaultBranch': 'a..b' | /defaultBranch",
                "'repoUrl': 'https://h/x.git', 'defaultBranch': 'a b' | /defaultBranch",
                "'defaultBranch': 'main' | /defaultBranch",
                "'key': '-' | /key",
                "'key': 'Shop' | /key",
                "'key': '' | /key",
                "'name': '' | /name",
                "'agentType': 'robot' | /agentType",
                "'owner': 'me' | /owner"
            })
    void aBadFieldIsNamedByItsPointerAndNothingIsMade(String fields, String pointer) {
        var rows = rows();
        var wanted =
                new JsonObject()
                        .put("key", "good")
                        .put("name", "Good")
                        .mergeIn(new JsonObject("{" + fields.replace('\'', '"') + "}"));

        var response = coordinator.post("/api/admin/projects", wanted).expect(400);

        assertThat(response.pointers()).contains(pointer);
        assertThat(response.body().getString("detail")).isNotBlank();
        assertThat(rows()).isEqualTo(rows);
    }

    @Test
    void aPromptMayHoldAVariableInQuotesAndAStageALimitOfItsSilence() {
        var stage =
                new JsonObject()
                        .put("name", "a")
                        .put("command", "Do '{description}'.")
                        .put("timeout", 60)
                        .put("idleTimeout", 5)
                        .put("when", "always");
        var wanted =
                new JsonObject()
                        .put("key", "prompted")
                        .put("name", "P")
                        .put("agentType", "claude")
                        .put("pipeline", new JsonArray().add(stage));

        coordinator.post("/api/admin/projects", wanted).expect(201);

        var kept = coordinator.get("/api/admin/projects/prompted").expect(200).body();
        assertThat(kept.getJsonArray("pipeline")).isEqualTo(new JsonArray().add(stage));
        assertThat(kept.getString("agentType")).isEqualTo("claude");
    }

    @Test
    void everyFaultIsToldAtOnce() {
        var stage = new JsonObject().put("name", "").put("command", "{x}");
        var wanted =
                new JsonObject()
                        .put("key", "good")
                        .put("name", "Good")
                        .put("repoUrl", "ext::sh -c x")
                        .put("defaultBranch", "-x")
                        .put("pipeline", new JsonArray().add(stage));

        assertThat(coordinator.post("/api/admin/projects", wanted).expect(400).pointers())
                .containsExactly(
                        "/repoUrl", "/defaultBranch", "/pipeline/0/name", "/pipeline/0/command");
    }

    @Test
    void aTakenKeyIsRefusedAndLeavesNoPipelineBehind() {
        coordinator.project("taken", "true");
        var rows = rows();

        var problem =
                coordinator
                        .post(
                                "/api/admin/projects",
                                new JsonObject().put("key", "taken").put("name", "Again"))
                        .expect(409)
                        .body();

        assertThat(problem.getString("code")).isEqualTo("project_key_taken");
        assertThat(rows()).isEqualTo(rows);
    }

    @Test
    void ofManyWhoWantOneKeyOneGetsIt() {
        var before = Integer.parseInt(rows().getFirst());
        var statuses = new java.util.concurrent.ConcurrentLinkedQueue<Integer>();

        Threads.all(
                java.util.stream.IntStream.range(0, 20)
                        .mapToObj(
                                _ ->
                                        (Runnable)
                                                () ->
                                                        statuses.add(
                                                                coordinator
                                                                        .post(
                                                                                "/api/admin/projects",
                                                                                new JsonObject()
                                                                                        .put(
                                                                                                "key",
                                                                                                "raced")
                                                                                        .put(
                                                                                                "name",
                                                                                                "R"))
                                                                        .status()))
                        .toArray(Runnable[]::new));

        assertThat(statuses).containsOnlyOnce(201);
        assertThat(rows().getFirst()).isEqualTo(Integer.toString(before + 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\\u0000y", "\\u001b[2J", "é漢🙂 \\\" \\\\ ' ; --"})
    void textsArriveAsTheyWereWrittenOrAreRefused(String text) {
        var key = "texts-" + Integer.toHexString(text.hashCode());
        coordinator.project(key, "true");
        var body = new JsonObject("{\"description\": \"" + text + "\"}").put("projectKey", key);

        var response = coordinator.post("/api/web/tasks", body);

        if (response.status() == 201) {
            var id = response.body().getLong("id");
            assertThat(coordinator.task(id).getString("description"))
                    .isEqualTo(body.getString("description"));
        } else {
            response.expect(400);
            assertThat(text).contains("u0000");
        }
    }

    @Test
    void aSearchForNulIsABadRequestAndNoFailureOfOurs() {
        coordinator.project("searched", "true");
        var id = coordinator.task("searched");

        var response = coordinator.get("/api/web/tasks/" + id + "/events?search=%00");

        assertThat(response.status()).isEqualTo(400);
    }

    @Test
    void aTaskOfAnUnknownProjectOrMachineIsNotMade() {
        coordinator.project("known", "true");
        var before = coordinator.sql("select 1 from task").size();

        assertThat(
                        coordinator
                                .post(
                                        "/api/web/tasks",
                                        new JsonObject()
                                                .put("projectKey", "nobodys")
                                                .put("description", "d"))
                                .expect(400)
                                .pointers())
                .containsExactly("/projectKey");
        assertThat(
                        coordinator
                                .post(
                                        "/api/web/tasks",
                                        new JsonObject()
                                                .put("projectKey", "known")
                                                .put("description", "d")
                                                .put(
                                                        "machineId",
                                                        "00000000-0000-4000-8000-000000000000"))
                                .expect(400)
                                .pointers())
                .containsExactly("/machineId");

        assertThat(coordinator.sql("select 1 from task")).hasSize(before);
    }

    /** Each row that a project is made of, counted. */
    private static List<String> rows() {
        return coordinator.sql(
                "select count(*)::text from project union all select count(*)::text from pipeline");
    }
}
