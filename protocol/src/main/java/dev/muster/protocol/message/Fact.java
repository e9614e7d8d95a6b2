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
    @JsonSubTypes.Type(value = Fact.StageStarted.class, name = "stageStarted"),
    @JsonSubTypes.Type(value = Fact.StageEnded.class, name = "stageEnded"),
    @JsonSubTypes.Type(value = Fact.Succeeded.class, name = "succeeded"),
    @JsonSubTypes.Type(value = Fact.Failed.class, name = "failed")
})
public sealed interface Fact {

    long atMillis();

    /**
     * A stage started; the first of these moves the task to RUNNING. {@code branch} is null without
     * a repository.
     */
    record StageStarted(long atMillis, int stage, String name, @Nullable String branch)
            implements Fact {
        public StageStarted {
            requireStage(stage);
        }
    }

    /**
     * A stage ended.
     *
     * @param ok whether the pipeline may go on
     * @param exitStatus the command's exit status; null when it was stopped before it had one
     * @param reason why it is not ok, a stable word such as {@code exit_status} or {@code timeout};
     *     null when ok
     */
    record StageEnded(
            long atMillis,
            int stage,
            String name,
            boolean ok,
            @Nullable Integer exitStatus,
            @Nullable String reason)
            implements Fact {
        public StageEnded {
            requireStage(stage);
        }
    }

    /** Every stage succeeded. {@code work} is null without a repository. */
    record Succeeded(long atMillis, @Nullable Work work) implements Fact {}

    /**
     * The attempt failed.
     *
     * @param reason a stable word: {@code stage_failed}, {@code stage_timeout}, {@code
     *     workspace_failed}, {@code disk_full}, {@code worker_error}, {@code worker_stopped}
     * @param detail one sentence for a person, at most 2,000 characters
     */
    record Failed(long atMillis, String reason, String detail, @Nullable Work work)
            implements Fact {}

    private static void requireStage(int stage) {
        if (stage < 0 || stage >= Pipeline.MOST_STAGES) {
            throw new IllegalArgumentException(
                    "stages are 0 to " + (Pipeline.MOST_STAGES - 1) + ", was " + stage);
        }
    }

    /** Whether an attempt can begin with it: a workspace that cannot be made is its only fact. */
    @JsonIgnore
    default boolean mayBegin() {
        return switch (this) {
            case StageStarted _, Failed _ -> true;
            case StageEnded _, Succeeded _ -> false;
        };
    }

    /** Whether nothing may follow. */
    @JsonIgnore
    default boolean isFinal() {
        return switch (this) {
            case Succeeded _, Failed _ -> true;
            case StageStarted _, StageEnded _ -> false;
        };
    }
}
