package dev.muster.coordinator.task;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.http.Repetitions;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.protocol.pipeline.Fault;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.task.TaskState;

import io.vertx.core.json.JsonArray;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The edge of tasks: decodes, calls, encodes (seed 004, tasks). */
public final class TaskRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Tasks tasks;
    private final Pipelines pipelines;
    private final EventFollowers followers;
    private final TaskJson json;

    public TaskRoutes(Tasks tasks, Pipelines pipelines, EventFollowers followers) {
        this.tasks = tasks;
        this.followers = followers;
        this.pipelines = pipelines;
        this.json = new TaskJson(pipelines);
    }

    public void bind(Operations operations) {
        operations
                .onRepeated("createTask", Access.DEVELOPER, this::create)
                .on("listTasks", Access.DEVELOPER, this::list)
                .on("listMachineTasks", Access.LEAD, this::ofMachine)
                .on("getTask", Access.DEVELOPER, this::get)
                .on("listTaskEvents", Access.DEVELOPER, this::events)
                .on("cancelTask", Access.DEVELOPER, this::cancel)
                .on("retryTask", Access.DEVELOPER, this::retry);
    }

    private Answer create(Call call) {
        var body = call.body();
        var machine = body.getString("machineId");
        var task =
                new NewTask(
                        body.getString("projectKey"),
                        call.text("description").orElseThrow(),
                        call.person().id(),
                        call.person().isAdmin(),
                        machine == null ? null : UUID.fromString(machine),
                        body.getInteger("priority", 0),
                        Actor.of(call),
                        call.requestKey().orElse(null));
        return switch (tasks.create(task)) {
            case Creation.Created created ->
                    Answer.created(
                            "/api/web/tasks/" + created.id(),
                            json.created(task, created, call.person()));
            case Creation.Repeated(var id) ->
                    Answer.created(
                                    "/api/web/tasks/" + id,
                                    json.task(tasks.get(id, Viewer.of(call))))
                            .with(Repetitions.HEADER, "true");
            case Creation.OtherRequest() -> throw Problem.otherRequest();
            case Creation.NoProject() ->
                    throw Problem.badRequest(
                            "unknown_project",
                            "There is no project '" + task.projectKey() + "'.",
                            List.of(
                                    new Fault(
                                            "/projectKey", "unknown_project", "No such project.")));
            case Creation.NoMachine() ->
                    throw Problem.badRequest(
                            "unknown_machine",
                            "There is no machine " + machine + ".",
                            List.of(
                                    new Fault(
                                            "/machineId", "unknown_machine", "No such machine.")));
        };
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var state = call.query("status").map(TaskRoutes::state);
        var project = call.query("project");
        var viewer = Viewer.of(call);
        var items = new JsonArray();
        tasks.list(viewer, state, project, page.limit(), page.offset())
                .forEach(task -> items.add(json.task(task)));
        return Answer.page(call, page, items, tasks.count(viewer, state, project));
    }

    private Answer ofMachine(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var found =
                tasks.ofMachine(
                        Viewer.of(call),
                        UUID.fromString(call.path("id")),
                        call.query("status").map(TaskRoutes::state),
                        page);
        var items = new JsonArray();
        found.stream().limit(page.limit()).forEach(task -> items.add(json.task(task)));
        return Answer.page(call, page, items, found.size() > page.limit());
    }

    private static TaskState state(String word) {
        return TaskState.parse(word)
                .orElseThrow(
                        () ->
                                Problem.badRequest(
                                        "invalid_status",
                                        "There is no status '"
                                                + word
                                                + "'; there are "
                                                + List.of(TaskState.values())
                                                + "."));
    }

    private Answer get(Call call) {
        var task = tasks.get(call.pathNumber("id"), Viewer.of(call));
        var attempts = new JsonArray();
        tasks.attempts(task.id()).forEach(attempt -> attempts.add(TaskJson.attempt(attempt)));
        return Answer.ok(json.task(task).put("attempts", attempts));
    }

    private Answer events(Call call) {
        var task = tasks.get(call.pathNumber("id"), Viewer.of(call));
        var page = call.page(DEFAULT_PAGE);
        if (call.follows()) {
            return follow(call, task.id(), page.offset());
        }
        // one more than asked for tells whether there is more
        var events =
                tasks.events(
                        task.id(),
                        optional(call.query("type")),
                        optional(call.query("search")),
                        page.limit() + 1,
                        page.offset());
        var items = new JsonArray();
        events.stream().limit(page.limit()).forEach(event -> items.add(TaskJson.event(event)));
        return Answer.page(call, page, items, events.size() > page.limit());
    }

    private Answer follow(Call call, long task, int behind) {
        if (call.query("search").isPresent()) {
            throw Problem.badRequest(
                    "invalid_request", "What is followed is not searched; leave search out.");
        }
        int n = call.lastEventId().map(Integer::parseInt).orElse(behind);
        return Answer.stream(followers.follow(task, n, call.query("type")));
    }

    private static @org.jspecify.annotations.Nullable String optional(Optional<String> value) {
        return value.orElse(null);
    }

    private Answer cancel(Call call) {
        return Answer.ok(json.task(tasks.cancel(call.pathNumber("id"), Viewer.of(call))));
    }

    private Answer retry(Call call) {
        var id = call.pathNumber("id");
        var viewer = Viewer.of(call);
        var wanted = call.body().getValue("fromStage");
        var fromStage = wanted == null ? null : stage(tasks.get(id, viewer), wanted);
        return Answer.ok(json.task(tasks.retry(id, viewer, fromStage)));
    }

    /** The index of a stage that is named by it or by its name. */
    private int stage(Task task, Object wanted) {
        var pipeline = pipelines.find(task.pipeline());
        var stages = pipeline.map(Pipeline::stages).orElse(List.of());
        for (int i = 0; i < stages.size(); i++) {
            if (wanted.equals(stages.get(i).name()) || wanted.equals(i)) {
                requireBegin(stages.get(i));
                requireAnswers(pipeline.orElseThrow(), i);
                return i;
            }
        }
        var names = stages.stream().map(Stage::name).toList();
        var sentence = "There is no such stage; there are " + names + ".";
        throw Problem.badRequest(
                "unknown_stage",
                sentence,
                List.of(new Fault("/fromStage", "unknown_stage", sentence)));
    }

    /** In an attempt that begins nothing has failed. */
    private static void requireBegin(Stage stage) {
        if (!stage.runs().isAfter(false)) {
            throw Problem.conflict(
                    "stage_after_failure",
                    "Stage "
                            + stage.name()
                            + " runs only after one that failed; begin with one before it.");
        }
    }

    /** What people answered in an earlier attempt was answered to that one. */
    private static void requireAnswers(Pipeline pipeline, int first) {
        pipeline.missingFrom(first)
                .ifPresent(
                        variable -> {
                            throw Problem.conflict(
                                    "answer_needed",
                                    "What comes then uses {"
                                            + variable
                                            + "}, which an earlier stage asks for; begin with that"
                                            + " stage.");
                        });
    }
}
