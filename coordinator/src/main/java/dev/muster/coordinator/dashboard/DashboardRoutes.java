package dev.muster.coordinator.dashboard;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.task.Activity;
import dev.muster.coordinator.task.TaskBrief;
import dev.muster.coordinator.task.TaskBriefStore;
import dev.muster.coordinator.task.Viewer;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.time.Duration;

/** The edge of the dashboard (seed 004, dashboard). */
public final class DashboardRoutes {

    private static final int DEFAULT_TASKS = 10;
    private static final int DEFAULT_EVENTS = 50;

    private final DashboardStore store;
    private final TaskBriefStore tasks;
    private final Duration unreachable;

    /**
     * @param unreachable silence after which a machine is not online
     */
    public DashboardRoutes(Database database, Duration unreachable) {
        this.store = new DashboardStore(database);
        this.tasks = new TaskBriefStore(database);
        this.unreachable = unreachable;
    }

    public void bind(Operations operations) {
        operations
                .on("getDashboardStats", Access.DEVELOPER, this::stats)
                .on("listRecentTasks", Access.DEVELOPER, this::recentTasks)
                .on("listRecentActivity", Access.DEVELOPER, this::recentActivity);
    }

    private Answer stats(Call call) {
        var counts = store.countTasks(Viewer.of(call));
        var json =
                new JsonObject()
                        .put("queued", counts.queued())
                        .put("active", counts.active())
                        .put("suspended", counts.suspended())
                        .put("completedToday", counts.completed())
                        .put("failedToday", counts.failed());
        if (call.person().seesMachines()) {
            var machines = store.countMachines(unreachable);
            json.put(
                    "machines",
                    new JsonObject()
                            .put("online", machines.online())
                            .put("draining", machines.draining())
                            .put("total", machines.total()));
        }
        return Answer.ok(json);
    }

    private Answer recentTasks(Call call) {
        var items = new JsonArray();
        tasks.newest(Viewer.of(call), call.queryInt("limit", DEFAULT_TASKS)).stream()
                .map(TaskBrief::json)
                .forEach(items::add);
        return Answer.ok(new JsonObject().put("items", items));
    }

    private Answer recentActivity(Call call) {
        var items = new JsonArray();
        store.newestEvents(Viewer.of(call), call.queryInt("limit", DEFAULT_EVENTS)).stream()
                .map(Activity::json)
                .forEach(items::add);
        return Answer.ok(new JsonObject().put("items", items));
    }
}
