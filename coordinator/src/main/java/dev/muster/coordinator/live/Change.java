package dev.muster.coordinator.live;

import dev.muster.coordinator.http.Frame;
import dev.muster.coordinator.notification.Notification;

import org.jspecify.annotations.Nullable;

/** Something that was committed. */
sealed interface Change {

    /** An event of a task. */
    record Happened(long project, Frame frame) implements Change {}

    /**
     * A person was told something.
     *
     * @param project of the task it is of, if it is of one
     */
    record Told(long developer, @Nullable Long project, Notification notification)
            implements Change {}
}
