package dev.muster.ops.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What people at terminals do: type and see it, and have much printed. */
final class TerminalLoad {

    /** Echoes what is typed, and nothing else; says when it is ready to. */
    static final String ECHO = "stty raw -echo; printf ready; exec cat";

    static final long BULK = 100L * 1024 * 1024;

    /** Prints much, once a key was typed. */
    static final String PRINT =
            "stty raw -echo; printf ready; head -c 1 >/dev/null; head -c "
                    + BULK
                    + " /dev/zero; sleep 600";

    static final String FLOOD = "yes 'the quick brown fox jumps over the lazy dog'";

    /** Echoes, and floods its own terminal meanwhile. */
    static final String FLOODED =
            "stty raw -echo; printf ready; yes 'a quick brown cat' & exec cat";

    private static final int READY = 5;
    private static final byte[] KEY = {'x'};

    private final Vertx vertx;

    TerminalLoad(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Waits until a terminal's program says that it is ready. */
    static void awaitReady(TerminalEnd end) throws InterruptedException {
        var seen = new AtomicLong();
        var ready = new CountDownLatch(1);
        end.listen(
                output -> {
                    if (endsReady(output) || seen.addAndGet(output.length()) >= 2048) {
                        ready.countDown();
                    }
                });
        if (!ready.await(2, TimeUnit.SECONDS)) {
            // it was ready, and said so, before anybody listened
            end.listen(_ -> {});
        }
    }

    private static boolean endsReady(Buffer output) {
        int length = output.length();
        return length >= READY && output.getString(length - READY, length).equals("ready");
    }

    /**
     * From a key typed until it is seen, in nanoseconds; each end types so many, the next one
     * {@code thinks} ms after it saw the last.
     */
    Histogram echo(List<? extends TerminalEnd> ends, int keys, long thinks)
            throws InterruptedException {
        var latencies = new ConcurrentHistogram(TimeUnit.SECONDS.toNanos(60), 3);
        var done = new CountDownLatch(ends.size());
        for (var end : ends) {
            vertx.runOnContext(_ -> new Typist(end, keys, thinks, latencies, done).start());
        }
        if (!done.await(10, TimeUnit.MINUTES)) {
            throw new IllegalStateException("keys were lost");
        }
        return latencies;
    }

    /** One who types, and waits to see it. */
    private final class Typist {
        private final TerminalEnd end;
        private final long thinks;
        private final Histogram latencies;
        private final CountDownLatch done;
        private int left;
        private volatile long typedAt;

        Typist(TerminalEnd end, int keys, long thinks, Histogram latencies, CountDownLatch done) {
            this.end = end;
            this.left = keys;
            this.thinks = thinks;
            this.latencies = latencies;
            this.done = done;
        }

        void start() {
            end.listen(
                    output -> {
                        if (echoes(output)) {
                            saw();
                        }
                    });
            type();
        }

        private static boolean echoes(Buffer output) {
            for (int i = 0; i < output.length(); i++) {
                if (output.getByte(i) == KEY[0]) {
                    return true;
                }
            }
            return false;
        }

        private void type() {
            typedAt = System.nanoTime();
            end.type(KEY);
        }

        private void saw() {
            latencies.recordValue(System.nanoTime() - typedAt);
            if (--left == 0) {
                end.listen(_ -> {});
                done.countDown();
            } else if (thinks == 0) {
                type();
            } else {
                vertx.setTimer(thinks, _ -> type());
            }
        }
    }

    /** Bytes per second of a terminal whose program prints much. */
    static double bulk(TerminalEnd end) throws InterruptedException {
        var seen = new AtomicLong();
        var all = new CountDownLatch(1);
        end.listen(
                output -> {
                    if (seen.addAndGet(output.length()) >= BULK) {
                        all.countDown();
                    }
                });
        long begun = System.nanoTime();
        end.type(KEY);
        if (!all.await(10, TimeUnit.MINUTES)) {
            throw new IllegalStateException("only " + seen + " bytes came");
        }
        return BULK * 1e9 / (System.nanoTime() - begun);
    }
}
