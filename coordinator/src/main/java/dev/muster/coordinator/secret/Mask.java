package dev.muster.coordinator.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.secret.Automaton;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * What of a project must be shown to nobody, as of one version of its secrets. Immutable,
 * thread-safe.
 */
public final class Mask {

    /** Of a project that never had a secret; nothing is hidden. */
    public static final Mask NONE = new Mask(0, null);

    /** Nothing that came before has a part in what comes. */
    public static final int START = Automaton.ROOT;

    /** So much of a needle at the end of a text, which may have been cut, is taken for one. */
    private static final int MUCH = 4;

    private static final byte STAR = '*';
    private static final byte[] STARS = {STAR, STAR, STAR};

    private final long version;
    private final @Nullable Automaton needles; // null if there is nothing to hide
    private final Object identity = new Object();

    Mask(long version, @Nullable Automaton needles) {
        this.version = version;
        this.needles = needles;
    }

    /** Rises with each change of the project's secrets; 0 if it never had any. */
    public long version() {
        return version;
    }

    /** To know it again by, without holding on to it. */
    public Object identity() {
        return identity;
    }

    public boolean hidesNothing() {
        return needles == null;
    }

    /** How many bytes before some may have a part in a needle that ends in these. */
    public int reach() {
        return needles == null ? 0 : Math.max(0, needles.longest() - 1);
    }

    /** What it needs memory for, about 20 bytes each. */
    int states() {
        return needles == null ? 0 : needles.states();
    }

    /**
     * Overwrites what needles cover by as many stars.
     *
     * @param state what the bytes before them led to, {@link #START} for none
     * @return what these lead to
     */
    public int overwrite(byte[] bytes, int state) {
        if (needles == null) {
            return START;
        }
        var covered = new boolean[bytes.length];
        int next = cover(needles, bytes, state, covered);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = covered[i] ? STAR : bytes[i];
        }
        return next;
    }

    /** A text as people may see it: three stars stand for what is hidden. */
    public String text(String text) {
        if (needles == null) {
            return text;
        }
        var bytes = text.getBytes(UTF_8);
        var covered = new boolean[bytes.length];
        int cut = needles.depth(cover(needles, bytes, START, covered));
        if (cut >= MUCH) {
            Arrays.fill(covered, bytes.length - cut, bytes.length, true);
        }
        var shown = new ByteArrayOutputStream();
        for (int i = 0; i < bytes.length; i++) {
            if (!covered[i]) {
                shown.write(bytes[i]);
            } else if (i == 0 || !covered[i - 1]) {
                shown.writeBytes(STARS);
            }
        }
        // what holds no needle stays as it is, also where it is no sound text
        return shown.size() == bytes.length ? text : shown.toString(UTF_8);
    }

    private static int cover(Automaton needles, byte[] bytes, int state, boolean[] covered) {
        var longest = new int[bytes.length];
        int now = state;
        for (int i = 0; i < bytes.length; i++) {
            now = needles.next(now, bytes[i]);
            longest[i] = needles.longest(now);
        }
        int reach = bytes.length;
        for (int i = bytes.length - 1; i >= 0; i--) {
            reach = longest[i] > 0 ? Math.min(reach, i + 1 - longest[i]) : reach;
            covered[i] = reach <= i;
        }
        return now;
    }
}
