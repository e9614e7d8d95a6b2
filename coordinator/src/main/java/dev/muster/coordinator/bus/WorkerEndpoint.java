package dev.muster.coordinator.bus;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.dispatch.Dispatcher;
import dev.muster.coordinator.gate.Gates;
import dev.muster.coordinator.http.Callers;
import dev.muster.coordinator.lease.Leases;
import dev.muster.coordinator.log.LateLogs;
import dev.muster.coordinator.log.Logs;
import dev.muster.coordinator.machine.Machines;
import dev.muster.coordinator.machine.Service;
import dev.muster.coordinator.promotion.Promotions;
import dev.muster.coordinator.question.Questions;
import dev.muster.coordinator.report.Reporting;
import dev.muster.coordinator.terminal.Terminals;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.HeartbeatAnswer;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Welcome;
import dev.muster.protocol.question.Answered;
import dev.muster.protocol.question.Heard;
import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Answers workers. Runs on virtual threads, so that one waiting request does not hold the others.
 */
public final class WorkerEndpoint extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(WorkerEndpoint.class);

    /** The rooms that answer. */
    public record Rooms(
            Machines machines,
            Service service,
            Dispatcher dispatcher,
            Leases leases,
            Reporting reporting,
            Logs logs,
            LateLogs late,
            Gates gates,
            Terminals terminals,
            Questions questions,
            Promotions promotions) {}

    private final Rooms rooms;
    private final Callers callers;
    private final LeaseConfig lease;
    private final RequestCounters counters;
    // addresses whose requests the database fails now
    private final Set<String> failing = ConcurrentHashMap.newKeySet();

    public WorkerEndpoint(
            Rooms rooms, Callers callers, LeaseConfig lease, RequestCounters counters) {
        this.rooms = rooms;
        this.callers = callers;
        this.lease = lease;
        this.counters = counters;
    }

    @Override
    public Future<?> start() {
        var asker = Addresses.asker(rooms.questions().self());
        return Future.join(
                List.of(
                        serve(Addresses.HELLO, Hello.class, Hello::machine, this::hello),
                        serve(
                                Addresses.HEARTBEAT,
                                Heartbeat.class,
                                Heartbeat::machine,
                                this::heartbeat),
                        serve(Addresses.PULL, Pull.class, Pull::machine, rooms.dispatcher()::pull),
                        serve(
                                Addresses.REPORT,
                                Reports.class,
                                Reports::machine,
                                rooms.reporting()::take),
                        serve(
                                Addresses.APPEND,
                                Append.class,
                                Append::machine,
                                rooms.logs()::append),
                        serve(
                                Addresses.APPEND_LATE,
                                LateAppend.class,
                                LateAppend::machine,
                                piece -> Future.succeededFuture(rooms.late().take(piece))),
                        serve(
                                Addresses.PROMOTE,
                                Promotion.class,
                                Promotion::machine,
                                one -> Future.succeededFuture(rooms.promotions().take(one))),
                        listen(Addresses.ANSWER, this::receiveAnswer),
                        listen(asker, this::hearAnswer)));
    }

    private Future<Void> listen(String address, Handler<Message<Object>> handler) {
        return vertx.eventBus().consumer(address, handler).completion();
    }

    /** From a machine, for whoever asked it. */
    private void receiveAnswer(Message<?> message) {
        receive(
                message,
                Answered.class,
                Answered::machine,
                answered -> {
                    var token = message.headers().get(Addresses.TOKEN);
                    rooms.questions().pass(answered, token);
                    return Future.succeededFuture(new Heard(Wire.VERSION));
                });
    }

    /** From another coordinator, which got it for this one; nobody waits for a word on it. */
    private void hearAnswer(Message<?> message) {
        try {
            var answered = Wire.decode(bytes(message), Answered.class);
            if (isFrom(message, answered.machine())) {
                rooms.questions().take(answered);
            }
        } catch (RuntimeException e) {
            log.warn("answer passed on could not be taken why={}", e.getMessage());
        }
    }

    private <T> Future<Void> serve(
            String address,
            Class<T> type,
            Function<T, UUID> machine,
            Function<T, ? extends Future<?>> answer) {
        return listen(address, message -> receive(message, type, machine, answer));
    }

    private <T> void receive(
            Message<?> message,
            Class<T> type,
            Function<T, UUID> machine,
            Function<T, ? extends Future<?>> answer) {
        try {
            var request = Wire.decode(bytes(message), type);
            if (!isFrom(message, machine.apply(request))) {
                throw refusal(
                        Addresses.UNAUTHORISED,
                        "The token is not this machine's, or no longer good.");
            }
            answer.apply(request)
                    .map(reply -> Buffer.buffer(Wire.encode(reply)))
                    .onSuccess(reply -> reply(message, reply))
                    .onFailure(failure -> fail(message, failure));
        } catch (WireException e) {
            fail(message, refusal(Addresses.INVALID, e.getMessage()));
        } catch (RuntimeException e) {
            fail(message, e);
        }
    }

    private static byte[] bytes(Message<?> message) {
        if (message.body() instanceof Buffer buffer) {
            return buffer.getBytes();
        }
        throw refusal(Addresses.INVALID, "A message is a buffer of JSON.");
    }

    private void reply(Message<?> message, Buffer reply) {
        if (failing.remove(message.address())) {
            log.info("requests succeed again address={}", message.address());
        }
        counters.answered(message.address(), "ok");
        message.reply(reply);
    }

    private boolean isFrom(Message<?> message, UUID machine) {
        var token = message.headers().get(Addresses.TOKEN);
        return token != null
                && callers.machine(token).filter(caller -> caller.id().equals(machine)).isPresent();
    }

    private void fail(Message<?> message, Throwable failure) {
        var refusal =
                switch (failure) {
                    case ReplyException refused -> refused;
                    case DatabaseFailure database when database.isRefusal() -> {
                        log.error("a request made no sense address={}", message.address(), failure);
                        yield refusal(Addresses.INVALID, "The database refuses what was sent.");
                    }
                    case DatabaseFailure _ -> {
                        noteOutage(message.address(), failure);
                        yield refusal(
                                Addresses.UNAVAILABLE, "The coordinator cannot serve this now.");
                    }
                    default -> {
                        log.error("a request failed address={}", message.address(), failure);
                        yield refusal(Addresses.UNAVAILABLE, "The coordinator failed.");
                    }
                };
        counters.answered(message.address(), outcome(refusal.failureCode()));
        message.fail(refusal.failureCode(), refusal.getMessage());
    }

    /** One line for an outage at each address, not one for each request that meets it. */
    private void noteOutage(String address, Throwable failure) {
        if (failing.add(address)) {
            log.warn("requests fail, telling the first only address={}", address, failure);
        }
    }

    private static String outcome(int code) {
        return switch (code) {
            case Addresses.UNAUTHORISED -> "unauthorised";
            case Addresses.INVALID -> "invalid";
            case Addresses.REPLACED -> "replaced";
            default -> "unavailable";
        };
    }

    private Future<Welcome> hello(Hello hello) {
        switch (rooms.machines().hello(hello)) {
            case WELCOME -> {}
            case TWIN ->
                    throw refusal(
                            Addresses.UNAVAILABLE,
                            "Another worker with this machine's identity is alive; this one takes"
                                    + " its place when that one is silent.");
            case FORMER ->
                    throw refusal(
                            Addresses.REPLACED, "Another worker speaks for this machine now.");
            case GONE ->
                    throw refusal(
                            Addresses.REPLACED,
                            "This machine is not known, or was decommissioned.");
        }
        rooms.dispatcher().forgetOtherBoots(hello.machine(), hello.boot());
        rooms.leases().endOfOtherBoots(hello.machine(), hello.boot());
        var reply = rooms.leases().reconcile(hello.machine(), hello.held(), hello.finished());
        return Future.succeededFuture(
                new Welcome(
                        Wire.VERSION,
                        reply.stop(),
                        lease.heartbeat().toMillis(),
                        reply.kept(),
                        lease.startDeadline().toMillis()));
    }

    private Future<HeartbeatAnswer> heartbeat(Heartbeat beat) {
        var reply =
                rooms.leases()
                        .heartbeat(beat)
                        .orElseThrow(
                                () ->
                                        refusal(
                                                Addresses.REPLACED,
                                                "Another worker speaks for this machine now."));
        rooms.service().watchDisk(beat.machine(), beat.boot(), beat.load().disk());
        return Future.succeededFuture(
                new HeartbeatAnswer(
                        Wire.VERSION,
                        reply.stop(),
                        reply.kept(),
                        rooms.gates().answered(beat.machine(), beat.waiting()),
                        wanted(beat.machine())));
    }

    private @Nullable List<ToWorker.OpenTerminal> wanted(UUID machine) {
        var terminals = rooms.terminals().wanted(machine);
        return terminals.isEmpty() ? null : terminals;
    }

    private static ReplyException refusal(int code, String sentence) {
        return new ReplyException(ReplyFailure.RECIPIENT_FAILURE, code, sentence);
    }
}
