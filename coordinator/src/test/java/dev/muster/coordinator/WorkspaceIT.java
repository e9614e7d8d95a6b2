package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.coordinator.CoordinatorFixture.Response;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.question.TunnelState;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/** Questions about workspaces and tunnels, answered by a machine that does what a test says. */
class WorkspaceIT {

    private static final Reply.Tunnel CONNECTED =
            new Reply.Tunnel(
                    TunnelState.CONNECTED, "code", "https://t.example/x", 0, null, null, 3600);

    private static CoordinatorFixture coordinator;
    private static FakeWorker worker;

    private LeaseRef lease;
    private String path;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "true");
        worker = FakeWorker.enrolled(coordinator);
        worker.orders();
    }

    @AfterAll
    static void close() {
        worker.close();
        coordinator.close();
    }

    @BeforeEach
    void begin() {
        worker.heartbeat();
        worker.asks.clear();
        coordinator.task("shop");
        lease = worker.running();
        path = "/api/web/workspaces/" + lease.task();
    }

    @AfterEach
    void end() {
        coordinator.cancelAll();
    }

    /** What comes of a request while the machine answers its next question. */
    private static Response answered(
            Supplier<Response> request, Function<ToWorker.Ask, Reply> answer) {
        var response = asking(request);
        var ask = CompletableFuture.supplyAsync(WorkspaceIT::asked, Thread::startVirtualThread);
        // a refusal comes without a question
        var first = CompletableFuture.anyOf(response, ask).join();
        if (first instanceof ToWorker.Ask put) {
            worker.answer(put, answer.apply(put));
        }
        return done(response);
    }

    private static CompletableFuture<Response> asking(Supplier<Response> request) {
        return CompletableFuture.supplyAsync(request, Thread::startVirtualThread);
    }

    private static ToWorker.Ask asked() {
        try {
            var ask = worker.asks.poll(20, TimeUnit.SECONDS);
            assertThat(ask).isNotNull();
            return ask;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Response done(CompletableFuture<Response> response) {
        try {
            return response.get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aWorkspaceIsShownAsItsMachineTells() {
        var git = new Reply.Git("a1", "b2", 1, 0, List.of(new Reply.Dirty("new\nline", "??")), 1);
        var told =
                new Reply.Workspace(
                        Reply.Presence.LIVE, "/w/1-a1", "muster/1-a1", git, 4096L, null);

        var shown =
                answered(
                                () -> coordinator.get(path),
                                ask -> {
                                    assertThat(ask.question())
                                            .isEqualTo(new Question.Workspace(lease.task(), 1));
                                    return told;
                                })
                        .expect(200)
                        .body();

        assertThat(shown.getString("state")).isEqualTo("live");
        assertThat(shown.getJsonObject("machine").getString("id"))
                .isEqualTo(worker.machine.toString());
        assertThat(shown.getInteger("ahead")).isOne();
        assertThat(shown.getJsonObject("dirty").encode())
                .isEqualTo("{\"count\":1,\"files\":[{\"path\":\"new\\nline\",\"status\":\"??\"}]}");
        assertThat(shown.containsKey("keptUntil")).isFalse();
    }

    @Test
    void aQuestionIsPutAgainUntilItIsAnsweredAndTheFirstAnswerCounts() {
        var response = asking(() -> coordinator.get(path + "/diff"));
        var lost = asked();
        var again = asked();
        assertThat(again).isEqualTo(lost);

        worker.answer(again, new Reply.Diff("one".getBytes(UTF_8), false));
        worker.answer(lost, new Reply.Diff("two".getBytes(UTF_8), false));

        assertThat(done(response).expect(200).body().getString("diff")).isEqualTo("one");
    }

    @Test
    void onlyTheMachineThatWasAskedAnswers() {
        var stranger = worker.neighbour(coordinator);
        var response = asking(() -> coordinator.get(path + "/diff"));
        var ask = asked();

        stranger.answer(ask, new Reply.Diff("forged".getBytes(UTF_8), false));
        worker.answer(ask, new Reply.Diff("true".getBytes(UTF_8), false));

        assertThat(done(response).expect(200).body().getString("diff")).isEqualTo("true");
        stranger.close();
    }

    @Test
    void anyCoordinatorTakesAnAnswerAndPassesItOn() {
        try (var other = coordinator.another()) {
            assertThat(other.port()).isPositive();
            // each takes some of these answers, whichever asked
            for (int i = 0; i < 8; i++) {
                var text = "answer " + i;
                var shown =
                        answered(
                                () -> coordinator.get(path + "/diff"),
                                _ -> new Reply.Diff(text.getBytes(UTF_8), false));
                assertThat(shown.expect(200).body().getString("diff")).isEqualTo(text);
            }
        }
    }

    @Test
    void partsOfFilesAreTextWhereTheyCanBe() {
        var umlaut = "ab\u00fc".getBytes(UTF_8);
        var cut = file(new Reply.File(9, 0, Arrays.copyOf(umlaut, 3)));
        assertThat(cut.getString("content")).isEqualTo("ab");
        assertThat(cut.getInteger("nextOffset")).isEqualTo(2);
        assertThat(cut.getBoolean("binary")).isFalse();

        var end = file(new Reply.File(4, 0, umlaut));
        assertThat(end.getString("content")).isEqualTo("ab\u00fc");
        assertThat(end.containsKey("nextOffset")).isFalse();

        var binary = file(new Reply.File(3, 0, new byte[] {0, (byte) 0xff, 1}));
        assertThat(binary.getString("encoding")).isEqualTo("base64");
        assertThat(binary.getString("content")).isEqualTo("AP8B");
        assertThat(file(new Reply.File(3, 2, new byte[] {(byte) 0xc3})).getBoolean("binary"))
                .isTrue();
        assertThat(file(new Reply.File(0, 0, new byte[0])).getString("content")).isEmpty();
    }

    private JsonObject file(Reply.File part) {
        return answered(() -> coordinator.get(path + "/file?path=a"), _ -> part).expect(200).body();
    }

    @Test
    void whatAMachineRefusesIsNamed() {
        refuses(Refusal.PATH_NOT_FOUND, 404, "path_not_found");
        refuses(Refusal.PATH_OF_ANOTHER_KIND, 409, "path_of_another_kind");
        refuses(Refusal.WORKSPACE_GONE, 410, "workspace_gone");
        refuses(Refusal.UNREADABLE, 409, "workspace_unreadable");
    }

    private void refuses(Refusal refusal, int status, String code) {
        var refused =
                answered(
                        () -> coordinator.get(path + "/tree?path=a/b&depth=2"),
                        ask -> {
                            assertThat(ask.question())
                                    .isEqualTo(new Question.Tree(lease.task(), 1, "a/b", 2));
                            return new Reply.Refused(refusal, "So it is.");
                        });
        assertThat(refused.expect(status).body().getString("code")).isEqualTo(code);
        assertThat(refused.body().getString("detail")).isEqualTo("So it is.");
    }

    @Test
    void whatLeadsOutOfAWorkspaceIsRefusedBeforeAnybodyIsAsked() {
        for (var bad :
                List.of("..", "/etc", "a/../b", "a%2F..%2Fb", "%2e%2e", ".git/config", "a//b")) {
            for (var what : List.of("tree", "file", "diff")) {
                var refused = coordinator.get(path + "/" + what + "?path=" + bad).expect(400);
                assertThat(refused.body().getString("code")).isEqualTo("invalid_path");
            }
        }
        assertThat(worker.asks).isEmpty();
    }

    @Test
    void aSilentMachineIsNotWaitedForAndAnOfflineOneIsNotAsked() {
        assertThat(coordinator.get(path).expect(504).body().getString("code"))
                .isEqualTo("machine_silent");
        // its last copy may still be on the way
        var unanswered = worker.asks.peek();
        assertThat(unanswered).isNotNull();
        coordinator.execute("update presence set seen_at = now() - interval '1 hour'");

        assertThat(coordinator.get(path).expect(409).body().getString("code"))
                .isEqualTo("machine_offline");
        assertThat(worker.asks).containsOnly(unanswered);
    }

    // ---- tunnels ---------------------------------------------------------------------------

    private String tunnel(String verb) {
        return "/api/web/workspace-tunnel/" + lease.task() + "/" + verb;
    }

    private Response startTunnel() {
        return answered(
                () -> coordinator.post(tunnel("start"), new JsonObject().put("hours", 1)),
                _ -> new Reply.Tunnel(TunnelState.STARTING, "code", null, 0, null, null, 3600));
    }

    @Test
    void aTunnelIsStartedShownAndStoppedAndAllOfItIsInTheAuditLog() {
        assertThat(coordinator.get(tunnel("status")).expect(200).body().getString("state"))
                .isEqualTo("IDLE");

        var started = startTunnel().expect(201);
        assertThat(started.body().getString("state")).isEqualTo("STARTING");
        assertThat(startTunnel().expect(200).body().getString("id"))
                .isEqualTo(started.body().getString("id"));
        var connected =
                answered(() -> coordinator.get(tunnel("status")), _ -> CONNECTED)
                        .expect(200)
                        .body();
        assertThat(connected.getString("connection")).isEqualTo("https://t.example/x");
        var closed = new Reply.Tunnel(TunnelState.CLOSED, "code", null, 0, "stopped", null, 0);
        var stopped =
                answered(() -> coordinator.post(tunnel("stop")), _ -> closed).expect(200).body();
        assertThat(stopped.getString("state")).isEqualTo("CLOSED");
        // over, and nobody has to be asked
        assertThat(coordinator.post(tunnel("stop")).expect(200).body().getString("state"))
                .isEqualTo("CLOSED");

        assertThat(
                        coordinator.sql(
                                "select action || ' ' || target_id from audit_entry where action"
                                        + " like 'tunnel.%' and target_id = '"
                                        + lease.task()
                                        + "' order by id"))
                .containsExactly("tunnel.start " + lease.task(), "tunnel.stop " + lease.task());
        assertThat(coordinator.sql("select row_to_json(t)::text from tunnel t").toString())
                .doesNotContain("t.example");
    }

    @Test
    void onlyWhoCreatedTheTaskAndAdminsOpenAndCloseAndAreToldHowToConnect() {
        var maintainer = coordinator.person("mia", "lead", "shop", "maintainer");
        startTunnel().expect(201);

        assertThat(
                        coordinator
                                .postAs(maintainer, tunnel("start"), new JsonObject())
                                .expect(403)
                                .body()
                                .getString("code"))
                .isEqualTo("not_your_task");
        coordinator.postAs(maintainer, tunnel("stop")).expect(403);
        var shown =
                answered(() -> coordinator.getAs(maintainer, tunnel("status")), _ -> CONNECTED)
                        .expect(200)
                        .body();
        assertThat(shown.getString("state")).isEqualTo("CONNECTED");
        assertThat(shown.containsKey("connection")).isFalse();
    }

    @Test
    void aMissingProgramIsSaidAndAnotherTryIsFree() {
        var key = "try";
        var refused =
                answered(
                        () ->
                                coordinator.postOnce(
                                        coordinator.port(), key, tunnel("start"), new JsonObject()),
                        _ -> new Reply.Refused(Refusal.PROGRAM_MISSING, "There is no code here."));
        assertThat(refused.expect(409).body().getString("code"))
                .isEqualTo("tunnel_program_missing");
        assertThat(refused.body().getString("detail")).isEqualTo("There is no code here.");

        var made =
                answered(
                        () ->
                                coordinator.postOnce(
                                        coordinator.port(), key, tunnel("start"), new JsonObject()),
                        _ -> CONNECTED);
        assertThat(made.expect(201).headers().firstValue("Idempotent-Replayed")).isEmpty();
        var again =
                answered(
                        () ->
                                coordinator.postOnce(
                                        coordinator.port(), key, tunnel("start"), new JsonObject()),
                        _ -> CONNECTED);
        assertThat(again.expect(201).headers().firstValue("Idempotent-Replayed")).contains("true");
        assertThat(again.body().getString("id")).isEqualTo(made.body().getString("id"));
        var other = new JsonObject().put("hours", 7);
        coordinator.postOnce(coordinator.port(), key, tunnel("start"), other).expect(422);
    }

    @Test
    void aTunnelWhoseMachineIsSilentIsShownAsLastSeenAndToldToEndOnceItIsHeard() {
        startTunnel().expect(201);
        answered(() -> coordinator.get(tunnel("status")), _ -> CONNECTED).expect(200);

        var seen = coordinator.get(tunnel("status")).expect(200).body();
        assertThat(seen.getString("state")).isEqualTo("CONNECTED");
        assertThat(seen.getBoolean("current")).isFalse();
        assertThat(seen.containsKey("connection")).isFalse();

        // as by a stop of which the machine never heard
        coordinator.execute("update tunnel set state = 'CLOSING' where ended_at is null");
        worker.asks.clear();
        var closed = new Reply.Tunnel(TunnelState.CLOSED, "code", null, 0, "stopped", null, 0);
        var ended =
                answered(
                        () -> coordinator.get(tunnel("status")),
                        ask -> {
                            assertThat(ask.question()).isInstanceOf(Question.StopTunnel.class);
                            return closed;
                        });
        assertThat(ended.expect(200).body().getString("state")).isEqualTo("CLOSED");
    }

    @Test
    void aTunnelThatItsMachineDoesNotKnowAnyMoreIsClosed() {
        startTunnel().expect(201);
        var unknown = new Reply.Refused(Refusal.UNKNOWN_TUNNEL, "What tunnel?");

        var shown = answered(() -> coordinator.get(tunnel("status")), _ -> unknown).expect(200);

        assertThat(shown.body().getString("state")).isEqualTo("CLOSED");
        assertThat(shown.body().getString("reason")).isEqualTo("worker_restarted");
        startTunnel().expect(201);
    }

    @Test
    void thereIsNoTunnelIntoATaskThatDoesNotRun() {
        coordinator.cancel(lease.task()).expect(200);

        var refused = coordinator.post(tunnel("start"), new JsonObject()).expect(409);

        assertThat(refused.body().getString("code")).isEqualTo("task_not_running");
        assertThat(worker.asks).isEmpty();
    }
}
