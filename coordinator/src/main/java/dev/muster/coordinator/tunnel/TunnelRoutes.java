package dev.muster.coordinator.tunnel;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Repetitions;
import dev.muster.coordinator.task.Viewer;
import dev.muster.coordinator.tunnel.TunnelStore.Wanted;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;

/** The edge of tunnels (seed 004, workspaces and tunnels). */
public final class TunnelRoutes {

    private static final int DEFAULT_HOURS = 4;

    private final Tunnels tunnels;

    public TunnelRoutes(Tunnels tunnels) {
        this.tunnels = tunnels;
    }

    public void bind(Operations operations) {
        operations
                .onRepeated("startTunnel", Access.DEVELOPER, this::start)
                .on("stopTunnel", Access.DEVELOPER, this::stop)
                .on("getTunnelStatus", Access.DEVELOPER, this::status);
    }

    private Answer start(Call call) {
        long task = call.pathNumber("taskId");
        var wanted =
                new Wanted(
                        call.text("template").orElse(null),
                        Duration.ofHours(call.body().getInteger("hours", DEFAULT_HOURS)),
                        call.requestKey().orElse(null));
        var location = "/api/web/workspace-tunnel/" + task + "/status";
        return switch (tunnels.start(task, Viewer.of(call), wanted)) {
            case Tunnels.Start.Made(var shown) -> Answer.created(location, json(task, shown));
            case Tunnels.Start.There(var shown) -> Answer.ok(json(task, shown));
            case Tunnels.Start.Repeated(var shown) ->
                    Answer.created(location, json(task, shown)).with(Repetitions.HEADER, "true");
        };
    }

    private Answer stop(Call call) {
        long task = call.pathNumber("taskId");
        return Answer.ok(json(task, tunnels.stop(task, Viewer.of(call))));
    }

    private Answer status(Call call) {
        long task = call.pathNumber("taskId");
        return Answer.ok(json(task, tunnels.status(task, Viewer.of(call))));
    }

    private static JsonObject json(long task, Optional<Tunnels.Shown> shown) {
        return shown.map(one -> json(task, one))
                .orElseGet(() -> new JsonObject().put("taskId", task).put("state", "IDLE"));
    }

    private static JsonObject json(long task, Tunnels.Shown shown) {
        var tunnel = shown.tunnel();
        var json =
                new JsonObject()
                        .put("taskId", task)
                        .put("id", tunnel.id().toString())
                        .put("machineId", tunnel.machine().toString())
                        .put("state", tunnel.state().name())
                        .put("restarts", tunnel.restarts())
                        .put("startedAt", tunnel.startedAt().toInstant())
                        .put("endsAt", tunnel.endsAt().toInstant());
        put(json, "template", tunnel.template());
        put(json, "reason", tunnel.reason());
        if (tunnel.toldAt() != null) {
            json.put("toldAt", tunnel.toldAt().toInstant());
        }
        json.put("current", shown.now().isPresent() || tunnel.state().isOver());
        if (shown.mayConnect()) {
            put(json, "detail", tunnel.detail());
            shown.now().ifPresent(now -> put(json, "connection", now.connection()));
        }
        return json;
    }

    private static void put(JsonObject json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
