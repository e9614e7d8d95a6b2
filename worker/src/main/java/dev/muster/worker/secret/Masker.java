package dev.muster.worker.secret;

import dev.muster.protocol.secret.Automaton;
import dev.muster.worker.terminal.TerminalOutput;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Replaces what needles cover by stars, in a stream that is cut anywhere: wherever needles overlap
 * or touch, three stars stand for all of it. Holds back what may yet become a needle. Not
 * thread-safe.
 */
final class Masker {

    private static final byte[] STARS = "***".getBytes(StandardCharsets.US_ASCII);

    /**
     * What is held back for too long is let go of, unless it is already so much of a needle. Who
     * prints a secret slowly shows no more of it than one byte less.
     */
    private static final int TOO_MUCH = 4;

    private final Automaton needles;
    private final TerminalOutput output;

    private int state = Automaton.ROOT;
    private byte[] held = new byte[1024];
    private int[] longest =
            new int[1024]; // of each byte held: how long a needle that ends there is
    private int count;
    private boolean starred; // whether the last byte given out was covered

    Masker(Automaton needles, TerminalOutput output) {
        this.needles = needles;
        this.output = output;
    }

    void feed(byte[] bytes, int from, int length) throws IOException {
        if (count == 0 && passes(bytes, from, length)) {
            return;
        }
        makeRoomFor(length);
        for (int i = from; i < from + length; i++) {
            state = needles.next(state, bytes[i]);
            held[count] = bytes[i];
            longest[count] = needles.longest(state);
            count++;
        }
        // less is held than the state says where a part was let go of
        give(Math.max(0, count - needles.depth(state)));
    }

    /** Gives out bytes that neither hold nor begin a needle; most of what is printed is such. */
    private boolean passes(byte[] bytes, int from, int length) throws IOException {
        int now = state;
        for (int i = from; i < from + length; i++) {
            now = needles.next(now, bytes[i]);
            if (needles.longest(now) > 0) {
                return false;
            }
        }
        if (needles.depth(now) > 0) {
            return false;
        }
        state = now;
        if (length > 0) {
            starred = false;
            output.accept(bytes, from, length);
        }
        return true;
    }

    private void makeRoomFor(int length) {
        if (count + length > held.length) {
            int size = Math.max(held.length * 2, count + length);
            held = Arrays.copyOf(held, size);
            longest = Arrays.copyOf(longest, size);
        }
    }

    /** Whether something is held back that {@link #release} would let go of. */
    boolean canRelease() {
        return count > 0 && needles.depth(state) < TOO_MUCH;
    }

    /**
     * Nothing came for a while: lets go of what is held back, unless it is too much of a needle.
     */
    void release() throws IOException {
        if (canRelease()) {
            give(count);
        }
    }

    /** Nothing more will come, or what comes has nothing to do with what came. */
    void end() throws IOException {
        give(count);
        state = Automaton.ROOT;
        starred = false;
    }

    /** As {@link #end}, for what may have been cut: much of a needle at its end is one. */
    void endCut() throws IOException {
        int depth = needles.depth(state);
        if (count > 0 && depth >= TOO_MUCH) {
            longest[count - 1] = depth;
        }
        end();
    }

    /** Gives out the first of what is held. */
    private void give(int ready) throws IOException {
        if (ready == 0) {
            return; // often, and what is held would be looked through for nothing
        }
        var covered = covered();
        int shown = 0;
        var out = new byte[ready * STARS.length];
        for (int i = 0; i < ready; i++) {
            if (!covered[i]) {
                out[shown++] = held[i];
            } else if (!starred) {
                System.arraycopy(STARS, 0, out, shown, STARS.length);
                shown += STARS.length;
            }
            starred = covered[i];
        }
        count -= ready;
        System.arraycopy(held, ready, held, 0, count);
        System.arraycopy(longest, ready, longest, 0, count);
        if (shown > 0) {
            output.accept(out, 0, shown);
        }
    }

    /** From the last to the first: how far back a needle reaches that ends here or later. */
    private boolean[] covered() {
        var covered = new boolean[count];
        int reach = count;
        for (int i = count - 1; i >= 0; i--) {
            reach = longest[i] > 0 ? Math.min(reach, i + 1 - longest[i]) : reach;
            covered[i] = reach <= i;
        }
        return covered;
    }
}
