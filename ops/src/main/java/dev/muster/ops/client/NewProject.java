package dev.muster.ops.client;

import java.util.List;

/** A project to make. */
public record NewProject(
        String key,
        String name,
        String repoUrl,
        String defaultBranch,
        String agentType,
        List<Stage> pipeline) {
    public NewProject {
        pipeline = List.copyOf(pipeline);
    }
}
