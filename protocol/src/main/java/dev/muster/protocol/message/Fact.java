package dev.muster.protocol.message;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.muster.protocol.pipeline.Pipeline;

import org.jspecify.annotations.Nullable;

/**
 * One thing that happened in an attempt, told by its worker. {@code atMillis} counts from the
 * attempt's arrival; {@code stage} is an index from 0, below {@link Pipeline#MOST_STAGES}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "fact")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Fact.GateOpened.class, name = "gateOpened"),
    @JsonSubTypes.Type(value = Fact.StageStarted.class, name = "stageStarted"),
    @JsonSubTypes.Type(value = Fact.StageEnded.class, name = "stageEnded"),
    @JsonSubTypes.Type(value = Fact.AgentAsked.class, name = "agentAsked"),
    @JsonSubTypes.Type(value = Fact.Succeeded.class, name = "succeeded"),
    @JsonSubTypes.Type(value = Fact.Failed.class, name = "failed")
})
public sealed interface Fact {

    long atMillis();

    /**
     * A stage's gate opened: it starts once a person has answered. As an attempt's first fact it
     * moves the task to RUNNING first. {@code branch} is null without a repository.
     */
    record GateOpened(long atMillis, int stage, String name, @Nullable String branch)
            implements Fact {
        public GateOpened {
            requireStage(stage);
        }
    }

    /**
     * A stage is about to start; as an attempt's first fact it moves the task to RUNNING.
     *
     * @param branch null without a repository
     * @param go which try of the stage it is; null for a stage that is tried once
     */
    record StageStarted(
            long atMillis, int stage, String name, @Nullable String branch, @Nullable Try go)
            implements Fact {
        public StageStarted {
            requireStage(stage);
        }

        /** Of a stage that is tried once. */
        public StageStarted(long atMillis, int stage, String name, @Nullable String branch) {
            this(atMillis, stage, name, branch, null);
        }
    }

    /**
     * A stage ended.
     *
     * @param ok whether it succeeded; if not, another try may follow
     * @param exitStatus the command's exit status; null when it was stopped before it had one
     * @param reason why it is not ok, a stable word such as {@code exit_status}, {@code timeout} or
     *     {@code idle_timeout}; null when ok
     * @param go which try of the stage it was; null for a stage that is tried once
     */
    record StageEnded(
            long atMillis,
            int stage,
            String name,
            boolean ok,
            @Nullable Integer exitStatus,
            @Nullable String reason,
            @Nullable Try go)
            implements Fact {
        public StageEnded {
            requireStage(stage);
        }

        /** Of a stage that is tried once. */
        public StageEnded(
                long atMillis,
                int stage,
                String name,
                boolean ok,
                @Nullable Integer exitStatus,
                @Nullable String reason) {
            this(atMillis, stage, name, ok, exitStatus, reason, null);
        }
    }

    /**
     * The agent of a running stage wants a person to look at its terminal; the stage goes on.
     *
     * @param message what it says, hostile text, at most {@value #LONGEST_MESSAGE} characters
     */
    record AgentAsked(long atMillis, int stage, String name, String message) implements Fact {
        public static final int LONGEST_MESSAGE = 2_000;

        public AgentAsked {
            requireStage(stage);
            if (message.length() > LONGEST_MESSAGE) {
                throw new IllegalArgumentException("a message is at most 2,000 characters");
            }
        }
    }

    /** Every stage succeeded. {@code work} is null without a repository. */
    record Succeeded(long atMillis, @Nullable Work work) implements Fact {}

    /**
     * The attempt failed.
     *
     * @param reason a stable word: {@code stage_failed}, {@code stage_timeout}, {@code
     *     stage_idle_timeout}, {@code workspace_failed}, {@code workspace_missing}, {@code
     *     disk_full}, {@code worker_error}, {@code worker_stopped}, {@code agent_missing}, {@code
     *     agent_auth}, {@code agent_rate_limit}, {@code secret_missing}, {@code command_refused},
     *     {@code push_failed}
     * @param detail one sentence for a person, at most 2,000 characters
     */
    record Failed(long atMillis, String reason, String detail, @Nullable Work work)
            implements Fact {}

    static void requireStage(int stage) {
        if (stage < 0 || stage >= Pipeline.MOST_STAGES) {
            throw new IllegalArgumentException(
                    "stages are 0 to " + (Pipeline.MOST_STAGES - 1) + ", was " + stage);
        }
    }

    /** Whether an attempt can begin with it: a workspace that cannot be made is its only fact. */
    @JsonIgnore
    default boolean mayBegin() {
        return switch (this) {
            case GateOpened _, StageStarted _, Failed _ -> true;
            case StageEnded _, AgentAsked _, Succeeded _ -> false;
        };
    }

    /** Whether nothing may follow. */
    @JsonIgnore
    default boolean isFinal() {
        return switch (this) {
            case Succeeded _, Failed _ -> true;
            case GateOpened _, StageStarted _, StageEnded _, AgentAsked _ -> false;
        };
    }
}
