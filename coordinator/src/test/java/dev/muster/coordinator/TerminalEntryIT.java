package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Who gets in to a terminal, people and workers, and who is sent away. */
class TerminalEntryIT extends OneTerminal {

    @Test
    void aTokenIsGoodOnceForItsOwnerItsTaskAndItsMinute() throws Exception {
        var used = channel(member, "watch", 201).getString("channelToken");
        enter(viewer(), member, used, auth()).await(TerminalFrame.Hello.class);
        assertThat(refused(member, used)).isEqualTo(TerminalClose.UNAUTHORISED.code());

        var anothers = channel(member, "watch", 201).getString("channelToken");
        assertThat(refused(maintainer, anothers)).isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(refused(member, anothers)).isEqualTo(TerminalClose.UNAUTHORISED.code());

        var expired = channel(member, "watch", 201).getString("channelToken");
        coordinator.execute("update channel_token set expires_at = now() - interval '1 ms'");
        assertThat(refused(member, expired)).isEqualTo(TerminalClose.UNAUTHORISED.code());

        var elsewhere = channel(member, "watch", 201).getString("channelToken");
        coordinator.task("shop");
        var other = worker.running();
        var misplaced = TerminalClient.viewer(coordinator.port(), other.task());
        enter(misplaced, member, elsewhere, auth());
        assertThat(misplaced.awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());

        assertThat(refused(member, "")).isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(refused(member, "mst_pty_" + "A".repeat(32)))
                .isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(
                        refused(
                                "no.good.token",
                                channel(member, "watch", 201).getString("channelToken")))
                .isEqualTo(TerminalClose.UNAUTHORISED.code());
    }

    @Test
    void theHashIsAllThatIsKept() {
        var token = channel(member, "watch", 201).getString("channelToken");

        assertThat(
                        coordinator.sql(
                                "select encode(token_hash, 'escape') || c::text from channel_token"
                                        + " c"))
                .noneMatch(row -> row.contains(token));
        assertThat(coordinator.sql("select encode(token_hash, 'hex') from channel_token"))
                .allMatch(hash -> hash.length() == 64);
    }

    @Test
    void whoMayTypeIsWhoDecidesAboutTheTask() {
        assertThat(channel(coordinator.accessToken(), null, 201).getString("mode"))
                .isEqualTo("control");
        assertThat(channel(maintainer, null, 201).getString("mode")).isEqualTo("control");
        assertThat(channel(member, null, 201).getString("mode")).isEqualTo("watch");
        assertThat(channel(member, "control", 403).getString("code")).isEqualTo("not_your_task");
        assertThat(channel(stranger, "watch", 404).getString("code")).isEqualTo("not_found");
    }

    @Test
    void aTaskThatWaitsHasNoTerminal() {
        long waits = coordinator.task("shop");

        var problem =
                coordinator
                        .post("/api/web/tasks/" + waits + "/pty-token", new JsonObject())
                        .expect(409);

        assertThat(problem.body().getString("code")).isEqualTo("no_terminal");
        coordinator.cancel(waits).expect(200);
    }

    @Test
    void onlyTheCoordinatorsOwnPagesMayAsk() {
        int port = coordinator.port();
        for (var origin :
                new String[] {
                    null,
                    "null",
                    "http://127.0.0.1",
                    "http://127.0.0.1:" + (port + 1),
                    "https://127.0.0.1:" + port,
                    "http://127.0.0.1:" + port + ".evil.example",
                    "http://127.0.0.1:" + port + "/",
                    "HTTP://127.0.0.1:" + port,
                    "http://127.0.0.2:" + port,
                    "http://evil.example:" + port,
                    "http://localhost.evil.example:" + port,
                    "http://xn--lcalhost-54a:" + port
                }) {
            assertThat(TerminalClient.refusal(port, lease.task(), origin))
                    .as(String.valueOf(origin))
                    .isEqualTo(403);
        }
        assertThat(TerminalClient.refusal(port, lease.task(), "http://localhost:" + port))
                .isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "{}",
                "{\"type\":\"auth\"}",
                "{\"type\":\"auth\",\"token\":7}",
                "{\"type\":\"auth\",\"token\":\"t\",\"behind\":\"x\"}",
                "{\"type\":\"auth\",\"token\":\"t\",\"window\":1}"
            })
    void aFirstFrameThatIsNoneEndsIt(String text) throws Exception {
        assertThat(viewer().text(text).awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());
    }

    @Test
    void whoSaysNothingOrTooMuchOrTheWrongThingFirstHearsNothing() throws Exception {
        var silent = viewer();
        var huge = viewer().text("x".repeat(13_000));
        var binary = viewer().type("ls\r");

        assertThat(huge.awaitClosed()).isEqualTo(TerminalClose.TOO_LARGE.code());
        assertThat(binary.awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(silent.awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());
        for (var client : List.of(silent, huge, binary)) {
            assertThat(client.output()).isEmpty();
            assertThat(client.count(TerminalFrame.class)).isZero();
        }
    }

    @Test
    void anAddressThatFailedTooOftenIsNotListenedToAndOthersAre() throws Exception {
        int failures = CoordinatorFixture.FAILURES.burst();
        assertThat(failuresElsewhere()).isGreaterThanOrEqualTo(failures - 1);

        // it gets another go each second
        String good;
        TerminalClient unheard;
        do {
            failuresElsewhere();
            good = channel(member, "watch", 201).getString("channelToken");
            unheard = TerminalClient.viewerElsewhere(coordinator.port(), lease.task());
            enter(unheard, member, good, auth());
        } while (unheard.isLetIn());

        assertThat(unheard.awaitClosed()).isEqualTo(TerminalClose.TOO_MANY_FAILURES.code());
        assertThat(unheard.closeReason()).isEqualTo(TerminalClose.TOO_MANY_FAILURES.sentence());
        enter(viewer(), member, good, auth()).await(TerminalFrame.Hello.class);
    }

    /** How often one may fail to come in from there, by both doors, until one is not heard. */
    private int failuresElsewhere() throws InterruptedException {
        int port = coordinator.port();
        for (int failures = 0; ; failures++) {
            boolean asWorker = failures % 2 == 1;
            try (var client =
                    asWorker
                            ? TerminalClient.workerElsewhere(port, lease.task())
                            : TerminalClient.viewerElsewhere(port, lease.task())) {
                var key = asWorker ? "workerJwt" : "token";
                client.text(auth().put(key, "no.good.token").put("channelToken", "none"));
                int code = client.awaitClosed();
                if (code == TerminalClose.TOO_MANY_FAILURES.code()) {
                    return failures;
                }
                assertThat(code).isEqualTo(TerminalClose.UNAUTHORISED.code());
                assertThat(failures).isLessThan(1_000);
            }
        }
    }

    @Test
    void whoSpeaksAtOnceIsHeard() throws Exception {
        try (var talkers = Executors.newFixedThreadPool(8)) {
            var answers = new ArrayList<Callable<Integer>>();
            for (int i = 0; i < 1_500; i++) {
                answers.add(
                        () -> {
                            try (var client =
                                    TerminalClient.worker(coordinator.port(), lease.task())) {
                                var auth = auth().put("workerJwt", worker.token);
                                client.text(auth.put("channelToken", "mst_pty_none"));
                                return client.awaitClosed();
                            }
                        });
            }
            for (var answer : talkers.invokeAll(answers)) {
                assertThat(answer.get()).isEqualTo(TerminalClose.UNKNOWN.code());
            }
        }
    }

    @Test
    void aFrameThatIsNoneEndsItAndATooLargeOneDoesToo() throws Exception {
        var bad = admitted(member, "watch").bytes(new byte[] {0x7f});
        var worker = admitted(member, "watch").send(new TerminalFrame.Keys(1, new byte[1]));
        var large = admitted(member, "watch").send(new TerminalFrame.Input(new byte[40_000]));

        assertThat(bad.awaitClosed()).isEqualTo(TerminalClose.NOT_A_FRAME.code());
        assertThat(worker.awaitClosed()).isEqualTo(TerminalClose.NOT_A_FRAME.code());
        assertThat(large.awaitClosed()).isEqualTo(TerminalClose.TOO_LARGE.code());
    }

    @Test
    void whoseRightsEndIsSentAway() throws Exception {
        var name = "leaver" + lease.task();
        var removed = coordinator.person(name, "developer", "shop", "maintainer");
        var out = coordinator.person("out" + lease.task(), "developer", "shop", "member");
        var typing = admitted(removed, "control");
        typing.await(TerminalFrame.People.class, you("control"));
        var loggedOut = admitted(out, "watch");
        var line = line(new byte[0]);
        store(new byte[1], 0, 1);

        coordinator.execute(
                "update project_member set role = 'member' where developer_id = (select id from"
                        + " developer where name = '"
                        + name
                        + "')");
        var since = System.nanoTime();
        coordinator.execute(
                "update session set ended_at = now(), ended_reason = 'logout' where developer_id ="
                        + " (select id from developer where name = 'out"
                        + lease.task()
                        + "')");
        assertThat(loggedOut.awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(5));

        for (int go = 0; keysArrive(typing, line); go++) {
            assertThat(go).isLessThan(1_000);
        }
        coordinator.execute(
                "delete from project_member where developer_id = (select id from developer where"
                        + " name = '"
                        + name
                        + "')");
        assertThat(typing.awaitClosed()).isEqualTo(TerminalClose.FORBIDDEN.code());
    }

    /** Whether what he types comes through; asks for something twice, so that it would have. */
    private static boolean keysArrive(TerminalClient typing, TerminalClient line)
            throws InterruptedException {
        long before = line.count(TerminalFrame.Keys.class);
        typing.type("x").send(new TerminalFrame.Want(0, 1));
        var _ = typing.await(TerminalFrame.History.class);
        typing.send(new TerminalFrame.Want(0, 1));
        var _ = typing.await(TerminalFrame.History.class);
        return line.count(TerminalFrame.Keys.class) != before;
    }

    @Test
    void aLineIsItsMachinesAndIsTakenOnce() throws Exception {
        admitted(member, "watch");
        var order = ordered();
        assertThat(order.url()).isEqualTo("http://127.0.0.1:" + coordinator.port());

        try (var thief = worker.neighbour(coordinator)) {
            assertThat(dialled(coordinator.port(), thief.token, order.channelToken()).awaitClosed())
                    .isEqualTo(TerminalClose.UNKNOWN.code());
        }
        assertThat(dialled(coordinator.port(), "no.good.token", order.channelToken()).awaitClosed())
                .isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(dialled(coordinator.port(), worker.token, "mst_pty_wrong").awaitClosed())
                .isEqualTo(TerminalClose.UNKNOWN.code());
        dialled(coordinator.port(), worker.token, order.channelToken())
                .send(hello(0, 0))
                .await(TerminalFrame.From.class);
        assertThat(dialled(coordinator.port(), worker.token, order.channelToken()).awaitClosed())
                .isEqualTo(TerminalClose.UNKNOWN.code());
    }

    private int refused(String token, String channelToken) throws InterruptedException {
        return enter(viewer(), token, channelToken, auth()).awaitClosed();
    }
}
