package dev.muster.coordinator.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.machine.Machines;
import dev.muster.coordinator.task.Viewer;
import dev.muster.protocol.pipeline.Fault;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.WorkspacePath;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/** The edge of workspaces (seed 004, workspaces and tunnels). */
public final class WorkspaceRoutes {

    private static final int DEFAULT_BYTES = 64 * 1024;

    private final Workspaces workspaces;

    public WorkspaceRoutes(Workspaces workspaces) {
        this.workspaces = workspaces;
    }

    public void bind(Operations operations) {
        operations
                .on("getWorkspace", Access.DEVELOPER, this::get)
                .on("listWorkspaceTree", Access.DEVELOPER, this::tree)
                .on("readWorkspaceFile", Access.DEVELOPER, this::file)
                .on("diffWorkspace", Access.DEVELOPER, this::diff);
    }

    private Place place(Call call) {
        return workspaces.place(call.pathNumber("taskId"), Viewer.of(call));
    }

    private static String path(Call call) {
        try {
            return WorkspacePath.parse(call.query("path").orElse("")).toString();
        } catch (IllegalArgumentException e) {
            var sentence = String.valueOf(e.getMessage());
            throw Problem.badRequest(
                    "invalid_path", sentence, List.of(new Fault("path", "invalid_path", sentence)));
        }
    }

    private Answer get(Call call) {
        var place = place(call);
        var asked = new Question.Workspace(place.task(), place.workspace());
        return switch (workspaces.ask(place.machine(), asked)) {
            case Reply.Workspace told ->
                    Answer.ok(json(place, workspaces.machine(place.machine()), told));
            case Reply other -> throw refused(other);
        };
    }

    private static JsonObject json(Place place, Machines.Shown machine, Reply.Workspace told) {
        var json =
                new JsonObject()
                        .put("taskId", place.task())
                        .put("attempt", place.attempt())
                        .put("state", told.presence().name().toLowerCase(Locale.ROOT))
                        .put(
                                "machine",
                                new JsonObject()
                                        .put("id", machine.id().toString())
                                        .put("name", machine.name()));
        put(json, "path", told.path());
        put(json, "branch", told.branch());
        put(json, "diskBytes", told.diskBytes());
        put(json, "keptUntil", told.keptUntil());
        if (told.git() != null) {
            addTo(json, told.git());
        }
        return json;
    }

    private static void put(JsonObject json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static void addTo(JsonObject json, Reply.Git git) {
        var files = new JsonArray();
        for (var file : git.dirty()) {
            files.add(new JsonObject().put("path", file.path()).put("status", file.status()));
        }
        json.put("base", git.base())
                .put("head", git.head())
                .put("ahead", git.ahead())
                .put("behind", git.behind())
                .put("dirty", new JsonObject().put("count", git.dirtyCount()).put("files", files));
    }

    private Answer tree(Call call) {
        var place = place(call);
        var asked =
                new Question.Tree(
                        place.task(), place.workspace(), path(call), call.queryInt("depth", 1));
        return switch (workspaces.ask(place.machine(), asked)) {
            case Reply.Tree(var entries, var truncated) -> {
                var items = new JsonArray();
                entries.forEach(entry -> items.add(json(entry)));
                yield Answer.ok(
                        new JsonObject()
                                .put("path", asked.path())
                                .put("entries", items)
                                .put("truncated", truncated));
            }
            case Reply other -> throw refused(other);
        };
    }

    private static JsonObject json(Reply.Entry entry) {
        var json =
                new JsonObject()
                        .put("path", entry.path())
                        .put("type", entry.type().name().toLowerCase(Locale.ROOT));
        put(json, "size", entry.size());
        return json;
    }

    private Answer file(Call call) {
        var place = place(call);
        var asked =
                new Question.File(
                        place.task(),
                        place.workspace(),
                        path(call),
                        call.query("offset").map(Long::parseLong).orElse(0L),
                        call.queryInt("limit", DEFAULT_BYTES));
        return switch (workspaces.ask(place.machine(), asked)) {
            case Reply.File(var size, var offset, var bytes) -> {
                boolean isEnd = offset + bytes.length >= size;
                var content = Content.of(bytes, isEnd);
                var json =
                        new JsonObject()
                                .put("path", asked.path())
                                .put("size", size)
                                .put("offset", offset);
                content.addTo(json);
                if (!isEnd) {
                    json.put("nextOffset", offset + content.length());
                }
                yield Answer.ok(json);
            }
            case Reply other -> throw refused(other);
        };
    }

    private Answer diff(Call call) {
        var place = place(call);
        var path = path(call);
        var asked =
                new Question.Diff(place.task(), place.workspace(), path.isEmpty() ? null : path);
        return switch (workspaces.ask(place.machine(), asked)) {
            case Reply.Diff(var bytes, var truncated) ->
                    Answer.ok(
                            new JsonObject()
                                    .put("diff", new String(bytes, UTF_8))
                                    .put("truncated", truncated));
            case Reply other -> throw refused(other);
        };
    }

    private static RuntimeException refused(Reply reply) {
        return reply instanceof Reply.Refused refused
                ? refused(refused)
                : new IllegalStateException("a machine answered another question: " + reply);
    }

    private static Problem refused(Reply.Refused refused) {
        var sentence = refused.sentence();
        return switch (refused.code()) {
            case WORKSPACE_GONE -> Problem.gone("workspace_gone", sentence);
            case PATH_NOT_FOUND -> Problem.of(404, "path_not_found", sentence);
            case PATH_OF_ANOTHER_KIND -> Problem.conflict("path_of_another_kind", sentence);
            case NO_REPOSITORY -> Problem.conflict("no_repository", sentence);
            case UNREADABLE,
                    NOT_RUNNING,
                    UNKNOWN_TEMPLATE,
                    PROGRAM_MISSING,
                    UNKNOWN_TUNNEL,
                    TOO_MANY_SHELLS,
                    SHELL_NOT_STARTED ->
                    Problem.conflict("workspace_unreadable", sentence);
        };
    }
}
