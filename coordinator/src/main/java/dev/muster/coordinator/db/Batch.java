package dev.muster.coordinator.db;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Lets requests that arrive together share one statement, without making a lone one wait: while a
 * flush is under way the next requests gather, and leave together when it is done. Thread-safe.
 *
 * <p>A flush that fails is repeated one request at a time, so that a bad request fails alone.
 * Requests of one key are never flushed together and keep their order. Each is answered exactly
 * once: no answer waits for one that failed, and what a receiver of an answer throws is its own.
 *
 * @param <I> a request
 * @param <O> its answer
 */
public final class Batch<I, O> {

    private static final Logger log = LoggerFactory.getLogger(Batch.class);

    /** How many flushes' worth of requests may wait; more are refused at once. */
    private static final int MOST_FLUSHES_WAITING = 32;

    private record Waiting<I, O>(I request, Promise<O> answer) {}

    private final String doing;
    private final int most;
    private final Semaphore lane = new Semaphore(1);
    private final Function<I, Object> key;
    private final Function<List<I>, List<O>> flush;
    private final ConcurrentLinkedDeque<Waiting<I, O>> waiting = new ConcurrentLinkedDeque<>();
    // of those in the deque, and those that are about to be
    private final AtomicInteger size = new AtomicInteger();

    /**
     * A batch whose flushes run one after the other.
     *
     * @param doing completes "failed …"
     * @param most how many requests share a statement at most
     * @param key what two requests must not share within one flush
     * @param flush answers each request, in the same order
     */
    public Batch(
            String doing, int most, Function<I, Object> key, Function<List<I>, List<O>> flush) {
        this.doing = doing;
        this.most = most;
        this.key = key;
        this.flush = flush;
    }

    /** A batch whose requests are all independent of each other. */
    public Batch(String doing, int most, Function<List<I>, List<O>> flush) {
        this(doing, most, _ -> new Object(), flush);
    }

    /**
     * Hands in a request. The answer fails with what {@code flush} threw for it, and with a {@link
     * DatabaseFailure} when too many wait already.
     */
    public Future<O> submit(I request) {
        if (size.incrementAndGet() > most * MOST_FLUSHES_WAITING) {
            size.decrementAndGet();
            return Future.failedFuture(
                    new DatabaseFailure(doing, new IllegalStateException("too many wait already")));
        }
        Promise<O> answer = Promise.promise();
        waiting.add(new Waiting<>(request, answer));
        if (lane.tryAcquire()) {
            Thread.ofVirtual().name(doing).start(this::drain);
        }
        return answer.future();
    }

    private void drain() {
        do {
            try {
                while (!waiting.isEmpty()) {
                    flushOnce(next());
                }
            } catch (Error e) {
                log.error("flush broke down doing=\"{}\"", doing, e);
            } finally {
                lane.release();
            }
            // one that came between the last look and the release found the lane taken: it is ours
            // still
        } while (!waiting.isEmpty() && lane.tryAcquire());
    }

    private List<Waiting<I, O>> next() {
        var chosen = new ArrayList<Waiting<I, O>>();
        var keys = new HashSet<Object>();
        var later = new ArrayList<Waiting<I, O>>();
        while (chosen.size() < most) {
            var candidate = waiting.poll();
            if (candidate == null) {
                break;
            }
            if (keys.add(key.apply(candidate.request()))) {
                chosen.add(candidate);
                size.decrementAndGet();
            } else {
                later.add(candidate);
            }
        }
        later.reversed().forEach(waiting::addFirst);
        return chosen;
    }

    private void flushOnce(List<Waiting<I, O>> together) {
        List<O> answers;
        try {
            answers = flushed(together);
        } catch (RuntimeException e) {
            if (together.size() == 1
                    || (e instanceof DatabaseFailure failure && !failure.isRefusal())) {
                together.forEach(one -> answer(() -> one.answer().fail(e)));
                return;
            }
            log.warn(
                    "flush failed, repeating one by one doing=\"{}\" requests={}",
                    doing,
                    together.size(),
                    e);
            together.forEach(one -> flushOnce(List.of(one)));
            return;
        } catch (Error e) {
            // nobody else would tell those who wait
            together.forEach(one -> answer(() -> one.answer().fail(e)));
            throw e;
        }
        for (int i = 0; i < together.size(); i++) {
            var promise = together.get(i).answer();
            var value = answers.get(i);
            answer(() -> promise.complete(value));
        }
    }

    private List<O> flushed(List<Waiting<I, O>> together) {
        var answers = flush.apply(together.stream().map(Waiting::request).toList());
        if (answers.size() != together.size()) {
            // what was asked for may be done: to repeat it would do it twice
            throw new DatabaseFailure(
                    doing,
                    new IllegalStateException(
                            answers.size() + " answers to " + together.size() + " requests"));
        }
        return answers;
    }

    /** Whoever waits is called on this thread: its fault must not look like one of the flush. */
    private void answer(Runnable completion) {
        try {
            completion.run();
        } catch (RuntimeException e) {
            log.error("the receiver of an answer failed doing=\"{}\"", doing, e);
        }
    }
}
