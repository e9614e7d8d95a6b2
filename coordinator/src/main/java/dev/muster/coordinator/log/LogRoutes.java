package dev.muster.coordinator.log;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of logs (seed 004, tasks: logs). */
public final class LogRoutes {

    private static final int DEFAULT_PAGE = 200;

    private static final int DEFAULT_FOUND = 50;

    private final Logs logs;
    private final LateLogs late;
    private final LogSearch search;
    private final LogFollowers followers;
    private final Tasks tasks;

    public LogRoutes(Logs logs, LateLogs late, LogFollowers followers, Tasks tasks) {
        this.logs = logs;
        this.late = late;
        this.search = new LogSearch(logs);
        this.followers = followers;
        this.tasks = tasks;
    }

    public void bind(Operations operations) {
        operations.on("listTaskLogs", Access.DEVELOPER, this::list);
        operations.on("searchTaskLogs", Access.DEVELOPER, this::search);
        operations.on("listTaskLateLog", Access.DEVELOPER, this::late);
    }

    private Answer list(Call call) {
        var viewer = Viewer.of(call);
        long task = call.pathNumber("id");
        int newest = tasks.newestAttempt(task, viewer);
        int attempt = call.queryInt("attempt", newest);
        var page = call.page(DEFAULT_PAGE);
        if (call.follows()) {
            return follow(call, new LogPlace(task, attempt, 0, page.offset()), newest);
        }
        var lines = logs.lines(task, attempt, page.offset(), page.limit());
        var items = new JsonArray();
        lines.forEach(line -> items.add(LogFollowers.json(line)));
        long next = lines.isEmpty() ? page.offset() : lines.getLast().n() + 1;
        return Answer.leaping(call, page, items, next, logs.count(task, attempt));
    }

    private Answer late(Call call) {
        long task = call.pathNumber("id");
        int attempt = call.queryInt("attempt", tasks.newestAttempt(task, Viewer.of(call)));
        var page = call.page(DEFAULT_PAGE);
        var shown = late.shown(task, attempt);
        var items = new JsonArray();
        for (var line : late.lines(task, attempt, page.offset(), page.limit())) {
            items.add(LogFollowers.json(line));
        }
        var besides =
                new JsonObject()
                        .put("attempt", attempt)
                        .put("start", shown.start())
                        .put("bytes", shown.bytes())
                        .put("cut", shown.cut());
        return Answer.page(call, page, items, shown.lines(), besides);
    }

    private Answer search(Call call) {
        long task = call.pathNumber("id");
        int attempt = call.queryInt("attempt", tasks.newestAttempt(task, Viewer.of(call)));
        var text = call.query("text").orElseThrow();
        var page = call.page(DEFAULT_FOUND);
        var found = search.find(task, attempt, text, page.offset(), page.limit());
        var items = new JsonArray();
        found.lines().forEach(line -> items.add(LogFollowers.json(line)));
        var json = new JsonObject().put("attempt", attempt).put("items", items);
        found.next().ifPresent(next -> json.put("next", next));
        return Answer.ok(json);
    }

    /** From where a connection was lost, or else from {@code place} on. */
    private Answer follow(Call call, LogPlace place, int newest) {
        var from = call.lastEventId().flatMap(id -> LogPlace.read(place.task(), id)).orElse(place);
        if (from.attempt() > newest || from.attempt() < 1) {
            throw Problem.notFound("There is no attempt " + from.attempt() + " yet.");
        }
        if (call.lastEventId().isPresent() && followers.isAtEnd(from)) {
            // to an event source this says not to come again
            return Answer.noContent();
        }
        return Answer.stream(
                followers.follow(from, reader -> tasks.isVisible(from.task(), Viewer.of(reader))));
    }
}
