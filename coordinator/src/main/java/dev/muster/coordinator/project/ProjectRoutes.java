package dev.muster.coordinator.project;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of projects (seed 004, admin: projects). */
public final class ProjectRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Projects projects;
    private final Pipelines pipelines;

    public ProjectRoutes(Projects projects, Pipelines pipelines) {
        this.projects = projects;
        this.pipelines = pipelines;
    }

    public void bind(Operations operations) {
        operations
                .on("createProject", Access.ADMIN, this::create)
                .on("listProjects", Access.ADMIN, this::list)
                .on("getProject", Access.ADMIN, this::get);
    }

    private Answer create(Call call) {
        var body = call.body();
        var draft =
                new Projects.Draft(
                        body.getString("key"),
                        body.getString("name"),
                        body.getString("repoUrl"),
                        body.getString("defaultBranch"),
                        body.getString("agentType", "shell"),
                        body.getInteger("concurrency"),
                        body.getJsonArray("pipeline"),
                        body.getInteger("graceWindow"));
        var project = projects.create(draft, call.person().id());
        return Answer.created("/api/admin/projects/" + project.key(), json(project));
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        projects.list(page.limit(), page.offset()).forEach(project -> items.add(json(project)));
        return Answer.page(call, page, items, projects.count());
    }

    private Answer get(Call call) {
        return Answer.ok(json(projects.get(call.path("key"))));
    }

    private JsonObject json(ProjectStore.Project project) {
        var json = new JsonObject().put("key", project.key()).put("name", project.name());
        if (project.repoUrl() != null) {
            json.put("repoUrl", project.repoUrl());
        }
        if (project.defaultBranch() != null) {
            json.put("defaultBranch", project.defaultBranch());
        }
        if (project.concurrency() != null) {
            json.put("concurrency", project.concurrency());
        }
        if (project.graceSeconds() != null) {
            json.put("graceWindow", project.graceSeconds());
        }
        pipelines
                .find(project.pipeline())
                .ifPresent(pipeline -> json.put("pipeline", StagesJson.of(pipeline)));
        return json.put("agentType", project.agentType())
                .put("createdAt", project.createdAt().toInstant());
    }
}
