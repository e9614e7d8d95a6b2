package dev.muster.coordinator.task;

import java.time.OffsetDateTime;

/** What came of asking for a task. */
sealed interface Creation {

    /** It is durable and waits for a machine. */
    record Created(long id, long pipeline, String agentType, OffsetDateTime at)
            implements Creation {}

    /** It was made before, by the very same request. */
    record Repeated(long id) implements Creation {}

    /** Another request had its key. */
    record OtherRequest() implements Creation {}

    /** There is no such project, or the person must not know of it. */
    record NoProject() implements Creation {}

    /** The pinned machine does not exist or was decommissioned. */
    record NoMachine() implements Creation {}
}
