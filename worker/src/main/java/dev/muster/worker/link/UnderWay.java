package dev.muster.worker.link;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The requests of one link that wait for their answers. When the link is lost all of them fail, and
 * every later one at once. Thread-safe.
 */
final class UnderWay {

    /** A request; {@code number} names it among those of its link. */
    record Pending(long number, CompletableFuture<byte[]> answer) {}

    private final CountDownLatch lost = new CountDownLatch(1);
    private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    /** Begins a request; to be ended whatever comes of it. */
    Pending begin() throws LinkFailure {
        var request = new Pending(numbers.incrementAndGet(), new CompletableFuture<>());
        pending.put(request.number(), request);
        // looked at afterwards: who loses the link meanwhile finds the request
        if (isLost()) {
            end(request);
            throw Incoming.lost();
        }
        return request;
    }

    void end(Pending request) {
        pending.remove(request.number());
    }

    /** The answer came; nothing if nobody waits for it any more. */
    void answered(long number, byte[] body) {
        var request = pending.get(number);
        if (request != null) {
            request.answer().complete(body);
        }
    }

    /** It failed; nothing if nobody waits for it any more. */
    void failed(long number, LinkFailure failure) {
        var request = pending.get(number);
        if (request != null) {
            request.answer().completeExceptionally(failure);
        }
    }

    boolean isLost() {
        return lost.getCount() == 0;
    }

    void awaitLost() throws InterruptedException {
        lost.await();
    }

    void lose() {
        lost.countDown();
        pending.values()
                .forEach(request -> request.answer().completeExceptionally(Incoming.lost()));
    }
}
