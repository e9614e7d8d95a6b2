package dev.muster.coordinator.project;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.IfMatch;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.project.ProjectStore.Project;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.util.List;

/** The edge of projects (seed 004, projects and admin: projects). */
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
                .on("listProjects", Access.DEVELOPER, this::listOwn)
                .on("getProject", Access.DEVELOPER, this::get)
                .on("updateProject", Access.DEVELOPER, this::update)
                .on("createProject", Access.ADMIN, this::create)
                .on("adminListProjects", Access.ADMIN, this::listAll)
                .on("adminGetProject", Access.ADMIN, this::get)
                .on("adminUpdateProject", Access.ADMIN, this::update)
                .on("archiveProject", Access.ADMIN, this::archive);
    }

    private Answer create(Call call) {
        var body = call.body();
        var project =
                projects.create(
                        body.getString("key"), Draft.of(body), call.person(), Actor.of(call));
        return Answer.created("/api/admin/projects/" + project.key(), json(project))
                .with("ETag", IfMatch.tag(project.version()));
    }

    private Answer listOwn(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = json(projects.listOwn(call.person(), page));
        return Answer.page(call, page, items, projects.countOwn(call.person()));
    }

    private Answer listAll(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var archived = call.query("archived").map(Boolean::parseBoolean).orElse(false);
        var items = json(projects.listAll(call.person(), archived, page));
        return Answer.page(call, page, items, projects.countAll(call.person(), archived));
    }

    private Answer get(Call call) {
        return answer(projects.get(call.path("key"), call.person()));
    }

    private Answer update(Call call) {
        return answer(
                projects.update(
                        call.path("key"),
                        call.body(),
                        IfMatch.of(call),
                        call.person(),
                        Actor.of(call)));
    }

    private Answer archive(Call call) {
        projects.archive(call.path("key"), IfMatch.of(call), call.person(), Actor.of(call));
        return Answer.noContent();
    }

    private Answer answer(Project project) {
        return Answer.ok(json(project)).with("ETag", IfMatch.tag(project.version()));
    }

    private JsonArray json(List<Project> projects) {
        var items = new JsonArray();
        projects.forEach(project -> items.add(json(project)));
        return items;
    }

    private JsonObject json(Project project) {
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
        if (project.role() != null) {
            json.put("role", project.role());
        }
        if (project.archivedAt() != null) {
            json.put("archivedAt", project.archivedAt().toInstant());
        }
        return json.put("agentType", project.agentType())
                .put("push", project.push())
                .put("shells", project.shells())
                .put("createdAt", project.createdAt().toInstant());
    }
}
