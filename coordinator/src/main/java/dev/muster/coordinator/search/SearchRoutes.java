package dev.muster.coordinator.search;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.task.TaskBrief;
import dev.muster.coordinator.task.Viewer;
import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;

/** The edge of searching (seed 004, search). */
public final class SearchRoutes {

    private static final int DEFAULT_LIMIT = 10;

    /** At once; each holds a connection that dispatch may want. */
    private static final int MOST_SEARCHES = 3;

    private static final Pattern NUMBER = Pattern.compile("#?([1-9][0-9]{0,14})");

    private final SearchStore store;
    private final Semaphore free = new Semaphore(MOST_SEARCHES);

    public SearchRoutes(Database database) {
        this.store = new SearchStore(database);
    }

    public void bind(Operations operations) {
        operations.on("search", Access.DEVELOPER, this::search);
    }

    private Answer search(Call call) {
        var text = call.query("q").map(String::strip).filter(q -> !q.isEmpty());
        if (text.isEmpty()) {
            throw Problem.badRequest(
                    "missing_parameter",
                    "Say in q what to look for.",
                    List.of(new Fault("q", "missing_parameter", "It is not there, or blank.")));
        }
        // tried and not waited for: nobody may block here
        if (!free.tryAcquire()) {
            throw Problem.tooMany("Too many search right now.", Duration.ofSeconds(1));
        }
        try {
            return found(call, text.get());
        } catch (DatabaseFailure e) {
            if (e.isOutOfTime()) {
                throw Problem.of(
                        422,
                        "search_too_broad",
                        "This took longer than a second; say more of what you look for.");
            }
            throw e;
        } finally {
            free.release();
        }
    }

    private Answer found(Call call, String text) {
        boolean seesMachines = call.person().seesMachines();
        var found =
                store.find(
                        Viewer.of(call),
                        text,
                        number(text),
                        seesMachines,
                        call.queryInt("limit", DEFAULT_LIMIT));
        var tasks = new JsonArray();
        found.tasks().stream().map(TaskBrief::json).forEach(tasks::add);
        var json =
                new JsonObject()
                        .put("tasks", tasks)
                        .put("projects", new JsonArray(found.projects()));
        if (seesMachines) {
            json.put("machines", new JsonArray(found.machines()));
        }
        return Answer.ok(json);
    }

    private static @Nullable Long number(String text) {
        var matcher = NUMBER.matcher(text);
        return matcher.matches() ? Long.valueOf(matcher.group(1)) : null;
    }
}
