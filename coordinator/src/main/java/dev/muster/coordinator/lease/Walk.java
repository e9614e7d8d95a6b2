package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.DatabaseFailure;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.function.Consumer;

/**
 * Goes through leases, or what waits in the queue, in the order of their tasks, some in each
 * transaction. What fails is halved until the row it fails for stands alone; that one is told of
 * and passed by, so that it stops nobody else. For one thread.
 */
final class Walk {

    private static final Logger log = LoggerFactory.getLogger(Walk.class);

    /** Rows in one transaction. */
    private static final int MOST = 500;

    /** Bounds a walk; what is left is for the next. */
    private static final int MOST_FULL = 20;

    private long after;
    private int most = MOST;
    private int full;
    private Long[] locked = {};
    private boolean done;

    private Walk() {}

    /**
     * Walks until nothing is left.
     *
     * @param doing completes "failed …"
     * @param step one transaction: it locks the first {@link #most} behind {@link #after}, says so
     *     by {@link #locked}, and does the rest
     * @throws DatabaseFailure if the database cannot be asked
     */
    static void over(String doing, Consumer<Walk> step) {
        var walk = new Walk();
        while (!walk.done) {
            walk.locked = new Long[0];
            try {
                step.accept(walk);
                walk.passed();
            } catch (RuntimeException e) {
                boolean isOutage = e instanceof DatabaseFailure failure && !failure.mayBeOfRows();
                if (isOutage || walk.locked.length == 0) {
                    throw e;
                }
                walk.refused(doing, e);
            }
        }
    }

    /** The step takes those of tasks with a higher number. */
    long after() {
        return after;
    }

    /** As many at most. */
    long most() {
        return most;
    }

    /** The step has locked the rows of these tasks, in their order. */
    void locked(Long[] tasks) {
        locked = tasks;
    }

    private void passed() {
        full += locked.length == MOST ? 1 : 0;
        done = locked.length < most || full == MOST_FULL;
        goOn();
    }

    private void refused(String doing, RuntimeException why) {
        if (locked.length > 1) {
            most = locked.length / 2;
            return;
        }
        log.error("failed {} of one task, which stays as it is task={}", doing, locked[0], why);
        goOn();
    }

    private void goOn() {
        if (locked.length > 0) {
            after = locked[locked.length - 1];
        }
        most = MOST;
    }
}
