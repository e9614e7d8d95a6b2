package dev.muster.coordinator.project;

import dev.muster.coordinator.project.ProjectStore.Project;
import dev.muster.coordinator.project.ProjectStore.Settings;
import dev.muster.protocol.git.BranchName;
import dev.muster.protocol.git.RepositoryUrl;
import dev.muster.protocol.pipeline.CommandKind;
import dev.muster.protocol.pipeline.Fault;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.pipeline.PipelineReader;
import dev.muster.protocol.pipeline.PipelineReading;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a person wrote of a project, its texts already of a sound length.
 *
 * @param concurrency how many of its tasks machines may hold at once; null for any number
 * @param pipeline as written; null for the default one
 * @param graceSeconds how long a silent machine keeps its tasks; null for what is usual
 * @param push when what its attempts leave is pushed to its repository
 * @param shells who may open shells in its workspaces
 */
record Draft(
        String name,
        @Nullable String repoUrl,
        @Nullable String defaultBranch,
        String agentType,
        @Nullable Integer concurrency,
        @Nullable JsonArray pipeline,
        @Nullable Integer graceSeconds,
        String push,
        String shells) {

    private static final String NO_PUSH = "never";
    private static final String USUAL_AGENT = "shell";
    private static final String USUAL_SHELLS = "maintainers";

    /** A new project. */
    static Draft of(JsonObject body) {
        return new Draft(
                body.getString("name"),
                body.getString("repoUrl"),
                body.getString("defaultBranch"),
                body.getString("agentType", USUAL_AGENT),
                body.getInteger("concurrency"),
                body.getJsonArray("pipeline"),
                body.getInteger("graceWindow"),
                body.getString("push", NO_PUSH),
                body.getString("shells", USUAL_SHELLS));
    }

    /**
     * What becomes of {@code project}: fields that are absent stay, those that are null are taken
     * away.
     *
     * @param stages that it has
     */
    static Draft of(Project project, JsonArray stages, JsonObject body) {
        return new Draft(
                body.getString("name", project.name()),
                body.getString("repoUrl", project.repoUrl()),
                body.getString("defaultBranch", project.defaultBranch()),
                body.getString("agentType", project.agentType()),
                body.getInteger("concurrency", project.concurrency()),
                body.getJsonArray("pipeline", stages),
                body.getInteger("graceWindow", project.graceSeconds()),
                body.getString("push", project.push()),
                body.getString("shells", project.shells()));
    }

    /**
     * As they are stored.
     *
     * @param stored its pipeline's stages; null if the project keeps what it has
     */
    Settings settings(@Nullable JsonArray stored) {
        return new Settings(
                name,
                repoUrl,
                defaultBranch,
                agentType,
                concurrency,
                stored,
                graceSeconds,
                push,
                shells);
    }

    /** Adds what is wrong with its repository to {@code faults}. */
    void checkRepository(List<Fault> faults) {
        if (repoUrl != null) {
            RepositoryUrl.faultIn(repoUrl).ifPresent(fault -> faults.add(fault.under("/repoUrl")));
        }
        if (repoUrl == null && !push.equals(NO_PUSH)) {
            faults.add(
                    new Fault(
                            "/push",
                            "no_repository",
                            "Nothing can be pushed without a repository: give a repoUrl."));
        }
        if (defaultBranch == null) {
            return;
        }
        BranchName.faultIn(defaultBranch)
                .ifPresent(fault -> faults.add(fault.under("/defaultBranch")));
        if (repoUrl == null) {
            faults.add(
                    new Fault(
                            "/defaultBranch",
                            "no_repository",
                            "A branch needs a repository: give a repoUrl."));
        }
    }

    /** Its pipeline; any, if something is wrong with it and added to {@code faults}. */
    Pipeline readPipeline(List<Fault> faults) {
        if (pipeline == null) {
            return Pipeline.DEFAULT;
        }
        return switch (PipelineReader.read(
                Wire.tree(pipeline.encode()), CommandKind.of(agentType))) {
            case PipelineReading.Sound(var sound) -> sound;
            case PipelineReading.Faulty(var found) -> {
                found.forEach(fault -> faults.add(fault.under("/pipeline")));
                yield Pipeline.DEFAULT;
            }
        };
    }
}
