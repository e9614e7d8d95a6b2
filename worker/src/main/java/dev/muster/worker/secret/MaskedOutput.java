package dev.muster.worker.secret;

import dev.muster.protocol.secret.Automaton;
import dev.muster.worker.terminal.TerminalOutput;
import dev.muster.worker.time.Background;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A terminal's output with its secrets masked. Fed by one thread at a time, closed by any. */
public final class MaskedOutput implements TerminalOutput, AutoCloseable {

    /** How long a prompt that looks like the beginning of a secret waits for more. */
    private static final Duration LONGEST_WAIT = Duration.ofMillis(40);

    private final TerminalOutput output;
    private final @Nullable Masker masker; // null if there is nothing to mask
    private @Nullable Background releasing;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition fed = lock.newCondition();
    // guarded by lock
    private long feeds;
    private @Nullable IOException failure;

    private MaskedOutput(TerminalOutput output, @Nullable Masker masker) {
        this.output = output;
        this.masker = masker;
    }

    static MaskedOutput passing(TerminalOutput output) {
        return new MaskedOutput(output, null);
    }

    static MaskedOutput masking(Automaton needles, TerminalOutput output) {
        var masker = new Masker(needles, output);
        var masked = new MaskedOutput(output, masker);
        masked.releasing = Background.start("masked-output", () -> masked.releaseWhatWaits(masker));
        return masked;
    }

    @Override
    public void accept(byte[] bytes, int from, int length) throws IOException {
        if (masker == null) {
            output.accept(bytes, from, length);
            return;
        }
        lock.lock();
        try {
            requireSound();
            if (length > 0) {
                masker.feed(bytes, from, length);
                feeds++;
                fed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What could not be kept while nobody was there to be told. */
    private void requireSound() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    private void releaseWhatWaits(Masker masker) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (failure == null) {
                while (!masker.canRelease()) {
                    fed.await();
                }
                long before = feeds;
                long left = LONGEST_WAIT.toNanos();
                while (feeds == before && left > 0) {
                    left = fed.awaitNanos(left);
                }
                if (feeds == before) {
                    release(masker);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void release(Masker masker) {
        try {
            masker.release();
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Gives out what is held back. */
    @Override
    public void close() throws IOException {
        if (masker == null) {
            return;
        }
        if (releasing != null) {
            releasing.close();
        }
        lock.lock();
        try {
            requireSound();
            masker.end();
        } finally {
            lock.unlock();
        }
    }
}
