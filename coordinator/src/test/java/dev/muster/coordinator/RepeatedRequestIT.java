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
    void aKeyIsForgottenAfterADay() {
        coordinator.postOnce(port, "old", TASKS, task("daily")).expect(201);
        coordinator.execute(
                "update task_request set made_at = now() - interval '25 hours' where key = 'old'");
        coordinator.restart();
        port = coordinator.port();
        Await.until(
                "it is forgotten",
                () -> coordinator.sql("select 1 from task_request where key = 'old'").isEmpty());

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
