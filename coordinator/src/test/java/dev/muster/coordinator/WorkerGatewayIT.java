package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.gateway.GatewayClient;
import dev.muster.protocol.gateway.CloseCode;
import dev.muster.protocol.gateway.Frame;
import dev.muster.protocol.gateway.Gateway;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.HeartbeatAnswer;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.LateAppended;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Pulled;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reported;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Welcome;
import dev.muster.protocol.question.Answered;
import dev.muster.protocol.question.Heard;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.wire.Wire;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Workers by WebSocket, on a whole coordinator: who gets in, what they may say and hear. */
class WorkerGatewayIT {

    private static CoordinatorFixture coordinator;
    private final List<GatewayClient> clients = new ArrayList<>();

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "true");
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @AfterEach
    void disconnect() {
        clients.forEach(GatewayClient::close);
    }

    /** An enrolled machine's daemon, not connected yet. */
    private record Daemon(UUID machine, UUID boot, String token) {
        Hello hello() {
            return new Hello(
                    Wire.VERSION,
                    machine,
                    boot,
                    "test",
                    List.of("shell"),
                    4,
                    List.of(),
                    null,
                    null);
        }

        Heartbeat heartbeat() {
            return new Heartbeat(Wire.VERSION, machine, boot, new Load(0.5, 0.5, 0.5), List.of());
        }

        Pull pull() {
            return new Pull(
                    Wire.VERSION,
                    machine,
                    boot,
                    UUID.randomUUID(),
                    1,
                    List.of("shell"),
                    5_000,
                    false,
                    List.of());
        }

        Reports started(LeaseRef lease) {
            var fact = new Fact.StageStarted(1, 0, "only", null);
            return new Reports(
                    Wire.VERSION, machine, boot, List.of(new Report(lease, 1, List.of(fact))));
        }
    }

    private static Daemon enrolled() {
        var machine = UUID.randomUUID();
        return new Daemon(machine, UUID.randomUUID(), coordinator.enrol(machine, 4));
    }

    private GatewayClient connect(Daemon daemon) {
        var client = GatewayClient.open(port(), daemon.token());
        clients.add(client);
        return client;
    }

    private GatewayClient greeted(Daemon daemon) {
        var client = connect(daemon);
        client.answer(Addresses.HELLO, daemon.hello(), Welcome.class);
        return client;
    }

    private static int port() {
        return coordinator.coordinator().port();
    }

    @Test
    void onlyAWorkersGoodTokenGetsIn() {
        var token = enrolled().token();
        var forged = token.substring(0, token.length() - 6) + "AAAAAA";

        assertThat(GatewayClient.refusal(port(), "")).isEqualTo(401);
        assertThat(GatewayClient.refusal(port(), forged)).isEqualTo(401);
        assertThat(GatewayClient.refusal(port(), coordinator.accessToken())).isEqualTo(401);
        assertThat(coordinator.getAs(token, Gateway.PATH).status()).isEqualTo(426);
    }

    @Test
    void aTaskIsPulledReportedAndItsLogAppended() {
        var daemon = enrolled();
        var client = greeted(daemon);
        var id = coordinator.task("shop");

        var lease = running(daemon, client);

        assertThat(lease.task()).isEqualTo(id);
        assertThat(coordinator.status(id)).isEqualTo("RUNNING");
        var log = "a line\n".repeat(30_000).getBytes(UTF_8);
        var append = new Append(Wire.VERSION, daemon.machine(), daemon.boot(), lease, 0, 1, log);
        assertThat(client.answer(Addresses.APPEND, append, Appended.class).stored())
                .isEqualTo(log.length);
        assertThat(client.answer(Addresses.HEARTBEAT, daemon.heartbeat(), HeartbeatAnswer.class))
                .isNotNull();
        var late =
                new LateAppend(
                        Wire.VERSION, daemon.machine(), daemon.boot(), lease, 0, new byte[9]);
        assertThat(client.answer(Addresses.APPEND_LATE, late, LateAppended.class).answer())
                .isEqualTo(LateAppended.Answer.ALIVE);
        coordinator.cancel(id).expect(200);
    }

    private static LeaseRef running(Daemon daemon, GatewayClient client) {
        var pulled = client.answer(Addresses.PULL, daemon.pull(), Pulled.class);
        var lease = pulled.assignments().getFirst().lease();
        var reported = client.answer(Addresses.REPORT, daemon.started(lease), Reported.class);
        assertThat(reported.verdicts()).containsExactly(Verdict.ACCEPTED);
        return lease;
    }

    @Test
    void aMachineSpeaksForItselfOnly() {
        var daemon = enrolled();
        var other = enrolled();
        var client = greeted(daemon);

        assertThat(client.failure(Addresses.HELLO, other.hello()))
                .isEqualTo(Addresses.UNAUTHORISED);
        assertThat(client.failure(Addresses.PULL, other.pull())).isEqualTo(Addresses.UNAUTHORISED);
        client.send(new Frame.Auth(other.token()));

        assertThat(client.closeStatus()).isEqualTo(CloseCode.UNAUTHORISED.code());
    }

    @Test
    void nothingElseOnTheBusCanBeReachedAndTheGreetingComesFirst() {
        var daemon = enrolled();
        var other = enrolled();
        var client = connect(daemon);

        assertThat(client.failure(Addresses.PULL, daemon.pull())).isEqualTo(Addresses.UNAVAILABLE);
        client.answer(Addresses.HELLO, daemon.hello(), Welcome.class);
        for (var address :
                List.of(
                        Addresses.orders(daemon.machine()),
                        Addresses.orders(other.machine()),
                        Addresses.WAKE,
                        "muster.v1.gateway.greeted",
                        "")) {
            assertThat(client.failure(address, daemon.heartbeat()))
                    .as(address)
                    .isEqualTo(Addresses.INVALID);
        }
        client.answer(Addresses.HEARTBEAT, daemon.heartbeat(), HeartbeatAnswer.class);
    }

    @Test
    void whatIsNoFrameEndsTheConnectionAndNothingElse() {
        var daemon = enrolled();
        var healthy = greeted(enrolled());

        var text = connect(daemon);
        text.sendText("{\"frame\":\"auth\",\"token\":\"x\"}");
        assertThat(text.closeStatus()).isEqualTo(CloseCode.NOT_A_FRAME.code());

        var garbage = connect(daemon);
        garbage.sendBytes(new byte[] {'{', '"', 1, 2});
        assertThat(garbage.closeStatus()).isEqualTo(CloseCode.NOT_A_FRAME.code());

        var pretender = connect(daemon);
        pretender.send(new Frame.Order(new byte[] {'{', '}'}));
        assertThat(pretender.closeStatus()).isEqualTo(CloseCode.NOT_A_FRAME.code());

        var large = connect(daemon);
        for (int sent = 0; sent <= Gateway.LARGEST_FRAME; sent += Gateway.LARGEST_PIECE) {
            large.sendPiece(ByteBuffer.allocate(Gateway.LARGEST_PIECE), false);
        }
        assertThat(large.closeStatus()).isEqualTo(CloseCode.TOO_LARGE.code());

        assertThat(healthy.failure("", daemon.hello())).isEqualTo(Addresses.INVALID);
    }

    @Test
    void anOrderReachesItsMachineAndNoOther() {
        var daemon = enrolled();
        var bystander = enrolled();
        var client = greeted(daemon);
        var id = coordinator.task("shop");
        var lease = running(daemon, client);
        var other = greeted(bystander);

        coordinator.cancel(id).expect(200);

        assertThat(client.next())
                .isInstanceOfSatisfying(
                        Frame.Order.class,
                        order ->
                                assertThat(Wire.decode(order.body(), ToWorker.class))
                                        .isEqualTo(new ToWorker.Stop(Wire.VERSION, lease)));
        // the next thing that the other hears is an answer to its own question
        other.answer(Addresses.HEARTBEAT, bystander.heartbeat(), HeartbeatAnswer.class);
    }

    @Test
    void aQuestionComesAsAnOrderAndItsAnswerAsARequest() {
        var daemon = enrolled();
        var client = greeted(daemon);
        var id = coordinator.task("shop");
        running(daemon, client);
        var path = "/api/web/workspaces/" + id + "/diff";
        var response =
                CompletableFuture.supplyAsync(
                        () -> coordinator.get(path), Thread::startVirtualThread);

        var order = (Frame.Order) client.next();
        var ask = (ToWorker.Ask) Wire.decode(order.body(), ToWorker.class);
        var diff = new Reply.Diff("from afar".getBytes(UTF_8), false);
        client.answer(
                Addresses.ANSWER,
                new Answered(
                        Wire.VERSION, daemon.machine(), daemon.boot(), ask.id(), ask.asker(), diff),
                Heard.class);

        assertThat(response.join().expect(200).body().getString("diff")).isEqualTo("from afar");
    }

    @Test
    void aNewConnectionOfTheSameDaemonTakesTheOldOnesPlace() {
        var daemon = enrolled();
        var old = greeted(daemon);

        var fresh = greeted(daemon);

        assertThat(old.closeStatus()).isEqualTo(CloseCode.DISPLACED.code());
        fresh.answer(Addresses.HEARTBEAT, daemon.heartbeat(), HeartbeatAnswer.class);
    }

    @Test
    void aMachineThatWasDecommissionedIsTurnedAwayAtItsNextWord() {
        var daemon = enrolled();
        var client = greeted(daemon);
        coordinator.execute(
                "update machine set status = 'decommissioned' where id = '%s'"
                        .formatted(daemon.machine()));

        assertThat(client.failure(Addresses.HEARTBEAT, daemon.heartbeat()))
                .isEqualTo(Addresses.REPLACED);
        assertThat(client.closeStatus()).isEqualTo(CloseCode.REPLACED.code());
    }
}
