package dev.muster.coordinator.task;

import dev.muster.coordinator.http.Call;

/**
 * Who looks.
 *
 * @param everywhere whether every project is open to them; others see the projects they belong to
 */
public record Viewer(long developer, boolean everywhere) {

    /** The person who calls. */
    public static Viewer of(Call call) {
        return new Viewer(call.person().id(), call.person().isAdmin());
    }
}
