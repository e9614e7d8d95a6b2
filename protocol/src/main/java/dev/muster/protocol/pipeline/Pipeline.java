package dev.muster.protocol.pipeline;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The stages of a task, in order. On the wire and in the database it is the bare JSON array of its
 * stages.
 *
 * @param stages at least one, at most {@value #MOST_STAGES}
 */
public record Pipeline(@JsonValue List<Stage> stages) {

    /** How many stages a pipeline may have. */
    public static final int MOST_STAGES = 50;

    /** What a project without a pipeline of its own runs (seed 004). */
    public static final Pipeline DEFAULT =
            new Pipeline(
                    List.of(
                            new Stage(
                                    "develop",
                                    "/develop {description}",
                                    Stage.DEFAULT_TIMEOUT,
                                    Map.of())));

    @JsonCreator
    public Pipeline {
        stages = List.copyOf(stages);
        if (stages.isEmpty() || stages.size() > MOST_STAGES) {
            throw new IllegalArgumentException(
                    "a pipeline has 1 to " + MOST_STAGES + " stages, was " + stages.size());
        }
        if (!stages.getFirst().runs().isAfter(false)) {
            throw new IllegalArgumentException("nothing can fail before the first stage");
        }
    }

    /**
     * An answer that commands from stage {@code first} on refer to and that no gate from there on
     * asks for in time; empty if they can all be had.
     */
    public Optional<Template.Variable> missingFrom(int first) {
        var answers = new Answers();
        for (var stage : stages.subList(first, stages.size())) {
            var own =
                    Optional.ofNullable(stage.gate())
                            .flatMap(Gate::gives)
                            .map(Set::of)
                            .orElse(Set.of());
            var missing = answers.missing(stage.runs(), stage.command(), own);
            if (!missing.isEmpty()) {
                return Optional.of(missing.getFirst());
            }
        }
        return Optional.empty();
    }
}
