package dev.muster.protocol.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;

/**
 * Finds all of many needles in one pass over bytes, after Aho and Corasick (1975). A state stands
 * for the longest end of what came that begins a needle. Immutable, thread-safe.
 *
 * <p>Children of a state are a list, not a table of 256: needles are long and share little, so a
 * table would be nearly empty and large.
 */
public final class Automaton {

    /** Nothing that came begins a needle. */
    public static final int ROOT = 0;

    private static final int NONE = -1;

    private final int[] first = new int[256]; // children of the root
    private int[] child = new int[64];
    private int[] sibling = new int[64];
    private byte[] symbol = new byte[64];
    private int[] depth = new int[64];
    private int[] longest = new int[64];
    private int[] fallback = new int[64];
    private int states = 1;
    private int longestOfAll;

    /**
     * @param needles bytes as characters, none empty
     */
    public Automaton(Collection<String> needles) {
        Arrays.fill(first, ROOT);
        child[ROOT] = NONE;
        for (var needle : needles) {
            add(needle.getBytes(ISO_8859_1));
        }
        link();
    }

    private void add(byte[] needle) {
        int state = ROOT;
        for (byte b : needle) {
            int next = childOf(state, b);
            if (next == NONE) {
                next = newState(state, b);
            }
            state = next;
        }
        longest[state] = needle.length;
        longestOfAll = Math.max(longestOfAll, needle.length);
    }

    private int newState(int parent, byte b) {
        if (states == child.length) {
            int more = states * 2;
            child = Arrays.copyOf(child, more);
            sibling = Arrays.copyOf(sibling, more);
            symbol = Arrays.copyOf(symbol, more);
            depth = Arrays.copyOf(depth, more);
            longest = Arrays.copyOf(longest, more);
            fallback = Arrays.copyOf(fallback, more);
        }
        int state = states++;
        child[state] = NONE;
        sibling[state] = child[parent];
        child[parent] = state;
        symbol[state] = b;
        depth[state] = depth[parent] + 1;
        if (parent == ROOT) {
            first[b & 0xff] = state;
        }
        return state;
    }

    /** Level by level, so that what a state falls back to is done before it. */
    private void link() {
        var queue = new ArrayDeque<Integer>();
        queue.add(ROOT);
        while (!queue.isEmpty()) {
            int parent = queue.remove();
            for (int state = child[parent]; state != NONE; state = sibling[state]) {
                fallback[state] = parent == ROOT ? ROOT : next(fallback[parent], symbol[state]);
                longest[state] = Math.max(longest[state], longest[fallback[state]]);
                queue.add(state);
            }
        }
    }

    private int childOf(int state, byte b) {
        if (state == ROOT) {
            return first[b & 0xff] == ROOT ? NONE : first[b & 0xff];
        }
        int found = child[state];
        while (found != NONE && symbol[found] != b) {
            found = sibling[found];
        }
        return found;
    }

    /** The state after one more byte. */
    public int next(int state, byte b) {
        int from = state;
        while (from != ROOT) {
            int found = childOf(from, b);
            if (found != NONE) {
                return found;
            }
            from = fallback[from];
        }
        return first[b & 0xff];
    }

    /** How many of the last bytes begin a needle. */
    public int depth(int state) {
        return depth[state];
    }

    /** How long the longest needle is that ends here; 0 if none does. */
    public int longest(int state) {
        return longest[state];
    }

    /** How long the longest of all needles is. */
    public int longest() {
        return longestOfAll;
    }

    /** How many states there are: what it needs memory for. */
    public int states() {
        return states;
    }
}
