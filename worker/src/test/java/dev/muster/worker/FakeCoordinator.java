package dev.muster.worker;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.HeartbeatAnswer;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.Kept;
import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.LateAppended;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.PromotionAnswer;
import dev.muster.protocol.message.PromotionAnswer.Decision;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Pulled;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reported;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Waiting;
import dev.muster.protocol.message.Welcome;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.question.Answered;
import dev.muster.protocol.question.Heard;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * A coordinator without a database: the real bus, as a data member on loopback, and the real
 * messages. Does with each request what the test tells it to.
 */
final class FakeCoordinator {

    /** What becomes of one request. */
    enum Fate {
        SERVED,
        /** Never heard of. */
        LOST,
        /** Done, but nobody is told. */
        ANSWER_LOST,
        /** Done twice; the second answer counts. */
        DOUBLED,
        /** Done at once, told 300 ms later. */
        LATE,
        UNAVAILABLE,
        REFUSED,
        REPLACED
    }

    final FakeHttp http;

    private final Deque<Assignment> queue = new ArrayDeque<>();
    private final Map<UUID, List<Assignment>> answered = new HashMap<>();
    private final Map<UUID, Parked> parked = new LinkedHashMap<>();
    private final Map<LeaseRef, List<Fact>> facts = new HashMap<>();
    private final Map<LeaseRef, ByteArrayOutputStream> logs = new HashMap<>();
    private final Map<LeaseRef, ByteArrayOutputStream> lateLogs = new HashMap<>();
    private final Map<LeaseRef, Integer> logWhenOver = new HashMap<>();
    private final Set<LeaseRef> stale = new HashSet<>();
    private final Map<Waiting, String> answers = new HashMap<>();
    private final List<Hello> hellos = new ArrayList<>();
    private final List<Heartbeat> heartbeats = new ArrayList<>();
    private final List<ToWorker.OpenTerminal> wanted = new ArrayList<>();
    private final List<Reports> reports = new ArrayList<>();
    private final List<Answered> told = new ArrayList<>();
    private final List<Pull> pulls = new ArrayList<>();
    private final List<Promotion> promotions = new ArrayList<>();
    private final Map<LeaseRef, String> repositories = new HashMap<>();
    private Function<String, Fate> fate = _ -> Fate.SERVED;
    private long heartbeatMillis = 200;
    private @Nullable Duration window;
    private int mostOpenCredit;
    private long tasks;
    private FakeCluster cluster;
    private Vertx vertx;

    private record Parked(Pull pull, Message<Buffer> message, Fate fate) {}

    FakeCoordinator() throws Exception {
        http = new FakeHttp();
        startBus();
    }

    /** A new member on a new port, which knows everything the last one knew. */
    void startBus() throws Exception {
        cluster = FakeCluster.start(http.authority());
        vertx = cluster.vertx();
        serve(Addresses.HELLO, Hello.class, this::hello);
        serve(Addresses.REPORT, Reports.class, this::report);
        serve(Addresses.APPEND, Append.class, this::append);
        serve(Addresses.APPEND_LATE, LateAppend.class, this::appendLate);
        serve(Addresses.HEARTBEAT, Heartbeat.class, this::heartbeat);
        serve(Addresses.ANSWER, Answered.class, this::hear);
        serve(Addresses.PROMOTE, Promotion.class, this::promote);
        subscribe(Addresses.PULL, this::pull);
        http.bus(vertx);
        http.cluster(cluster.address());
    }

    /** As by SIGKILL: no leave is taken. */
    void killBus() throws Exception {
        http.bus(null);
        cluster.kill();
        synchronized (this) {
            parked.clear();
        }
    }

    private void subscribe(String address, Fated handler) throws Exception {
        vertx.eventBus()
                .<Buffer>consumer(
                        address,
                        message -> {
                            var fate = fateOf(address);
                            if (!http.isGood(message.headers().get(Addresses.TOKEN))) {
                                message.fail(Addresses.UNAUTHORISED, "token");
                                return;
                            }
                            switch (fate) {
                                case LOST -> {}
                                case UNAVAILABLE -> message.fail(Addresses.UNAVAILABLE, "later");
                                case REFUSED -> message.fail(Addresses.INVALID, "refused");
                                case REPLACED -> message.fail(Addresses.REPLACED, "replaced");
                                default -> handler.handle(message, fate);
                            }
                        })
                .completion()
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private <T> void serve(String address, Class<T> type, Function<T, Object> answer)
            throws Exception {
        subscribe(
                address,
                (message, fate) -> {
                    var request = Wire.decode(message.body().getBytes(), type);
                    var result = answer.apply(request);
                    reply(message, fate, fate == Fate.DOUBLED ? answer.apply(request) : result);
                });
    }

    private void reply(Message<Buffer> message, Fate fate, Object answer) {
        var bytes = Buffer.buffer(Wire.encode(answer));
        switch (fate) {
            case ANSWER_LOST -> {}
            case LATE -> vertx.setTimer(300, _ -> message.reply(bytes));
            default -> message.reply(bytes);
        }
    }

    private synchronized Fate fateOf(String address) {
        return fate.apply(address);
    }

    private synchronized Object hello(Hello hello) {
        hellos.add(hello);
        // what an earlier daemon asked for, nobody would run
        parked.values().removeIf(waiting -> !waiting.pull().boot().equals(hello.boot()));
        notifyAll();
        return new Welcome(
                1,
                hello.held().stream().filter(stale::contains).toList(),
                heartbeatMillis,
                kept(hello.held()),
                window == null ? null : window.toMillis());
    }

    private synchronized void pull(Message<Buffer> message, Fate fate) {
        var pull = Wire.decode(message.body().getBytes(), Pull.class);
        pulls.add(pull);
        var known = answered.get(pull.poll());
        if (known != null) {
            reply(message, fate, new Pulled(1, known));
            return;
        }
        parked.put(pull.poll(), new Parked(pull, message, fate));
        mostOpenCredit =
                Math.max(
                        mostOpenCredit,
                        parked.values().stream().mapToInt(p -> p.pull().credit()).sum());
        match();
        vertx.setTimer(Math.max(1, pull.waitMillis()), _ -> giveUp(pull));
        notifyAll();
    }

    private synchronized void giveUp(Pull pull) {
        var waiting = parked.remove(pull.poll());
        if (waiting != null) {
            answer(waiting, List.of());
        }
    }

    private void match() {
        for (var waiting : List.copyOf(parked.values())) {
            var granted = new ArrayList<Assignment>();
            while (granted.size() < waiting.pull().credit() && !queue.isEmpty()) {
                granted.add(queue.poll());
            }
            if (!granted.isEmpty()) {
                parked.remove(waiting.pull().poll());
                answer(waiting, granted);
            }
        }
    }

    private void answer(Parked waiting, List<Assignment> granted) {
        answered.put(waiting.pull().poll(), granted);
        reply(waiting.message(), waiting.fate(), new Pulled(1, granted));
    }

    private synchronized Object report(Reports message) {
        reports.add(message);
        var verdicts = message.reports().stream().map(this::judge).toList();
        notifyAll();
        return new Reported(1, verdicts);
    }

    private Verdict judge(Report report) {
        if (stale.contains(report.lease())) {
            return Verdict.STALE;
        }
        var known = facts.computeIfAbsent(report.lease(), _ -> new ArrayList<>());
        if (report.first() > known.size() + 1) {
            return Verdict.GAP;
        }
        for (int n = known.size() + 1; n <= report.last(); n++) {
            var fact = report.facts().get(n - report.first());
            known.add(fact);
            if (fact.isFinal()) {
                logWhenOver.put(report.lease(), log(report.lease()).length);
            }
        }
        return Verdict.ACCEPTED;
    }

    private synchronized Object append(Append append) {
        var log = logs.computeIfAbsent(append.lease(), _ -> new ByteArrayOutputStream());
        var verdict = Verdict.ACCEPTED;
        if (stale.contains(append.lease())) {
            verdict = Verdict.STALE;
        } else if (append.offset() > log.size()) {
            verdict = Verdict.GAP;
        } else {
            int skip = (int) (log.size() - append.offset());
            if (skip < append.bytes().length) {
                log.write(append.bytes(), skip, append.bytes().length - skip);
            }
        }
        notifyAll();
        return new Appended(1, verdict, log.size());
    }

    /** From now on heartbeats are told of this terminal. */
    synchronized void wants(ToWorker.OpenTerminal order) {
        wanted.add(order);
    }

    private synchronized Object appendLate(LateAppend piece) {
        var lease = piece.lease();
        notifyAll();
        if (!logs.containsKey(lease)) {
            return new LateAppended(1, LateAppended.Answer.REFUSED, 0);
        }
        if (!stale.contains(lease) && !isOver(lease)) {
            return new LateAppended(1, LateAppended.Answer.ALIVE, 0);
        }
        var late = lateLogs.computeIfAbsent(lease, _ -> new ByteArrayOutputStream());
        int end = logs.get(lease).size() + late.size();
        if (piece.offset() > end) {
            return new LateAppended(1, LateAppended.Answer.GAP, end);
        }
        int skip = (int) (end - piece.offset());
        if (skip < piece.bytes().length) {
            late.write(piece.bytes(), skip, piece.bytes().length - skip);
        }
        return new LateAppended(
                1, LateAppended.Answer.ACCEPTED, logs.get(lease).size() + late.size());
    }

    private synchronized Object heartbeat(Heartbeat heartbeat) {
        heartbeats.add(heartbeat);
        notifyAll();
        return new HeartbeatAnswer(
                1,
                heartbeat.held().stream().filter(stale::contains).toList(),
                kept(heartbeat.held()),
                answers(heartbeat.waiting()),
                List.copyOf(wanted));
    }

    private synchronized Object promote(Promotion promotion) {
        promotions.add(promotion);
        notifyAll();
        var succeeded =
                facts(promotion.lease()).stream()
                        .filter(Fact.Succeeded.class::isInstance)
                        .anyMatch(fact -> promotion.commit().equals(pushed((Fact.Succeeded) fact)));
        var decision =
                promotion.result() != null
                        ? Decision.DONE
                        : succeeded ? Decision.PROMOTE : Decision.DROP;
        return new PromotionAnswer(1, decision, repositories.get(promotion.lease()), null);
    }

    private static @Nullable String pushed(Fact.Succeeded fact) {
        return fact.work() == null || fact.work().pushed() == null
                ? null
                : fact.work().pushed().commit();
    }

    private synchronized Object hear(Answered answer) {
        told.add(answer);
        notifyAll();
        return new Heard(1);
    }

    private @Nullable List<GateAnswer> answers(@Nullable List<Waiting> waiting) {
        return waiting == null
                ? null
                : waiting.stream()
                        .filter(answers::containsKey)
                        .map(one -> new GateAnswer(one.lease(), one.stage(), answers.get(one)))
                        .toList();
    }

    private @Nullable List<Kept> kept(List<LeaseRef> held) {
        return window == null
                ? null
                : held.stream()
                        .filter(lease -> !stale.contains(lease))
                        .map(lease -> new Kept(lease, window.toMillis()))
                        .toList();
    }

    // what a test says

    synchronized void fate(Function<String, Fate> chosen) {
        fate = chosen;
    }

    /** From now on attempts may go on only for so long without a new word. */
    synchronized void window(Duration chosen) {
        window = chosen;
    }

    LeaseRef enqueue() {
        return enqueue("true");
    }

    LeaseRef enqueue(String command) {
        return enqueue(new Stage("only", command, 60, Map.of()));
    }

    LeaseRef enqueue(Stage... stages) {
        return enqueue(Given.stages(stages));
    }

    synchronized LeaseRef enqueue(Given given) {
        return enqueue(new LeaseRef(++tasks, 1, tasks), given);
    }

    /** The next attempt of the same task, which goes on in the workspace of {@code former}. */
    LeaseRef enqueueNext(LeaseRef former, int fromStage, Given given) {
        var lease = new LeaseRef(former.task(), former.attempt() + 1, former.fence() + 1);
        return enqueue(lease, given.continuing(former.attempt(), fromStage));
    }

    private synchronized LeaseRef enqueue(LeaseRef lease, Given given) {
        var assignment = given.under(lease);
        repositories.put(lease, assignment.repoUrl());
        queue.add(assignment);
        match();
        return lease;
    }

    /** The lease is gone; the machine hears of it with its next request. */
    synchronized void revoke(LeaseRef lease) {
        stale.add(lease);
    }

    /** A person answered; the machine hears of it with a heartbeat that says that it waits. */
    synchronized void answer(LeaseRef lease, int stage, String result) {
        answers.put(new Waiting(lease, stage), result);
    }

    void order(UUID machine, ToWorker order) {
        vertx.eventBus().send(Addresses.orders(machine), Buffer.buffer(Wire.encode(order)));
    }

    /** The coordinator has that of its log. */
    synchronized void stored(LeaseRef lease, byte[] bytes) {
        logs.computeIfAbsent(lease, _ -> new ByteArrayOutputStream()).writeBytes(bytes);
    }

    /** Forgets the last {@code count} facts of an attempt, as no real coordinator may. */
    synchronized void forgetFacts(LeaseRef lease, int count) {
        var known = facts.get(lease);
        known.subList(known.size() - count, known.size()).clear();
    }

    // what a test asks

    synchronized List<Fact> facts(LeaseRef lease) {
        return List.copyOf(facts.getOrDefault(lease, List.of()));
    }

    synchronized boolean isOver(LeaseRef lease) {
        var known = facts(lease);
        return !known.isEmpty() && known.getLast().isFinal();
    }

    synchronized byte[] log(LeaseRef lease) {
        var log = logs.get(lease);
        return log == null ? new byte[0] : log.toByteArray();
    }

    /** What came when its attempt was over. */
    synchronized byte[] lateLog(LeaseRef lease) {
        var late = lateLogs.get(lease);
        return late == null ? new byte[0] : late.toByteArray();
    }

    synchronized int logSizeWhenOver(LeaseRef lease) {
        return logWhenOver.getOrDefault(lease, -1);
    }

    synchronized List<Hello> hellos() {
        return List.copyOf(hellos);
    }

    synchronized List<Heartbeat> heartbeats() {
        return List.copyOf(heartbeats);
    }

    synchronized List<Reports> reports() {
        return List.copyOf(reports);
    }

    /** What it was told of a question, as often as it was. */
    synchronized List<Answered> told(UUID question) {
        return told.stream().filter(one -> one.id().equals(question)).toList();
    }

    /** Asks until it is told. */
    Reply ask(UUID machine, Question question) throws InterruptedException {
        var id = UUID.randomUUID();
        order(machine, new ToWorker.Ask(1, id, UUID.randomUUID(), question));
        until("it answers " + question, () -> !told(id).isEmpty());
        return told(id).getFirst().reply();
    }

    synchronized List<Pull> pulls() {
        return List.copyOf(pulls);
    }

    /** What it was asked and told of what was pushed. */
    synchronized List<Promotion> promotions(LeaseRef lease) {
        return promotions.stream().filter(one -> one.lease().equals(lease)).toList();
    }

    synchronized int parkedPulls() {
        return parked.size();
    }

    synchronized int mostOpenCredit() {
        return mostOpenCredit;
    }

    /** Blocks until {@code condition} holds, which every message may change. */
    synchronized void until(String what, BooleanSupplier condition) throws InterruptedException {
        var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within 30 s: " + what);
            }
            wait(50);
        }
    }

    void close() throws Exception {
        killBus();
        http.close();
    }

    @FunctionalInterface
    private interface Fated {
        void handle(Message<Buffer> message, Fate fate);
    }
}
