package dev.muster.protocol.message;

import com.fasterxml.jackson.annotation.JsonIgnore;

import dev.muster.protocol.pipeline.Pipeline;

import org.jspecify.annotations.Nullable;

/**
 * An attempt handed to a machine, with all it needs to run it.
 *
 * @param description what the person asked for; hostile text, only ever data
 * @param project the project's key
 * @param repoUrl the repository to work on; null for a project without one, which gets an empty
 *     directory
 * @param defaultBranch the branch to start from; null for the repository's own default
 * @param gitName name for commits made in the workspace
 * @param gitEmail address for the same
 * @param agentType what drives the stages, such as {@code shell}
 * @param continues where it goes on; null for one that begins anew
 * @param provision what the project gives it; null is taken for nothing, so never answered
 * @param push true if what it leaves is to be pushed once its last stage succeeded; else null
 */
public record Assignment(
        LeaseRef lease,
        String description,
        String project,
        @Nullable String repoUrl,
        @Nullable String defaultBranch,
        String gitName,
        String gitEmail,
        String agentType,
        Pipeline pipeline,
        @Nullable Continuation continues,
        @Nullable Provision provision,
        @Nullable Boolean push) {

    public Assignment {
        provision = provision == null ? Provision.NONE : provision;
        push = Boolean.TRUE.equals(push) ? Boolean.TRUE : null;
        if (continues != null
                && (continues.attempt() >= lease.attempt()
                        || continues.stage() >= pipeline.stages().size()
                        || !pipeline.stages().get(continues.stage()).runs().isAfter(false))) {
            throw new IllegalArgumentException("nothing can continue " + continues);
        }
    }

    /** One that begins anew. */
    public Assignment(
            LeaseRef lease,
            String description,
            String project,
            @Nullable String repoUrl,
            @Nullable String defaultBranch,
            String gitName,
            String gitEmail,
            String agentType,
            Pipeline pipeline) {
        this(
                lease,
                description,
                project,
                repoUrl,
                defaultBranch,
                gitName,
                gitEmail,
                agentType,
                pipeline,
                null,
                null);
    }

    /** One of which nothing is pushed. */
    public Assignment(
            LeaseRef lease,
            String description,
            String project,
            @Nullable String repoUrl,
            @Nullable String defaultBranch,
            String gitName,
            String gitEmail,
            String agentType,
            Pipeline pipeline,
            @Nullable Continuation continues,
            @Nullable Provision provision) {
        this(
                lease,
                description,
                project,
                repoUrl,
                defaultBranch,
                gitName,
                gitEmail,
                agentType,
                pipeline,
                continues,
                provision,
                null);
    }

    /** Whether what it leaves is to be pushed. */
    @JsonIgnore
    public boolean isPushed() {
        return push != null;
    }
}
