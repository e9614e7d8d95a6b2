package dev.muster.coordinator.live;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

/** The edge of watching. */
public final class LiveRoutes {

    private final Live live;

    public LiveRoutes(Live live) {
        this.live = live;
    }

    public void bind(Operations operations) {
        operations.on("watch", Access.DEVELOPER, this::watch);
    }

    private Answer watch(Call call) {
        return Answer.stream(live.watch(call.person(), call.lastEventId().orElse(null)));
    }
}
