package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.Provision;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What projects give to their stages: who may set it, who gets it, and that nobody reads it. */
class SecretIT extends OneWorker {

    private static final String NEEDLE = "needle-in-no-answer";

    @BeforeAll
    static void start() {
        start(LeaseConfig.DEFAULT);
        coordinator.project(
                "deploy",
                new JsonObject().put("secrets", new JsonArray().add("TOKEN").add("ABSENT")));
        coordinator
                .post(
                        "/api/admin/projects",
                        new JsonObject()
                                .put("key", "private")
                                .put("name", "p")
                                .put("repoUrl", "https://git.example.com/p.git"))
                .expect(201);
    }

    private static String at(String project, String what) {
        return "/api/web/projects/" + project + "/" + what;
    }

    private static JsonObject value(String value) {
        return new JsonObject().put("value", value);
    }

    private Provision given(String project) {
        coordinator.task(project);
        return worker.pull(UUID.randomUUID(), 1, 5000, false).getFirst().provision();
    }

    @Test
    void aStageGetsWhatItNamesOfItsProjectAndNobodyElseReadsIt() {
        var before =
                coordinator.sql("select coalesce(max(id), 0)::text from audit_entry").getFirst();
        coordinator.put(at("deploy", "secrets/TOKEN"), value(NEEDLE)).expect(200);
        coordinator.put(at("deploy", "secrets/OTHER"), value(NEEDLE + 2)).expect(200);
        coordinator.put(at("shop", "secrets/TOKEN"), value(NEEDLE + 3)).expect(200);
        var environment = new JsonObject().put("PROFILE", "ci \"x\"\n");
        coordinator
                .put(at("deploy", "environment"), new JsonObject().put("environment", environment))
                .expect(200);

        var given = given("deploy");

        assertThat(given.secrets()).isEqualTo(Map.of("TOKEN", new Confidential(NEEDLE)));
        assertThat(given.environment()).isEqualTo(Map.of("PROFILE", "ci \"x\"\n"));
        assertThat(given("shop")).isEqualTo(Provision.NONE);
        // set anew it is another, and what was deleted is gone
        coordinator.put(at("deploy", "secrets/TOKEN"), value(NEEDLE + 4)).expect(200);
        assertThat(given("deploy").secrets()).containsValue(new Confidential(NEEDLE + 4));
        var listed = coordinator.get(at("deploy", "secrets")).expect(200).body();
        assertThat(listed.getJsonArray("items"))
                .extracting(one -> ((JsonObject) one).getString("name"))
                .containsExactly("OTHER", "TOKEN");
        assertThat(listed.encode()).contains("\"updatedBy\":\"admin\"").doesNotContain("needle");
        coordinator.delete(at("deploy", "secrets/TOKEN")).expect(204);
        coordinator.delete(at("deploy", "secrets/TOKEN")).expect(404);
        assertThat(given("deploy").secrets()).isEmpty();
        assertThat(coordinator.get(at("deploy", "environment")).body().getJsonObject("environment"))
                .isEqualTo(environment);
        assertThat(
                        coordinator.sql(
                                "select action || ' ' || target_id || ' ' || data::text from"
                                        + " audit_entry where target_id = 'deploy' and id > "
                                        + before
                                        + " order by id"))
                .containsExactly(
                        "secret.put deploy {\"name\": \"TOKEN\"}",
                        "secret.put deploy {\"name\": \"OTHER\"}",
                        "environment.update deploy {\"names\": [\"PROFILE\"]}",
                        "secret.put deploy {\"name\": \"TOKEN\"}",
                        "secret.delete deploy {\"name\": \"TOKEN\"}");
    }

    @Test
    void aTokenIsGivenForItsHostAlone() {
        var token = new JsonObject().put("token", NEEDLE).put("username", "me");
        coordinator.put(at("shop", "git-token"), token).expect(409);
        coordinator.put(at("private", "git-token"), token).expect(204);

        assertThat(given("private").gitToken())
                .isEqualTo(new GitToken("me", new Confidential(NEEDLE)));
        assertThat(coordinator.get(at("private", "secrets")).body().getLong("total")).isZero();
        coordinator.delete(at("private", "secrets/git-token")).expect(404);
        coordinator.execute(
                "update project set repo_url = 'https://evil.example.com/p.git' where key ="
                        + " 'private'");
        assertThat(given("private").gitToken()).isNull();
        coordinator.delete(at("private", "git-token")).expect(204);
        coordinator.delete(at("private", "git-token")).expect(404);
    }

    @Test
    void onlyMaintainersAndAdminsMayAndToStrangersThereIsNoSuchProject() {
        coordinator.project("team", "true");
        var member = coordinator.person("member", "developer", "team", "member");
        var maintainer = coordinator.person("keeper", "developer", "team", "maintainer");
        var stranger = coordinator.person("stranger", "lead", "shop", "maintainer");
        var body = value("long enough");

        coordinator.putAs(maintainer, at("team", "secrets/A"), body).expect(200);
        coordinator.putAs(member, at("team", "secrets/A"), body).expect(403);
        coordinator.putAs(stranger, at("team", "secrets/A"), body).expect(404);
        for (var what : List.of("secrets", "environment")) {
            coordinator.getAs(maintainer, at("team", what)).expect(200);
            coordinator.getAs(member, at("team", what)).expect(403);
            coordinator.getAs(stranger, at("team", what)).expect(404);
        }
        coordinator.getAs(maintainer, "/api/admin/secret-keys").expect(403);
    }

    @Test
    void anArchivedProjectStaysAsItIs() {
        coordinator
                .post(
                        "/api/admin/projects",
                        new JsonObject()
                                .put("key", "gone")
                                .put("name", "g")
                                .put("repoUrl", "https://git.example.com/g.git"))
                .expect(201);
        var token = new JsonObject().put("token", NEEDLE);
        var environment = new JsonObject().put("environment", new JsonObject().put("A", "a"));
        coordinator.put(at("gone", "secrets/A"), value(NEEDLE)).expect(200);
        coordinator.put(at("gone", "git-token"), token).expect(204);
        coordinator.put(at("gone", "environment"), environment).expect(200);
        coordinator.delete("/api/admin/projects/gone").expect(204);

        for (var refused :
                List.of(
                        coordinator.put(at("gone", "secrets/A"), value(NEEDLE)),
                        coordinator.put(at("gone", "secrets/B"), value(NEEDLE)),
                        coordinator.delete(at("gone", "secrets/A")),
                        coordinator.put(at("gone", "git-token"), token),
                        coordinator.delete(at("gone", "git-token")),
                        coordinator.put(at("gone", "environment"), environment))) {
            assertThat(refused.expect(409).body().getString("code")).isEqualTo("project_archived");
        }
        assertThat(coordinator.get(at("gone", "secrets")).expect(200).body().getLong("total"))
                .isOne();
        assertThat(coordinator.get(at("gone", "environment")).expect(200).body())
                .isEqualTo(environment);
    }

    @Test
    void whatNoVariableCanBeIsRefusedByItsPlaceAndNotRepeated() {
        for (var name :
                List.of("PATH", "LD_PRELOAD", "MUSTER_X", "lower", "1A", "BASH_ENV", "A-B")) {
            assertThat(
                            coordinator
                                    .put(at("shop", "secrets/" + name), value(NEEDLE))
                                    .expect(400)
                                    .pointers())
                    .containsExactly("name");
        }
        var refused =
                coordinator.put(at("shop", "secrets/A"), value(NEEDLE + "\u0007")).expect(400);
        assertThat(refused.pointers()).containsExactly("/value");
        assertThat(refused.body().encode()).doesNotContain("needle");
        coordinator.put(at("shop", "secrets/A"), value("")).expect(400);
        coordinator.put(at("shop", "secrets/A"), value("x".repeat(32_769))).expect(400);
        var environment =
                new JsonObject().put("LD_PRELOAD", "x").put("B", "a\u0001b").put("C", "c");
        assertThat(
                        coordinator
                                .put(
                                        at("shop", "environment"),
                                        new JsonObject().put("environment", environment))
                                .expect(400)
                                .pointers())
                .containsExactly("/environment/LD_PRELOAD", "/environment/B");
        var most = value("x".repeat(32_768));
        for (var name : List.of("L1", "L2", "L3")) {
            coordinator.put(at("shop", "secrets/" + name), most).expect(200);
        }
        coordinator.put(at("shop", "secrets/L4"), most).expect(409);
        for (var name : List.of("L1", "L2", "L3")) {
            coordinator.delete(at("shop", "secrets/" + name)).expect(204);
        }
    }

    @Test
    void aRowThatWasMovedToAnotherProjectOpensNowhere() {
        coordinator.put(at("deploy", "secrets/TOKEN"), value(NEEDLE)).expect(200);
        coordinator.put(at("shop", "secrets/TOKEN"), value(NEEDLE + 2)).expect(200);
        coordinator.execute(
                """
                update secret s
                   set sealed = o.sealed, key_id = o.key_id
                  from secret o, project p, project q
                 where s.project_id = p.id and p.key = 'deploy' and o.project_id = q.id and q.key = 'shop'
                   and s.name = 'TOKEN' and o.name = 'TOKEN'
                """);

        assertThat(given("deploy").secrets()).isEmpty();

        coordinator.delete(at("deploy", "secrets/TOKEN")).expect(204);
        coordinator.delete(at("shop", "secrets/TOKEN")).expect(204);
    }

    @Test
    void aNewKeySealsEverythingAndTheFormerOneGoes() throws Exception {
        coordinator.put(at("deploy", "secrets/TOKEN"), value(NEEDLE)).expect(200);
        // more than are sealed in one transaction
        coordinator.project("many", "true");
        for (int i = 0; i < 60; i++) {
            coordinator.put(at("many", "secrets/S" + i), value(NEEDLE + i)).expect(200);
        }
        var former = coordinator.sql("select distinct key_id::text from secret");
        assertThat(former).hasSize(1);
        // there for longer than any coordinator takes to seal with it
        var made = coordinator.post("/api/admin/secret-keys").expect(201).body();
        assertThat(made.getJsonArray("items")).hasSize(2);

        var newest = made.getJsonArray("items").getJsonObject(0).getString("id");
        Await.until(
                "all are sealed anew",
                () ->
                        coordinator
                                .sql("select distinct key_id::text from secret")
                                .equals(List.of(newest)));
        assertThat(former).doesNotContain(newest);
        assertThat(given("deploy").secrets()).containsValue(new Confidential(NEEDLE));
        // meanwhile another coordinator may have sealed with it
        assertThat(coordinator.sql("select count(*)::text from secret_key")).containsExactly("2");
        coordinator.execute("update secret_key set made_at = made_at - interval '5 minutes'");
        // another master key, with the former left beside it
        var key = coordinator.data.resolve("master.key");
        Files.copy(
                key,
                coordinator.data.resolve("master.key.former"),
                StandardCopyOption.COPY_ATTRIBUTES);
        var other = Files.readAllBytes(key);
        other[0] ^= 1;
        Files.write(key, other);
        worker.close();
        bus.close();
        coordinator.restart();
        Files.delete(coordinator.data.resolve("master.key.former"));
        coordinator.restart();
        bus = FakeWorker.enrolled(coordinator);
        worker = bus.neighbour(coordinator);
        Await.until(
                "the former is gone",
                () -> coordinator.sql("select id::text from secret_key").equals(List.of(newest)));
        assertThat(given("deploy").secrets()).containsValue(new Confidential(NEEDLE));
        coordinator.delete(at("deploy", "secrets/TOKEN")).expect(204);
    }
}
