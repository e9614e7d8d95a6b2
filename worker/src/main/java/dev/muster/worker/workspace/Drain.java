package dev.muster.worker.workspace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Reads a stream to its end on a virtual thread, keeps the beginning and drops the rest, so that a
 * talkative program neither fills memory nor waits for a reader.
 */
final class Drain {

    private static final long SECONDS_AFTER_THE_END = 2;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final byte[] kept;
    private int size; // guarded by this

    private Drain(int most) {
        kept = new byte[most];
    }

    static Drain of(InputStream stream, int most) {
        var drain = new Drain(most);
        Thread.ofVirtual().name("git-output").start(() -> drain.read(stream));
        return drain;
    }

    private void read(InputStream stream) {
        var buffer = new byte[8 * 1024];
        try (stream) {
            for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                keep(buffer, n);
            }
        } catch (IOException _) {
            // the process was killed; what it said so far is what there is
        } finally {
            ended.countDown();
        }
    }

    private synchronized void keep(byte[] bytes, int n) {
        int fits = Math.min(n, kept.length - size);
        System.arraycopy(bytes, 0, kept, size, fits);
        size += fits;
    }

    /** To be asked once the process has ended; a grandchild that holds the pipe is not awaited. */
    byte[] bytes() throws InterruptedException {
        var _ = ended.await(SECONDS_AFTER_THE_END, TimeUnit.SECONDS);
        synchronized (this) {
            return Arrays.copyOf(kept, size);
        }
    }

    /** The same as text. */
    String text() throws InterruptedException {
        return new String(bytes(), StandardCharsets.UTF_8);
    }
}
