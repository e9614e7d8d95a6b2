package dev.muster.protocol.pipeline;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * A question that a stage asks a person before it runs. A person writes it as fields of its stage;
 * here it is one thing.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Gate.Confirm.class, name = "confirm"),
    @JsonSubTypes.Type(value = Gate.Choice.class, name = "choice"),
    @JsonSubTypes.Type(value = Gate.Input.class, name = "input")
})
public sealed interface Gate {

    /** Half an hour, in seconds: how long a gate waits that says nothing else (seed 004). */
    int DEFAULT_TIMEOUT = 1800;

    /** Characters of an answer, at most. */
    int LONGEST_RESULT = 20_000;

    /** How many values there may be to pick from. */
    int MOST_CHOICES = 25;

    /** Characters of one of them, at most. */
    int LONGEST_CHOICE = 200;

    /** The answer by which a pipeline goes on. */
    String CONFIRM = "confirm";

    /** The answer that ends it. */
    String CANCEL = "cancel";

    /** Whole seconds that it waits for an answer, 1 to {@value Stage#LONGEST_TIMEOUT}. */
    int timeout();

    /** The answer it takes when nobody gives one in time; null if the attempt then fails. */
    @Nullable String fallback();

    /** Whether {@code result} answers it. */
    boolean accepts(String result);

    /** What a command may refer to once it is answered. */
    Optional<Template.Variable> gives();

    /** May the stage run? */
    record Confirm(int timeout, @Nullable String fallback) implements Gate {
        public Confirm {
            requireTimeout(timeout);
            if (fallback != null && !fallback.equals(CONFIRM)) {
                throw new IllegalArgumentException("a confirmation falls back to " + CONFIRM);
            }
        }

        @Override
        public boolean accepts(String result) {
            return result.equals(CONFIRM) || result.equals(CANCEL);
        }

        @Override
        public Optional<Template.Variable> gives() {
            return Optional.empty();
        }
    }

    /**
     * Which of these?
     *
     * @param choices 1 to {@value #MOST_CHOICES} different ones
     */
    record Choice(List<String> choices, int timeout, @Nullable String fallback) implements Gate {
        public Choice {
            choices = List.copyOf(choices);
            requireTimeout(timeout);
            if (choices.isEmpty()
                    || choices.size() > MOST_CHOICES
                    || new HashSet<>(choices).size() < choices.size()) {
                throw new IllegalArgumentException(
                        "there are 1 to " + MOST_CHOICES + " different choices");
            }
            if (!choices.stream().allMatch(Gate::isChoice)) {
                throw new IllegalArgumentException("a choice is a line of text");
            }
            if (fallback != null && !choices.contains(fallback)) {
                throw new IllegalArgumentException("a fallback is one of the choices");
            }
        }

        @Override
        public boolean accepts(String result) {
            return choices.contains(result);
        }

        @Override
        public Optional<Template.Variable> gives() {
            return Optional.of(Template.Variable.CHOICE);
        }
    }

    /** What to say? Any text, also none. */
    record Input(int timeout, @Nullable String fallback) implements Gate {
        public Input {
            requireTimeout(timeout);
            if (fallback != null && !isResult(fallback)) {
                throw new IllegalArgumentException("a fallback is an answer");
            }
        }

        @Override
        public boolean accepts(String result) {
            return isResult(result);
        }

        @Override
        public Optional<Template.Variable> gives() {
            return Optional.of(Template.Variable.INPUT);
        }
    }

    /** Whether a person can be shown {@code text} as something to pick. */
    static boolean isChoice(String text) {
        return !text.isBlank()
                && text.length() <= LONGEST_CHOICE
                && text.chars().noneMatch(Character::isISOControl);
    }

    /** Whether {@code text} can be an answer at all: neither too long nor with a NUL. */
    static boolean isResult(String text) {
        return text.length() <= LONGEST_RESULT && text.indexOf('\0') < 0;
    }

    private static void requireTimeout(int timeout) {
        if (timeout < 1 || timeout > Stage.LONGEST_TIMEOUT) {
            throw new IllegalArgumentException(
                    "a gate waits 1 to " + Stage.LONGEST_TIMEOUT + " s, was " + timeout);
        }
    }
}
