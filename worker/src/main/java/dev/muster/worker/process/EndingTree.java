package dev.muster.worker.process;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A tree that is ending, and what the looks at it found. Only the sweeper's thread touches what
 * changes in it, but for when it is killed.
 */
final class EndingTree {

    // this many looks in a row find nothing alive before a tree is taken for gone
    private static final int LOOKS = 2;
    private static final int LOOKS_AFTER_SURVIVORS = 5;

    private final ProcessTree tree;
    private final Set<Long> asked = new HashSet<>();
    private boolean sessionIsGone;
    private int cleanLooks;

    private volatile long killAt; // written with the sweeper's lock held

    // what the last look found; others read it
    private volatile List<RunningProcess> left = List.of();

    EndingTree(ProcessTree tree, long killAt) {
        this.tree = tree;
        this.killAt = killAt;
    }

    long leader() {
        return tree.leader();
    }

    Cookie cookie() {
        return tree.cookie();
    }

    /** The numbers of the processes that were asked to end. */
    Set<Long> asked() {
        return asked;
    }

    /** When what is left is killed, by {@link System#nanoTime}. */
    long killAt() {
        return killAt;
    }

    List<RunningProcess> left() {
        return left;
    }

    /** Kills it then, if that is earlier. */
    void killBy(long nanos) {
        killAt = killAt - nanos > 0 ? nanos : killAt;
    }

    /**
     * The cookie is random and so certain. The session's number is free for others once nobody of
     * it is left, so it counts only until then, and never if a living shell has it.
     */
    boolean owns(RunningProcess process, Set<Long> liveLeaders) {
        return process.cookie().filter(tree.cookie()::equals).isPresent()
                || (!sessionIsGone
                        && process.session() == tree.leader()
                        && !liveLeaders.contains(tree.leader()));
    }

    /** Told of a look that found something. */
    void seen(List<RunningProcess> found) {
        cleanLooks = 0;
        left = List.copyOf(found);
        sessionIsGone =
                sessionIsGone || found.stream().noneMatch(p -> p.session() == tree.leader());
    }

    /** Told of a look that found nothing. */
    boolean isGone() {
        sessionIsGone = true;
        cleanLooks++;
        return isEnough(cleanLooks, asked);
    }

    /** Whether so many looks in a row that found nothing mean that nothing is left. */
    static boolean isEnough(int cleanLooks, Set<Long> asked) {
        return cleanLooks >= (asked.isEmpty() ? LOOKS : LOOKS_AFTER_SURVIVORS);
    }
}
