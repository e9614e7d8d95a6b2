package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;

import dev.muster.coordinator.Scene.Ask;
import dev.muster.coordinator.Scene.Person;
import dev.muster.coordinator.proof.HostileConnection;
import dev.muster.coordinator.proof.Judge;
import dev.muster.coordinator.proof.Mutant;
import dev.muster.coordinator.proof.Mutator;
import dev.muster.coordinator.proof.Served;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Thousands of requests that are wrong in some way, to every operation, from everybody. {@code
 * -Dmuster.fuzz=20000} sends so many, {@code -Dmuster.fuzz.seed=7} others.
 */
class FuzzIT {

    private static final int REQUESTS = Integer.getInteger("muster.fuzz", 1000);
    private static final long SEED = Long.getLong("muster.fuzz.seed", 20266);
    private static final int SENDERS = 4;
    private static final int MOST_TOLD = 20;

    private static final Scene SCENE = new Scene();

    /** What an outage or an accident would write. */
    private static final class Accidents extends AppenderBase<ILoggingEvent> {
        final Queue<String> lines = new ConcurrentLinkedQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            var isAccident = event.getLevel() == Level.ERROR || event.getThrowableProxy() != null;
            if (isAccident) {
                var why = event.getThrowableProxy();
                lines.add(
                        event.getFormattedMessage() + " " + (why == null ? "" : why.getMessage()));
            }
        }
    }

    private final Mutator mutator = new Mutator(SCENE.contract);
    private final Judge judge = new Judge(SCENE.contract);
    private final Queue<String> findings = new ConcurrentLinkedQueue<>();
    private final Map<Integer, AtomicInteger> statuses = new ConcurrentSkipListMap<>();
    private final AtomicLong slowestNanos = new AtomicLong();

    @AfterAll
    static void close() {
        SCENE.close();
    }

    @Test
    void noRequestBreaksTheServerOrIsAnsweredByMoreThanItShouldKnow() {
        var accidents = new Accidents();
        accidents.start();
        // silent in other tests, which cause its failures on purpose
        var outlet = (Logger) LoggerFactory.getLogger("dev.muster.coordinator.http.Outlet");
        var before = outlet.getLevel();
        outlet.setLevel(Level.WARN);
        outlet.addAppender(accidents);
        var start = System.nanoTime();
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < SENDERS; i++) {
                var drafts = drafts();
                var random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED + i);
                senders.execute(() -> send(drafts, random));
            }
        } finally {
            outlet.detachAppender(accidents);
            outlet.setLevel(before);
        }
        System.out.printf(
                "fuzz: seed %d, %d requests in %s, slowest %s, statuses %s%n",
                SEED,
                REQUESTS,
                Duration.ofNanos(System.nanoTime() - start),
                Duration.ofNanos(slowestNanos.get()),
                statuses);
        assertThat(findings.stream().limit(MOST_TOLD)).isEmpty();
        assertThat(accidents.lines.stream().limit(MOST_TOLD)).isEmpty();
        assertThat(SCENE.coordinator.get("/api/health").body().getBoolean("ready")).isTrue();
        assertThat(SCENE.coordinator.contradictions()).isEmpty();
        wentDeepEnough();
    }

    /** Requests that are all refused at the door prove nothing about what lies behind it. */
    private void wentDeepEnough() {
        var answered = statuses.values().stream().mapToInt(AtomicInteger::get).sum();
        assertThat(answered).isGreaterThan(REQUESTS * 8 / 10);
        assertThat(share(200, answered) + share(201, answered) + share(204, answered))
                .isGreaterThan(0.03);
        assertThat(share(400, answered)).isGreaterThan(0.2);
        assertThat(share(401, answered)).isLessThan(0.35);
        assertThat(share(403, answered)).isGreaterThan(0.04);
        assertThat(share(429, answered)).isLessThan(0.1);
    }

    private double share(int status, int all) {
        return (double) statuses.getOrDefault(status, new AtomicInteger()).get() / all;
    }

    /** What one sender spoils, again and again. */
    private record Draft(Served operation, Ask ask, Person person) {
        String token(RandomGenerator random) {
            // who ends the session they come with must not end another's
            var isOwn = Scene.touchesTheCaller(operation);
            return switch (random.nextInt(10)) {
                case 0 -> "";
                case 1 -> SCENE.workerToken;
                case 2 -> isOwn ? person.token() : SCENE.outsider.token();
                case 3, 4 -> isOwn ? person.token() : SCENE.member.token();
                default -> operation.access().equals("worker") ? SCENE.workerToken : person.token();
            };
        }
    }

    /** One of each operation for each sender, so that one that is used up leaves others. */
    private static List<Draft> drafts() {
        var drafts = new ArrayList<Draft>();
        for (var operation : SCENE.contract.operations()) {
            var target = SCENE.targets(operation).getFirst();
            var person = Scene.touchesTheCaller(operation) ? SCENE.like(SCENE.admin) : SCENE.admin;
            drafts.add(new Draft(operation, SCENE.ask(operation, person, target), person));
        }
        return List.copyOf(drafts);
    }

    private void send(List<Draft> drafts, RandomGenerator random) {
        try (var connection = new HostileConnection(SCENE.coordinator.port())) {
            for (int i = 0; i < REQUESTS / SENDERS; i++) {
                var draft = drafts.get(random.nextInt(drafts.size()));
                var body = draft.ask().body();
                var whole =
                        new Mutator.Draft(
                                draft.operation(),
                                draft.ask().path(),
                                body == null ? null : body.copy(),
                                draft.token(random));
                exchange(connection, mutator.spoiled(whole, random));
            }
        }
    }

    private void exchange(HostileConnection connection, Mutant mutant) {
        try {
            var reply = connection.exchange(mutant);
            if (reply.isEmpty() && mutant.isAnswered()) {
                findings.add("closed without an answer: " + mutant);
            }
            reply.ifPresent(answer -> judge(mutant, answer));
        } catch (HostileConnection.Silence _) {
            findings.add("no answer within 10 s: " + mutant);
        }
    }

    private void judge(Mutant mutant, HostileConnection.Reply reply) {
        statuses.computeIfAbsent(reply.status(), _ -> new AtomicInteger()).incrementAndGet();
        slowestNanos.accumulateAndGet(reply.took().toNanos(), Math::max);
        for (var fault : judge.faults(mutant, reply)) {
            findings.add(
                    "the answer %s: %s\n%d %s"
                            .formatted(fault, mutant, reply.status(), reply.body()));
        }
    }
}
