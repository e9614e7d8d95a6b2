package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** A request whose answer was lost is sent again, at once, at any coordinator, or much later. */
class RepeatedRequestIT {

    private static final String TASKS = "/api/web/tasks";
    private static final String TOKENS = "/api/admin/worker-tokens";
    private static final String PROJECTS = "/api/admin/projects";

    private static CoordinatorFixture coordinator;
    private static int port;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "true");
        port = coordinator.port();
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    private static JsonObject task(String description) {
        return new JsonObject().put("projectKey", "shop").put("description", description);
    }

    private static String count(String description) {
        return coordinator
                .sql("select count(*) from task where description = '%s'".formatted(description))
                .getFirst();
    }

    @Test
    void manyAtOnceAtTwoCoordinatorsMakeOneTask() {
        var other = coordinator.another().port();
        for (int round = 0; round < 10; round++) {
            var what = "race " + round;
            var answers = ConcurrentHashMap.<Long>newKeySet();

            Threads.all(
                    IntStream.range(0, 20)
                            .mapToObj(
                                    i ->
                                            (Runnable)
                                                    () ->
                                                            answers.add(
                                                                    coordinator
                                                                            .postOnce(
                                                                                    i % 2 == 0
                                                                                            ? port
                                                                                            : other,
                                                                                    what.replace(
                                                                                            ' ',
                                                                                            '-'),
                                                                                    TASKS,
                                                                                    task(what))
                                                                            .expect(201)
                                                                            .body()
                                                                            .getLong("id")))
                            .toArray(Runnable[]::new));

            assertThat(answers).hasSize(1);
            assertThat(count(what)).isEqualTo("1");
        }
    }

    @Test
    void aRepetitionIsAnsweredWithTheTaskAsItIsNow() {
        var id = coordinator.postOnce(port, "k", TASKS, task("mine")).expect(201).body();
        coordinator.post(TASKS + "/" + id.getLong("id") + "/cancel", new JsonObject()).expect(200);

        var again =
                coordinator.postOnce(
                        port,
                        "k",
                        TASKS,
                        new JsonObject().put("description", "mine").put("projectKey", "shop"));

        assertThat(again.expect(201).body().getLong("id")).isEqualTo(id.getLong("id"));
        assertThat(again.headers().firstValue("Idempotent-Replayed")).contains("true");
        assertThat(again.body().getString("status")).isEqualTo("CANCELLED");
        assertThat(count("mine")).isEqualTo("1");
    }

    @Test
    void aKeyThatCameWithAnotherBodyIsRefusedAndMakesNothing() {
        coordinator.postOnce(port, "used", TASKS, task("first")).expect(201);

        var refused = coordinator.postOnce(port, "used", TASKS, task("second")).expect(422);

        assertThat(refused.body().getString("code")).isEqualTo("idempotency_key_reused");
        assertThat(count("second")).isEqualTo("0");
    }

    @Test
    void whatMadeNothingMayBeSentAgainAndThenMakeOne() {
        var nowhere = task("later").put("projectKey", "not-yet");
        coordinator.postOnce(port, "early", TASKS, nowhere).expect(400);
        coordinator.project("not-yet", "true");

        coordinator.postOnce(port, "early", TASKS, nowhere).expect(201);

        assertThat(count("later")).isEqualTo("1");
    }

    @Test
    void theTextOfATokenIsNotShownAgainAtAScreenThatWasLeftAlone() {
        var tokens = "/api/web/profile/tokens";
        var wanted = new JsonObject().put("label", "left alone");
        var first = coordinator.postOnce(port, "left-alone", tokens, wanted).expect(201);
        var again = coordinator.postOnce(port, "left-alone", tokens, wanted).expect(201);
        assertThat(again.body()).isEqualTo(first.body());
        coordinator.execute("update session set created_at = created_at - interval '11 minutes'");
        try {
            var refused = coordinator.postOnce(port, "left-alone", tokens, wanted).expect(403);

            assertThat(refused.body().getString("code")).isEqualTo("fresh_login_needed");
        } finally {
            coordinator.execute(
                    "update session set created_at = created_at + interval '11 minutes'");
        }
    }

    @Test
    void manyAtOnceMakeOneTokenAndAllAreShownIt() {
        var other = coordinator.another().port();
        var wanted = new JsonObject().put("label", "raced");
        var shown = ConcurrentHashMap.<JsonObject>newKeySet();

        Threads.all(
                IntStream.range(0, 20)
                        .mapToObj(
                                i ->
                                        (Runnable)
                                                () ->
                                                        shown.add(
                                                                insist(
                                                                        i % 2 == 0 ? port : other,
                                                                        "raced",
                                                                        wanted)))
                        .toArray(Runnable[]::new));

        assertThat(shown).hasSize(1);
        var secret = shown.iterator().next().getString("token");
        assertThat(secret).startsWith("mst_enr_");
        assertThat(coordinator.sql("select id from enrolment_token where label = 'raced'"))
                .hasSize(1);
        assertThat(
                        coordinator.sql(
                                "select encode(answer, 'escape') from request_key where key ="
                                        + " 'raced'"))
                .hasSize(1)
                .noneMatch(row -> row.contains(secret) || row.contains("mst_enr_"));
    }

    /** Repeats while another is under way, as clients are told to. */
    private static JsonObject insist(int at, String key, JsonObject wanted) {
        while (true) {
            var answer = coordinator.postOnce(at, key, TOKENS, wanted);
            if (answer.status() != 409) {
                return answer.expect(201).body();
            }
            assertThat(answer.body().getString("code")).isEqualTo("request_in_progress");
            assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        }
    }

    @Test
    void aRepetitionIsAnsweredByteForByteWhateverCameOfIt() {
        var wanted = new JsonObject().put("label", "again").put("expiresInHours", 1);
        var first = coordinator.postOnce(port, "again", TOKENS, wanted).expect(201);
        var id = first.body().getInteger("id");
        coordinator.post(TOKENS + "/" + id + "/revoke").expect(200);

        var again = coordinator.postOnce(port, "again", TOKENS, wanted).expect(201);

        assertThat(again.body().encode()).isEqualTo(first.body().encode());
        assertThat(again.headers().firstValue("Location"))
                .isEqualTo(first.headers().firstValue("Location"))
                .isPresent();
        assertThat(first.headers().firstValue("Idempotent-Replayed")).isEmpty();
        assertThat(again.headers().firstValue("Idempotent-Replayed")).contains("true");
        var other = wanted.copy().put("label", "other");
        var refused = coordinator.postOnce(port, "again", TOKENS, other).expect(422);
        assertThat(refused.body().getString("code")).isEqualTo("idempotency_key_reused");
        // one person's keys of two operations do not meet
        coordinator.postOnce(port, "again", PROJECTS, project("again")).expect(201);
    }

    private static JsonObject project(String key) {
        return new JsonObject().put("key", key).put("name", key);
    }

    /** One whose answer got lost, and whose attempt is over too by the time it is sent again. */
    @Test
    void aRetrySentAgainMakesNoSecondAttempt() {
        var made = coordinator.post(TASKS, task("retried")).expect(201).body();
        var path = TASKS + "/" + made.getLong("id");
        var nothing = new JsonObject();
        coordinator.post(path + "/cancel", nothing).expect(200);
        var first = coordinator.postOnce(port, "retry", path + "/retry", nothing).expect(200);
        coordinator.post(path + "/cancel", nothing).expect(200);

        var again = coordinator.postOnce(port, "retry", path + "/retry", nothing).expect(200);

        assertThat(again.body()).isEqualTo(first.body());
        var now = coordinator.get(path).expect(200).body();
        assertThat(now.getString("status")).isEqualTo("CANCELLED");
        assertThat(now.getInteger("attempt")).isEqualTo(first.body().getInteger("attempt"));
        coordinator.postOnce(port, "another", path + "/retry", nothing).expect(200);
    }

    @Test
    void whatWasRefusedDidNothingAndItsKeyIsFree() {
        coordinator.project("taken", "true");
        coordinator.postOnce(port, "refused", PROJECTS, project("taken")).expect(409);

        coordinator.postOnce(port, "refused", PROJECTS, project("not-taken")).expect(201);
    }

    /** As when the process dies between the two: neither is there, and the key is free. */
    @Test
    void whatWasMadeIsNotThereUnlessItsAnswerIs() {
        coordinator.execute(
                "alter table request_key add constraint broken check (key <> 'cut-off') not valid");
        coordinator.postOnce(port, "cut-off", PROJECTS, project("cut-off")).expect(500);
        assertThat(coordinator.sql("select 1 from project where key = 'cut-off'")).isEmpty();
        coordinator.execute("alter table request_key drop constraint broken");

        coordinator.postOnce(port, "cut-off", PROJECTS, project("cut-off")).expect(201);
    }

    @Test
    void aKeyIsForgottenAfterADay() {
        coordinator.postOnce(port, "old", TASKS, task("daily")).expect(201);
        coordinator.execute(
                "update request_key set made_at = now() - interval '25 hours' where key = 'old'");
        coordinator.restart();
        port = coordinator.port();
        Await.until(
                "it is forgotten",
                () -> coordinator.sql("select 1 from request_key where key = 'old'").isEmpty());

        coordinator.postOnce(port, "old", TASKS, task("daily")).expect(201);

        assertThat(count("daily")).isEqualTo("2");
    }

    @Test
    void aKeyThatIsNoneIsRefused() {
        for (var bad : new String[] {"with blank", "x".repeat(256)}) {
            var refused = coordinator.postOnce(port, bad, TASKS, task("bad")).expect(400);
            assertThat(refused.body().getString("code")).isEqualTo("invalid_request");
        }
        assertThat(count("bad")).isEqualTo("0");
    }
}
