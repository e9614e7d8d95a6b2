package dev.muster.coordinator.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class BatchTest {

    private record Request(int key, int number) {}

    @Test
    void everyRequestOfManyThreadsIsAnsweredOnceAndInTheOrderOfItsKey() throws Exception {
        Map<Integer, List<Integer>> flushed = new ConcurrentHashMap<>();
        var together = new AtomicInteger();
        var batch =
                new Batch<Request, Request>(
                        "testing",
                        16,
                        Request::key,
                        requests -> {
                            together.accumulateAndGet(requests.size(), Math::max);
                            assertThat(requests.stream().map(Request::key).distinct().count())
                                    .isEqualTo(requests.size());
                            requests.forEach(
                                    one ->
                                            flushed.computeIfAbsent(
                                                            one.key(), _ -> new ArrayList<>())
                                                    .add(one.number()));
                            return requests;
                        });
        var answers = new ConcurrentLinkedQueue<Request>();
        var twice = new AtomicInteger();

        inThreads(
                20,
                key -> {
                    for (int number = 0; number < 500; number++) {
                        var request = new Request(key, number);
                        var answer = batch.submit(request);
                        answer.onSuccess(answers::add);
                        if (number % 10 == 0 && !request.equals(await(answer))) {
                            twice.incrementAndGet();
                        }
                    }
                    await(batch.submit(new Request(key, 500)));
                });

        assertThat(twice).hasValue(0);
        assertThat(answers).hasSize(20 * 500).doesNotHaveDuplicates();
        flushed.values()
                .forEach(
                        numbers ->
                                assertThat(numbers)
                                        .containsExactlyElementsOf(
                                                IntStream.rangeClosed(0, 500).boxed().toList()));
        assertThat(together.get()).isBetween(2, 16);
    }

    @Test
    void aBadRequestFailsAlone() {
        var gate = new Gate();
        var batch =
                new Batch<Integer, Integer>(
                        "testing",
                        100,
                        requests -> {
                            gate.pass();
                            if (requests.contains(13)) {
                                throw new IllegalArgumentException("13");
                            }
                            return requests;
                        });

        var answers = gate.together(batch, 20);

        for (int i = 0; i < 20; i++) {
            var answer = answers.get(i);
            if (i == 13) {
                assertThatThrownBy(() -> await(answer)).hasMessage("13");
            } else {
                assertThat(await(answer)).isEqualTo(i);
            }
        }
    }

    @Test
    void anOutageFailsAllOfThemAndIsNotRepeatedForEach() {
        var gate = new Gate();
        var flushes = new AtomicInteger();
        var batch =
                new Batch<Integer, Integer>(
                        "testing",
                        100,
                        requests -> {
                            gate.pass();
                            if (flushes.incrementAndGet() > 1) {
                                throw new DatabaseFailure("testing", new RuntimeException("away"));
                            }
                            return requests;
                        });

        var answers = gate.together(batch, 20);

        assertThat(await(answers.getFirst())).isZero();
        answers.subList(1, 20)
                .forEach(answer -> assertThatThrownBy(() -> await(answer)).isNotNull());
        assertThat(flushes).hasValue(2);
    }

    @Test
    void anErrorFailsThoseItMetAndTheNextAreServed() {
        var gate = new Gate();
        var batch =
                new Batch<Integer, Integer>(
                        "testing",
                        1,
                        requests -> {
                            gate.pass();
                            if (requests.contains(1)) {
                                throw new StackOverflowError("on purpose");
                            }
                            return requests;
                        });

        var answers = gate.together(batch, 3);

        assertThat(await(answers.get(0))).isZero();
        assertThatThrownBy(() -> await(answers.get(1))).isNotNull();
        assertThat(await(answers.get(2))).isEqualTo(2);
    }

    @Test
    void aReceiverThatThrowsNeitherRepeatsTheFlushNorHoldsUpOthers() {
        var gate = new Gate();
        var flushed = new ConcurrentLinkedQueue<Integer>();
        var batch =
                new Batch<Integer, Integer>(
                        "testing",
                        100,
                        requests -> {
                            gate.pass();
                            flushed.addAll(requests);
                            return requests;
                        });

        var answers =
                gate.together(
                        batch,
                        10,
                        answer ->
                                answer.onSuccess(
                                        _ -> {
                                            throw new IllegalStateException("on purpose");
                                        }));

        answers.forEach(BatchTest::await);
        assertThat(flushed).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void tooFewAnswersFailAllAndRepeatNothing() {
        var gate = new Gate();
        var flushed = new ConcurrentLinkedQueue<Integer>();
        var batch =
                new Batch<Integer, Integer>(
                        "testing",
                        100,
                        requests -> {
                            gate.pass();
                            flushed.addAll(requests);
                            return requests.subList(0, 1);
                        });

        var answers = gate.together(batch, 10);

        assertThat(await(answers.getFirst())).isZero();
        answers.subList(1, 10)
                .forEach(
                        answer ->
                                assertThatThrownBy(() -> await(answer))
                                        .isInstanceOf(DatabaseFailure.class));
        assertThat(flushed).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void moreThanMayWaitAreRefusedAtOnce() {
        var gate = new Gate();
        var batch =
                new Batch<Integer, Integer>(
                        "testing",
                        1,
                        requests -> {
                            gate.pass();
                            return requests;
                        });

        var answers = gate.together(batch, 200);

        long refused =
                answers.stream()
                        .filter(
                                answer -> {
                                    try {
                                        await(answer);
                                        return false;
                                    } catch (RuntimeException e) {
                                        return true;
                                    }
                                })
                        .count();
        assertThat(refused).isBetween(150L, 190L);
    }

    private static <T> T await(Future<T> answer) {
        try {
            return answer.timeout(20, TimeUnit.SECONDS).await();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new DatabaseFailure("testing", e);
        }
    }

    private interface Work {
        void run(int number);
    }

    private static void inThreads(int count, Work work) throws InterruptedException {
        var threads =
                IntStream.range(0, count)
                        .mapToObj(i -> Thread.ofVirtual().start(() -> work.run(i)))
                        .toList();
        for (var thread : threads) {
            assertThat(thread.join(java.time.Duration.ofSeconds(60))).isTrue();
        }
    }

    /** Holds the first flush until all others wait, so that they are flushed together. */
    private static final class Gate {
        private final CountDownLatch inFirst = new CountDownLatch(1);
        private final Semaphore open = new Semaphore(0);

        private void pass() {
            inFirst.countDown();
            try {
                assertThat(open.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private List<Future<Integer>> together(Batch<Integer, Integer> batch, int count) {
            return together(batch, count, _ -> {});
        }

        private List<Future<Integer>> together(
                Batch<Integer, Integer> batch,
                int count,
                java.util.function.Consumer<Future<Integer>> onEach) {
            var answers = new ArrayList<Future<Integer>>();
            for (int i = 0; i < count; i++) {
                var answer = batch.submit(i);
                onEach.accept(answer);
                answers.add(answer);
                if (i == 0) {
                    try {
                        assertThat(inFirst.await(20, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
            open.release(1_000_000);
            return answers;
        }
    }
}
