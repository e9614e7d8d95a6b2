package dev.muster.coordinator.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class WatchTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final Map<String, Integer> things = new ConcurrentHashMap<>();
    private final List<Set<String>> questions = new CopyOnWriteArrayList<>();
    private final Watch<String, Integer> watch =
            new Watch<>(
                    new Loops(new SimpleMeterRegistry()),
                    "test",
                    Duration.ofMillis(10),
                    asked -> {
                        questions.add(asked);
                        return Map.copyOf(things);
                    });

    @AfterEach
    void close() {
        watch.close();
    }

    @Test
    void whoeverWaitsForWhatChangedIsWokenAndNobodyElse() throws InterruptedException {
        things.put("a", 1);
        things.put("b", 1);
        var woken = new CountDownLatch(2);
        var other = waiting("b", 1, new CountDownLatch(1));
        var both = List.of(waiting("a", 1, woken), waiting("a", 1, woken));
        watch.start();

        things.put("a", 2);

        assertThat(woken.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(other.isAlive()).isTrue();
        things.remove("b");
        assertThat(other.join(Duration.ofSeconds(20))).isTrue();
        for (var one : both) {
            assertThat(one.join(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void oneQuestionIsAskedForAllWhoWaitAndNoneForNobody() throws InterruptedException {
        var woken = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            waiting("a", null, woken);
        }
        things.put("a", 1);
        watch.start();

        assertThat(woken.await(20, TimeUnit.SECONDS)).isTrue();

        assertThat(questions).isNotEmpty().allMatch(Set.of("a")::equals);
    }

    /** Waits where it can be seen that it does. */
    private Thread waiting(String thing, Integer known, CountDownLatch woken)
            throws InterruptedException {
        var thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        watch.await(thing, known, LONG);
                                        woken.countDown();
                                    } catch (InterruptedException _) {
                                        Thread.currentThread().interrupt();
                                    }
                                });
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        return thread;
    }
}
