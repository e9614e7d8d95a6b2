package dev.muster.coordinator.project;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.ProjectStore.NewProject;
import dev.muster.coordinator.project.ProjectStore.Project;
import dev.muster.protocol.git.BranchName;
import dev.muster.protocol.git.RepositoryUrl;
import dev.muster.protocol.pipeline.CommandKind;
import dev.muster.protocol.pipeline.Fault;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.pipeline.PipelineReader;
import dev.muster.protocol.pipeline.PipelineReading;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.json.JsonArray;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** What may be done with projects. Thread-safe. */
public final class Projects {

    private final ProjectStore store;

    public Projects(Database database) {
        this.store = new ProjectStore(database);
    }

    /**
     * What a person wrote of a new project, its texts already of a sound length.
     *
     * @param concurrency how many of its tasks machines may hold at once; null for any number
     * @param pipeline as written; null for the default one
     * @param graceSeconds how long a silent machine keeps its tasks; null for what is usual
     */
    record Draft(
            String key,
            String name,
            @Nullable String repoUrl,
            @Nullable String defaultBranch,
            String agentType,
            @Nullable Integer concurrency,
            @Nullable JsonArray pipeline,
            @Nullable Integer graceSeconds) {}

    /** Creates a project, or names all that is wrong with the draft. */
    Project create(Draft draft, long developer) {
        var faults = new ArrayList<Fault>();
        checkRepository(draft, faults);
        var pipeline = readPipeline(draft, faults);
        if (!faults.isEmpty()) {
            throw Problem.badRequest("invalid_project", faults.getFirst().message(), faults);
        }
        try {
            return store.create(
                    new NewProject(
                            draft.key(),
                            draft.name(),
                            draft.repoUrl(),
                            draft.defaultBranch(),
                            draft.agentType(),
                            draft.concurrency(),
                            StagesJson.stored(pipeline),
                            draft.graceSeconds(),
                            developer));
        } catch (DatabaseFailure e) {
            if (e.violates("project_key_key")) {
                throw Problem.conflict(
                        "project_key_taken", "There is a project '" + draft.key() + "' already.");
            }
            throw e;
        }
    }

    private static void checkRepository(Draft draft, List<Fault> faults) {
        if (draft.repoUrl() != null) {
            RepositoryUrl.faultIn(draft.repoUrl())
                    .ifPresent(fault -> faults.add(fault.under("/repoUrl")));
        }
        if (draft.defaultBranch() == null) {
            return;
        }
        BranchName.faultIn(draft.defaultBranch())
                .ifPresent(fault -> faults.add(fault.under("/defaultBranch")));
        if (draft.repoUrl() == null) {
            faults.add(
                    new Fault(
                            "/defaultBranch",
                            "no_repository",
                            "A branch needs a repository: give a repoUrl."));
        }
    }

    private static Pipeline readPipeline(Draft draft, List<Fault> faults) {
        var written = draft.pipeline();
        if (written == null) {
            return Pipeline.DEFAULT;
        }
        return switch (PipelineReader.read(
                Wire.tree(written.encode()), CommandKind.of(draft.agentType()))) {
            case PipelineReading.Sound(var pipeline) -> pipeline;
            case PipelineReading.Faulty(var found) -> {
                found.forEach(fault -> faults.add(fault.under("/pipeline")));
                yield Pipeline.DEFAULT;
            }
        };
    }

    Project get(String key) {
        return store.find(key)
                .orElseThrow(() -> Problem.notFound("There is no project '" + key + "'."));
    }

    List<Project> list(int limit, int offset) {
        return store.list(limit, offset);
    }

    long count() {
        return store.count();
    }
}
