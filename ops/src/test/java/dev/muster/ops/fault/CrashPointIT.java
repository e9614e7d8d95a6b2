package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.Started;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** A coordinator that dies between what it writes and what it says. */
@ExtendWith(Rows.class)
final class CrashPointIT {

    private static final Duration LONG = Site.LONG;
    private static final int KILLED = 137;
    private static final String TOKENS = "/api/admin/worker-tokens";

    private static final int REQUESTS = 20;

    private static final String GRANTS =
            "select count(*) from event where type = 'state_change' and data ->> 'to' = 'ASSIGNED'";

    private static final String SECONDS_TO_START =
            """
            select extract(epoch from max(at) - min(at))::bigint
              from event
             where type = 'state_change' and data ->> 'to' in ('ASSIGNED', 'RUNNING')
            """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;

    @BeforeEach
    void site() throws Exception {
        site = Site.in(root, "60s", "5m");
        site.coordinator();
        // a long log comes in pieces
        site.project("[ $((n % 50)) != 0 ] || sleep 0.05;");
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    @Test
    @Tag("fault")
    @Tag("quick")
    void f1_whatWasNotCommittedNeverHappened() throws Exception {
        dieWhile("before:creating tasks", () -> site.task(1));

        assertThat(tasks()).isZero();
        site.worker("w");
        site.assertCompleted(site.task(3), 3);
        assertThat(tasks()).isOne();
        site.stop();
    }

    @Test
    @Tag("fault")
    void f2_whatWasCommittedStaysThoughNobodyWasTold() throws Exception {
        dieWhile("after:creating tasks", () -> site.task(4));

        assertThat(tasks()).isOne();
        site.worker("w");
        site.assertCompleted(site.number("select id from task"), 4);
        site.stop();
    }

    /** Answers are lost with their coordinator; whoever asks repeats until there is one. */
    @Test
    @Tag("fault")
    void f28_aRequestThatIsRepeatedUntilItIsAnsweredWasMadeOnce() throws Exception {
        site.worker("w");
        for (int n = 1; n <= 4; n++) {
            var body = Map.of("projectKey", "counting", "description", Integer.toString(n));
            var key = "request-" + n;
            var when = n % 2 == 0 ? "before" : "after";
            dieWhile(
                    when + ":creating tasks",
                    () -> site.api().postOnce(key, "/api/web/tasks", body).status());

            var reply = site.api().postOnce(key, "/api/web/tasks", body);
            assertThat(reply.status()).as(reply.text()).isEqualTo(201);
            assertThat(site.api().postOnce(key, "/api/web/tasks", body).json().get("id"))
                    .isEqualTo(reply.json().get("id"));
            assertThat(tasks()).isEqualTo(n);
            site.assertCompleted(reply.json().get("id").longValue(), n);
        }
        site.stop();
    }

    /** What is made by no statement of its own is kept from being made twice by its answer. */
    @Test
    @Tag("fault")
    void f28_anyOtherRequestWithANameIsAnsweredOnceAndForAll() throws Exception {
        for (var when : List.of("before", "after")) {
            var body = Map.of("label", when);
            dieWhile(
                    when + ":answering a named request",
                    () -> site.api().postOnce(when, TOKENS, body).status());
            assertThat(tokens(when)).isEqualTo(when.equals("after") ? 1 : 0);

            var reply = site.api().postOnce(when, TOKENS, body);
            assertThat(reply.status()).as(reply.text()).isEqualTo(201);
            assertThat(reply.headers().containsKey("idempotent-replayed"))
                    .isEqualTo(when.equals("after"));
            assertThat(site.api().postOnce(when, TOKENS, body).json()).isEqualTo(reply.json());
            assertThat(tokens(when)).isOne();
        }
        site.stop();
    }

    /** Two of five answers are lost on their way; who asked knows nothing but that none came. */
    @Test
    @Tag("fault")
    void f28_whatIsAskedForUntilAnAnswerComesIsDoneOnce() throws Exception {
        var acts =
                List.of(
                        "task.create",
                        "task.retry",
                        "enrolment_token.create",
                        "project.create",
                        "developer.create",
                        "token.create");
        var before = acts.stream().map(this::done).toList();
        site.wire().loseAnswers(40);
        try (var client = new Api(URI.create("http://127.0.0.1:" + site.wire().port()))) {
            client.as(site.api().token());
            for (int n = 0; n < REQUESTS; n++) {
                var wanted = Map.of("projectKey", "counting", "description", "1");
                var task = "/api/web/tasks/" + insist(client, "/api/web/tasks", wanted).get("id");
                Api.expect(200, site.api().post(task + "/cancel", "{}"));
                insist(client, task + "/retry", Map.of());
                insist(client, TOKENS, Map.of("label", "lost"));
                var stages = List.of(Api.stage("only", "true"));
                insist(
                        client,
                        "/api/admin/projects",
                        Map.of("key", "lost-" + n, "name", "Lost", "pipeline", stages));
                insist(
                        client,
                        "/api/admin/developers",
                        Map.of(
                                "name", "lost-" + n,
                                "role", "developer",
                                "gitName", "Lost",
                                "gitEmail", "lost@example.com"));
                insist(client, "/api/web/profile/tokens", Map.of("label", "lost"));
            }
        }

        assertThat(site.wire().lost()).isGreaterThan(REQUESTS);
        assertThat(acts)
                .zipSatisfy(
                        before,
                        (act, earlier) ->
                                assertThat(done(act) - earlier).as(act).isEqualTo(REQUESTS));
        site.stop();
    }

    /** Asks under one name until an answer comes, which has to be a good one. */
    private static JsonNode insist(Api client, String path, Object body) throws Exception {
        var key = UUID.randomUUID().toString();
        while (true) {
            try {
                var reply = client.postOnce(key, path, body);
                assertThat(reply.status()).as(reply.text()).isBetween(200, 201);
                return reply.json();
            } catch (IOException e) {
                // nobody knows what became of it
            }
        }
    }

    private long done(String act) {
        return site.number(
                "select count(*) from audit_entry where outcome = 'done' and action = '%s'"
                        .formatted(act));
    }

    /** Long before the start deadline, after which it would be granted anew. */
    @Test
    @Tag("fault")
    void f3_aGrantThatNobodyHeardOfIsHeardOfLater() throws Exception {
        var task = killGranting(site.worker("w"), 5);
        site.coordinator();

        site.assertCompleted(task, 5);
        assertThat(site.number(GRANTS)).isOne();
        assertThat(site.number(SECONDS_TO_START)).isLessThan(35);
        site.stop();
    }

    /** The machine that hears of it too late must not have begun it. */
    @Test
    @Tag("fault")
    void f3_aGrantThatRanOutUnheardRunsOnceAllTheSame() throws Exception {
        site.close();
        site = Site.in(Files.createDirectory(root.resolve("short")), "5s", "5m");
        site.coordinator();
        site.project("");
        site.worker("w");
        for (int n = 0; n < 3; n++) {
            var task = killGranting(site.newestWorker(), 5);
            Eventually.holds(
                    "the grant ran out",
                    LONG,
                    () -> site.number("select count(*) from lease where expires_at > now()") == 0);
            site.coordinator();
            site.assertCompleted(task, 5);
        }
        site.stop();
    }

    @Test
    @Tag("fault")
    void f4_aLogIsWholeWhereverItsCoordinatorDies() throws Exception {
        site.worker("w");
        for (var when : List.of("before", "after")) {
            for (var time : List.of(1, 2, 5)) {
                var lines = 1000 + time;
                dieWhile(when + ":appending to logs:" + time, () -> site.task(lines));
                site.assertCompleted(site.number("select max(id) from task"), lines);
            }
        }
        site.stop();
    }

    @Test
    @Tag("fault")
    void f5_aReportThatWasTakenIsNotTakenTwice() throws Exception {
        site.worker("w");
        for (var when : List.of("before", "after")) {
            for (var time : List.of(1, 2, 3)) {
                dieWhile(when + ":taking reports:" + time, () -> site.task(6));
                site.assertCompleted(site.number("select max(id) from task"), 6);
            }
        }
        site.stop();
    }

    @Test
    @Tag("fault")
    void f7_anEnrolmentWhoseAnswerWasLostIsTheSameOne() throws Exception {
        var token = site.enrolmentToken();
        site.stopCoordinator();
        var doomed = site.doomed("after:admitting a machine");
        doomed.awaitLine("coordinator started", LONG);
        var worker = site.worker("w", token);
        assertThat(doomed.awaitExit(LONG)).isEqualTo(KILLED);
        site.coordinator();
        if (!worker.isAlive()) {
            worker = site.worker("w", token); // as whoever runs it would
        }
        worker.awaitLine("worker started", LONG);

        site.assertCompleted(site.task(2), 2);
        assertThat(site.number("select count(*) from machine")).isOne();
        assertThat(site.number("select count(*) from incident")).isZero();
        site.stop();
    }

    /** Its token says so: one that is used again later ends the session as stolen. */
    @Test
    @Tag("fault")
    void f7_aRefreshWhoseAnswerWasLostGivesTheSameSuccessor() throws Exception {
        var password = Files.readString(site.sandbox().data().resolve("admin-password")).strip();
        var token = Api.expect(200, site.api().login(password)).get("refreshToken").textValue();
        var generation = 1;
        for (var when : List.of("before", "after")) {
            var used = token;
            dieWhile(when + ":refreshing a session", () -> refresh(used).status());

            token = Api.expect(200, refresh(used)).get("refreshToken").textValue();
            assertThat(Api.expect(200, refresh(used)).get("refreshToken").textValue())
                    .isEqualTo(token);
            generation++;
            assertThat(site.number("select max(generation) from session")).isEqualTo(generation);
        }
        assertThat(site.number("select count(*) from session where ended_at is not null")).isZero();
        assertThat(site.number("select count(*) from incident")).isZero();
        site.stop();
    }

    /** The machine asks again with the secret that it has, for it never got the next one. */
    @Test
    @Tag("fault")
    void f7_aRecoveryWhoseAnswerWasLostIsNoReasonToShutTheMachineOut() throws Exception {
        Site.stop(site.worker("w"));
        for (var when : List.of("before", "after")) {
            site.spoilToken("w");
            var recovering = new ArrayList<Started>();
            dieWhile(
                    when + ":recovering a machine",
                    () -> {
                        recovering.add(site.worker("w", ""));
                        return recovering.size();
                    });

            recovering.getFirst().awaitLine("worker started", LONG);
            var task = site.task(2);
            site.assertCompleted(task, 2);
            Site.stop(recovering.getFirst());
        }
        assertThat(site.number("select count(*) from machine")).isOne();
        assertThat(site.number("select count(*) from incident")).isZero();
        site.stop();
    }

    @Test
    @Tag("fault")
    void f6_anAnswerThatWasTakenIsKeptThoughNobodyWasTold() throws Exception {
        site.worker("w");
        for (var when : List.of("before", "after")) {
            var task = site.asking(6);
            site.api().awaitStatus(task, LONG, Set.of("SUSPENDED"));
            dieWhile(when + ":answering at a gate", () -> site.answer(task).status());

            if (when.equals("before")) {
                site.api().awaitStatus(task, LONG, Set.of("SUSPENDED"));
                assertThat(site.answer(task).status()).isEqualTo(200);
            }
            site.assertCompleted(task, 6);
            assertThat(site.answer(task).status()).isEqualTo(409);
        }
        site.stop();
    }

    // ---- words ---------------------------------------------------------------------------------

    private interface Step {
        long run() throws Exception;
    }

    /** Starts a coordinator that dies at that moment, makes it come, and starts the next one. */
    private void dieWhile(String moment, Step step) throws Exception {
        kill(moment, step);
        site.coordinator();
    }

    private void kill(String moment, Step step) throws Exception {
        site.stopCoordinator();
        var doomed = site.doomed(moment);
        doomed.awaitLine("coordinator started", LONG);
        site.signIn();
        try {
            step.run();
        } catch (IOException e) {
            // it died instead of answering
        }
        assertThat(doomed.awaitExit(LONG)).as(doomed.output()).isEqualTo(KILLED);
        site.checkLogs();
    }

    /**
     * The coordinator dies when it has granted a task and before anybody hears of it. The machine
     * comes last: while it asks and there is no task, a coordinator may die of granting nothing.
     */
    private long killGranting(Started worker, int lines) throws Exception {
        Site.stop(worker);
        var task = site.task(lines);
        kill("after:granting leases", () -> site.worker("w", "").pid());
        return task;
    }

    private Api.Reply refresh(String token) throws Exception {
        return site.api().post("/api/auth/refresh", Map.of("refreshToken", token));
    }

    private long tokens(String label) {
        return site.number(
                "select count(*) from enrolment_token where label = '%s'".formatted(label));
    }

    private long tasks() {
        return site.number("select count(*) from task");
    }
}
