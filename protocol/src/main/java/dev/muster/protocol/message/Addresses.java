package dev.muster.protocol.message;

import java.util.UUID;

/**
 * Where messages go on the event bus. The version in the name changes only when old and new cannot
 * talk.
 */
public final class Addresses {

    /** {@link Hello} to {@link Welcome}. */
    public static final String HELLO = "muster.v1.hello";

    /** {@link Pull} to {@link Pulled}; parked while nothing waits. */
    public static final String PULL = "muster.v1.pull";

    /** {@link Reports} to {@link Reported}. */
    public static final String REPORT = "muster.v1.report";

    /** {@link Append} to {@link Appended}. */
    public static final String APPEND = "muster.v1.append";

    /** {@link LateAppend} to {@link LateAppended}. */
    public static final String APPEND_LATE = "muster.v1.append-late";

    /** {@link Heartbeat} to {@link HeartbeatAnswer}. */
    public static final String HEARTBEAT = "muster.v1.heartbeat";

    /** {@link Promotion} to {@link PromotionAnswer}. */
    public static final String PROMOTE = "muster.v1.promote";

    /**
     * {@link dev.muster.protocol.question.Answered} to {@link dev.muster.protocol.question.Heard}.
     */
    public static final String ANSWER = "muster.v1.answer";

    /** Published between coordinators, without a body: look at the queue. */
    public static final String WAKE = "muster.v1.queue.wake";

    /** Header of every request of a worker: its token. */
    public static final String TOKEN = "token";

    /** Failure code of a request whose token is missing, forged, expired or another machine's. */
    public static final int UNAUTHORISED = 401;

    /** Failure code of a request that makes no sense; repeating it will not help. */
    public static final int INVALID = 400;

    /**
     * Failure code of a request from a daemon that a newer one of the same machine has replaced: it
     * must stop.
     */
    public static final int REPLACED = 410;

    /** Failure code of a request that could not be served now; the same request may be repeated. */
    public static final int UNAVAILABLE = 503;

    /** What {@link #orders} begins with, for every machine. */
    public static final String ORDERS = "muster.v1.machine.";

    private Addresses() {}

    /** Where one machine listens for {@link ToWorker} orders. */
    public static String orders(UUID machine) {
        return ORDERS + machine;
    }

    /**
     * Where one coordinator gets the answers to what it asked, passed on by whoever took them, with
     * the {@link #TOKEN} they came with.
     */
    public static String asker(UUID coordinator) {
        return "muster.v1.asker." + coordinator;
    }
}
