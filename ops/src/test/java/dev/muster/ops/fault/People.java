package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * People who make tasks at once, each the next one as soon as there is an answer. They take no for
 * an answer if it says when to come back; anything else is told when they stop.
 */
final class People {

    /** Sooner than they are asked to, but not all that the machine does meanwhile. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Queue<Long> promised = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean enough;

    private People() {}

    /**
     * @param make asks for a task
     */
    static People who(int count, Callable<Api.Reply> make) {
        var people = new People();
        for (int n = 0; n < count; n++) {
            people.threads.add(Thread.ofVirtual().start(() -> people.keepAsking(make)));
        }
        return people;
    }

    private void keepAsking(Callable<Api.Reply> make) {
        try {
            while (!enough) {
                take(make.call());
            }
        } catch (Throwable e) {
            wrong.add(e); // nobody else hears of what ends a thread
        }
    }

    private void take(Api.Reply reply) throws Exception {
        if (reply.status() == 201) {
            promised.add(reply.json().get("id").longValue());
        } else {
            assertRefusedForNow(reply);
            refused.incrementAndGet();
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    static void assertRefusedForNow(Api.Reply reply) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(503);
        assertThat(reply.headers()).containsKey("retry-after");
    }

    /** How many tasks they were promised so far. */
    int promised() {
        assertThat(wrong).isEmpty();
        return promised.size();
    }

    /** How often they were told to come back. */
    int refused() {
        assertThat(wrong).isEmpty();
        return refused.get();
    }

    /**
     * They stop.
     *
     * @return what they were promised; all else that they were told was as it should be
     */
    List<Long> stop() throws InterruptedException {
        enough = true;
        for (var thread : threads) {
            thread.join();
        }
        assertThat(wrong).isEmpty();
        return List.copyOf(promised);
    }
}
