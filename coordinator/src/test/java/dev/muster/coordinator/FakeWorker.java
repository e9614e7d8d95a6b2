package dev.muster.coordinator;

import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.cluster.Cluster;
import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.http.Metrics;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.HeartbeatAnswer;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.LateAppended;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Pause;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Pulled;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reported;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Waiting;
import dev.muster.protocol.message.Welcome;
import dev.muster.protocol.question.Answered;
import dev.muster.protocol.question.Heard;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Future;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A worker that speaks the real bus and real messages, and does what a test tells it. */
final class FakeWorker implements AutoCloseable {

    private static final Load HALF = new Load(0.5, 0.5, 0.5);

    final UUID machine;
    final UUID boot = UUID.randomUUID();
    final String token;

    /** What it tells in pulls and hellos. */
    List<String> capabilities = List.of("shell");

    List<String> mirrors = List.of();

    /** What it was told at once of gates, since it keeps its orders. */
    final BlockingQueue<GateAnswer> answers = new LinkedBlockingQueue<>();

    final BlockingQueue<ToWorker.OpenTerminal> terminals = new LinkedBlockingQueue<>();

    /** What it was asked, as often as it was, since it keeps its orders. */
    final BlockingQueue<ToWorker.Ask> asks = new LinkedBlockingQueue<>();

    private final Metrics metrics = new Metrics();
    private final Cluster cluster;
    private final boolean ownsCluster;
    private final @Nullable UUID after;

    FakeWorker(CoordinatorFixture fixture, UUID machine, String token) {
        this.machine = machine;
        this.token = token;
        var member =
                new ClusterConfig("127.0.0.1", 0, List.of(fixture.coordinator().clusterAddress()));
        var authority = Coordinator.authority(MasterKey.open(fixture.data));
        this.cluster = Cluster.join(member, authority, new VertxOptions(), metrics.factory());
        this.ownsCluster = true;
        this.after = null;
    }

    private FakeWorker(FakeWorker beside, UUID machine, String token, @Nullable UUID after) {
        this.machine = machine;
        this.token = token;
        this.cluster = beside.cluster;
        this.ownsCluster = false;
        this.after = after;
    }

    static FakeWorker enrolled(CoordinatorFixture fixture) {
        var machine = UUID.randomUUID();
        var worker = new FakeWorker(fixture, machine, fixture.enrol(machine, 4));
        worker.hello();
        return worker;
    }

    /** Another machine's worker that shares this one's way onto the bus. */
    FakeWorker neighbour(CoordinatorFixture fixture) {
        var another = UUID.randomUUID();
        var worker = new FakeWorker(this, another, fixture.enrol(another, 4), null);
        worker.hello();
        return worker;
    }

    /** A new daemon in this one's place, which is dead by then; it has not said hello. */
    FakeWorker restarted() {
        return new FakeWorker(this, machine, token, boot);
    }

    /** A daemon with this one's identity on another host; it has not said hello. */
    FakeWorker twin() {
        return new FakeWorker(this, machine, token, null);
    }

    /**
     * Keeps the stop orders this machine gets, what it is told in {@link #answers}, and what it is
     * to dial for in {@link #terminals}.
     */
    BlockingQueue<LeaseRef> orders() {
        var orders = new LinkedBlockingQueue<LeaseRef>();
        cluster.vertx()
                .eventBus()
                .<Buffer>consumer(
                        Addresses.orders(machine),
                        message -> {
                            switch (Wire.decode(message.body().getBytes(), ToWorker.class)) {
                                case ToWorker.Stop(_, var lease) -> orders.add(lease);
                                case ToWorker.Answer(_, var answer) -> answers.add(answer);
                                case ToWorker.OpenTerminal terminal -> terminals.add(terminal);
                                case ToWorker.Ask ask -> asks.add(ask);
                            }
                        })
                .completion()
                .timeout(20, TimeUnit.SECONDS)
                .await();
        return orders;
    }

    /** A task of this machine's, pulled and with its first stage started. */
    LeaseRef running() {
        var lease = pull(1).getFirst().lease();
        var verdict = report(lease, 1, new Fact.StageStarted(1, 0, "only", null));
        if (verdict != Verdict.ACCEPTED) {
            throw new AssertionError("start of " + lease + " was " + verdict);
        }
        return lease;
    }

    Welcome hello(LeaseRef... held) {
        return request(Addresses.HELLO, helloMessage(List.of(held), List.of()), Welcome.class);
    }

    /** The same, where of {@code finished} only the outcome is left to tell. */
    Welcome helloFinished(LeaseRef... finished) {
        var held = List.of(finished);
        return request(Addresses.HELLO, helloMessage(held, held), Welcome.class);
    }

    Hello helloMessage(List<LeaseRef> held, List<LeaseRef> finished) {
        return new Hello(
                Wire.VERSION,
                machine,
                boot,
                "test",
                capabilities,
                4,
                held,
                finished.isEmpty() ? null : finished,
                after);
    }

    /** Which tasks these are attempts of. */
    static List<Long> tasks(List<Assignment> assignments) {
        return assignments.stream().map(one -> one.lease().task()).toList();
    }

    List<Assignment> pull(int credit) {
        return pull(UUID.randomUUID(), credit, 5000, false);
    }

    List<Assignment> pull(UUID poll, int credit, long waitMillis, boolean again) {
        var pull =
                new Pull(
                        Wire.VERSION,
                        machine,
                        boot,
                        poll,
                        credit,
                        capabilities,
                        waitMillis,
                        again,
                        mirrors);
        return request(Addresses.PULL, pull, Pulled.class).assignments();
    }

    Verdict report(LeaseRef lease, int first, Fact... facts) {
        return reported(lease, first, facts).verdicts().getFirst();
    }

    /** The whole answer to a report. */
    Reported reported(LeaseRef lease, int first, Fact... facts) {
        var reports =
                new Reports(
                        Wire.VERSION,
                        machine,
                        boot,
                        List.of(new Report(lease, first, List.of(facts))));
        return request(Addresses.REPORT, reports, Reported.class);
    }

    Appended append(LeaseRef lease, long offset, byte[] bytes, Append.Moment... later) {
        var append =
                new Append(Wire.VERSION, machine, boot, lease, offset, 1, bytes, List.of(later));
        return request(Addresses.APPEND, append, Appended.class);
    }

    LateAppended appendLate(LeaseRef lease, long offset, byte[] bytes) {
        var piece = new LateAppend(Wire.VERSION, machine, boot, lease, offset, bytes);
        return request(Addresses.APPEND_LATE, piece, LateAppended.class);
    }

    HeartbeatAnswer heartbeat(LeaseRef... held) {
        return heartbeat(HALF, held);
    }

    HeartbeatAnswer heartbeat(Load load, LeaseRef... held) {
        return heartbeat(load, List.of(held), null, null);
    }

    HeartbeatAnswer heartbeat(Pause pause) {
        return heartbeat(HALF, List.of(), null, pause);
    }

    /** What was answered, by a heartbeat that says that these wait. */
    List<GateAnswer> answered(Waiting... waiting) {
        var held = Stream.of(waiting).map(Waiting::lease).distinct().toList();
        var answers = heartbeat(HALF, held, List.of(waiting), null).answers();
        return answers == null ? List.of() : answers;
    }

    private HeartbeatAnswer heartbeat(
            Load load,
            List<LeaseRef> held,
            @Nullable List<Waiting> waiting,
            @Nullable Pause pause) {
        var beat = new Heartbeat(Wire.VERSION, machine, boot, load, held, null, waiting, pause);
        return request(Addresses.HEARTBEAT, beat, HeartbeatAnswer.class);
    }

    <T> T request(String address, Object message, Class<T> answer) {
        return request(address, message, answer, token);
    }

    <T> T request(String address, Object message, Class<T> answer, String withToken) {
        return Wire.decode(
                send(address, Buffer.buffer(Wire.encode(message)), withToken)
                        .timeout(40, TimeUnit.SECONDS)
                        .await(),
                answer);
    }

    /** Sends anything at all; answers the reply's bytes. */
    Future<byte[]> send(String address, Object body, String withToken) {
        var options =
                new DeliveryOptions().addHeader(Addresses.TOKEN, withToken).setSendTimeout(35_000);
        return cluster.vertx()
                .eventBus()
                .<Buffer>request(address, body, options)
                .map(reply -> reply.body().getBytes());
    }

    /** Parks a pull and does not wait for its answer. */
    Future<List<Assignment>> pullLater(UUID poll, int credit, long waitMillis, boolean again) {
        var pull =
                new Pull(
                        Wire.VERSION,
                        machine,
                        boot,
                        poll,
                        credit,
                        capabilities,
                        waitMillis,
                        again,
                        mirrors);
        return send(Addresses.PULL, Buffer.buffer(Wire.encode(pull)), token)
                .map(bytes -> Wire.decode(bytes, Pulled.class).assignments());
    }

    /** Answers a question in this machine's name. */
    void answer(ToWorker.Ask ask, Reply reply) {
        request(
                Addresses.ANSWER,
                new Answered(Wire.VERSION, machine, boot, ask.id(), ask.asker(), reply),
                Heard.class);
    }

    /** The failure code that a request meets. */
    int refusalOf(String address, Object message, String withToken) {
        return refusalOfBytes(address, Buffer.buffer(Wire.encode(message)), withToken);
    }

    int refusalOfBytes(String address, Object body, String withToken) {
        try {
            send(address, body, withToken).timeout(40, TimeUnit.SECONDS).await();
        } catch (ReplyException e) {
            return e.failureCode();
        }
        throw new AssertionError(address + " took it");
    }

    @Override
    public void close() {
        if (ownsCluster) {
            cluster.close();
        }
        metrics.close();
    }
}
