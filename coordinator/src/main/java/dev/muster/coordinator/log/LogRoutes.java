package dev.muster.coordinator.log;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of logs (seed 004, tasks: logs). */
public final class LogRoutes {

    private static final int DEFAULT_PAGE = 200;

    private final Logs logs;
    private final Tasks tasks;

    public LogRoutes(Logs logs, Tasks tasks) {
        this.logs = logs;
        this.tasks = tasks;
    }

    public void bind(Operations operations) {
        operations.on("listTaskLogs", Access.DEVELOPER, this::list);
    }

    private Answer list(Call call) {
        var viewer = Viewer.of(call);
        long task = call.pathNumber("id");
        int newest = tasks.newestAttempt(task, viewer);
        int attempt = call.queryInt("attempt", newest);
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        for (var line : logs.lines(task, attempt, page.offset(), page.limit())) {
            items.add(
                    new JsonObject()
                            .put("n", line.n())
                            .put("at", line.at())
                            .put("text", line.text()));
        }
        return Answer.page(call, page, items, logs.count(task, attempt));
    }
}
