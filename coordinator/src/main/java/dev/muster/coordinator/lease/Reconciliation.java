package dev.muster.coordinator.lease;

/**
 * What becomes of an attempt, by what is known of it here and what its machine's worker says of it.
 * Pure.
 */
final class Reconciliation {

    /** How the attempt, under the fence that the worker names, stands here. */
    enum Known {
        /** The machine holds its lease. A gate may be open: that is not the machine's matter. */
        HELD,
        /** The machine holds its lease, and the task waits because the machine was silent. */
        LOST,
        /** It failed because the machine was silent for too long, and nothing came after it. */
        GIVEN_UP,
        /** It ended in another way, for good. */
        ENDED,
        /** A person cancelled it. */
        CANCELLED,
        /** Its task waits for a machine again, or was granted anew, or is at a later attempt. */
        SUPERSEDED,
        /** No such attempt was ever granted to the machine. */
        UNKNOWN
    }

    /** What the worker says of it. */
    enum Said {
        /** It runs, or stands before its first stage, or at a gate. */
        RUNNING,
        /** Nothing of it runs any more; its outcome waits to be told. */
        FINISHED,
        /** Nothing, though it says what it holds. */
        NOTHING
    }

    /** What is done. */
    enum Action {
        /** The lease is prolonged. */
        KEEP,
        /** That, and the task runs on. */
        RESUME,
        /** The outcome is on its way and is judged when it comes; until then nothing is done. */
        HEAR,
        /** The worker ends it and tells nothing. */
        STOP,
        /** It is over if the worker stays in contact and goes on saying nothing of it. */
        GIVE_UP,
        /** There is nothing to do. */
        NONE
    }

    private Reconciliation() {}

    static Action decide(Known known, Said said) {
        return switch (said) {
            case RUNNING ->
                    switch (known) {
                        case HELD -> Action.KEEP;
                        case LOST -> Action.RESUME;
                        case GIVEN_UP, ENDED, CANCELLED, SUPERSEDED, UNKNOWN -> Action.STOP;
                    };
            case FINISHED ->
                    switch (known) {
                        case HELD -> Action.KEEP;
                        case LOST -> Action.RESUME;
                        case GIVEN_UP -> Action.HEAR;
                        case ENDED, CANCELLED, SUPERSEDED, UNKNOWN -> Action.STOP;
                    };
            case NOTHING ->
                    switch (known) {
                        case HELD, LOST -> Action.GIVE_UP;
                        case GIVEN_UP, ENDED, CANCELLED, SUPERSEDED, UNKNOWN -> Action.NONE;
                    };
        };
    }
}
