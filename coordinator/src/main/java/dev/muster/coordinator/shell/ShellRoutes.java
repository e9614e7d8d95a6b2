package dev.muster.coordinator.shell;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.shell.ShellStore.Listed;
import dev.muster.coordinator.task.Viewer;
import dev.muster.protocol.question.Question;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of a task's terminals. */
public final class ShellRoutes {

    private static final int DEFAULT_COLUMNS = 120;
    private static final int DEFAULT_ROWS = 30;

    private final Shells shells;

    public ShellRoutes(Shells shells) {
        this.shells = shells;
    }

    public void bind(Operations operations) {
        operations
                .on("listTerminals", Access.DEVELOPER, this::list)
                .on("createTerminal", Access.DEVELOPER, this::open)
                .on("endTerminal", Access.DEVELOPER, this::end);
    }

    private Answer list(Call call) {
        long task = call.pathNumber("id");
        var viewer = Viewer.of(call);
        var items = new JsonArray();
        shells.list(task, viewer).forEach(one -> items.add(json(one)));
        return Answer.ok(
                new JsonObject()
                        .put("items", items)
                        .put("mayOpenShells", shells.mayOpen(task, viewer)));
    }

    private static JsonObject json(Listed one) {
        var json =
                new JsonObject()
                        .put("terminalId", one.name())
                        .put("kind", one.by() == null ? "pipeline" : "shell")
                        .put("attempt", one.attempt())
                        .put("state", one.state())
                        .put("openedAt", one.openedAt().toInstant())
                        .put("viewers", one.viewers());
        if (one.by() != null) {
            json.put("openedBy", one.by());
        }
        if (one.reason() != null) {
            json.put("reason", one.reason());
        }
        if (one.endedAt() != null) {
            json.put("endedAt", one.endedAt().toInstant());
        }
        return json;
    }

    private Answer open(Call call) {
        long task = call.pathNumber("id");
        var size =
                new Question.OpenShell.Size(
                        call.body().getInteger("columns", DEFAULT_COLUMNS),
                        call.body().getInteger("rows", DEFAULT_ROWS));
        var opened = shells.open(task, Viewer.of(call), size);
        return Answer.created(
                "/api/web/tasks/" + task + "/terminals/" + opened.terminal(),
                new JsonObject()
                        .put("terminalId", opened.terminal())
                        .put("kind", "shell")
                        .put("state", opened.live() ? "open" : "ended"));
    }

    private Answer end(Call call) {
        shells.end(call.pathNumber("id"), call.path("terminalId"), Viewer.of(call));
        return Answer.noContent();
    }
}
