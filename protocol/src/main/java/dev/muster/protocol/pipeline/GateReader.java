package dev.muster.protocol.pipeline;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads the gate of one stage from the stage's fields. */
final class GateReader {

    static final Set<String> FIELDS =
            Set.of("confirm", "choices", "input", "gateTimeout", "onGateTimeout", "fallback");

    /** Hears what is wrong. */
    @FunctionalInterface
    interface Faults {
        void add(String pointer, String code, String message);
    }

    private final String at;
    private final JsonNode stage;
    private final Faults faults;

    private GateReader(String at, JsonNode stage, Faults faults) {
        this.at = at;
        this.stage = stage;
        this.faults = faults;
    }

    /**
     * Reads the gate of {@code stage}.
     *
     * @param at the stage's pointer
     * @return null if it has none, or if something is wrong with it
     */
    static @Nullable Gate read(String at, JsonNode stage, Faults faults) {
        return new GateReader(at, stage, faults).read();
    }

    private @Nullable Gate read() {
        boolean confirms = readSwitch("confirm");
        boolean chooses = stage.has("choices");
        boolean asks = readSwitch("input");
        var timeout = readTimeout();
        boolean fallsBack = readFallsBack();
        if (!confirms && !chooses && !asks) {
            requireGate();
            return null;
        }
        if (!isOne(confirms, chooses, asks)) {
            return null;
        }
        if (chooses) {
            var choices = readChoices();
            var fallback = readFallback(fallsBack);
            return choices.isEmpty()
                    ? null
                    : gate(new Gate.Choice(choices, timeout, null), fallback);
        }
        var fallback = readFallback(fallsBack);
        return confirms
                ? gate(new Gate.Confirm(timeout, null), fallback)
                : gate(new Gate.Input(timeout, null), fallback);
    }

    private boolean isOne(boolean confirms, boolean chooses, boolean asks) {
        if ((confirms && chooses) || (asks && (confirms || chooses))) {
            faults.add(
                    at + (asks ? "/input" : "/choices"),
                    "several_gates",
                    "A stage asks one question: confirm, choices or input.");
            return false;
        }
        return true;
    }

    private void requireGate() {
        for (var field : List.of("gateTimeout", "onGateTimeout", "fallback")) {
            if (stage.has(field)) {
                faults.add(
                        at + "/" + field,
                        "no_gate",
                        "Only a stage with confirm, choices or input has a " + field + ".");
            }
        }
    }

    private boolean readSwitch(String field) {
        var node = stage.path(field);
        if (!node.isMissingNode() && !node.isBoolean()) {
            faults.add(at + "/" + field, "invalid_" + field, field + " is true or false.");
        }
        return node.asBoolean(false);
    }

    private List<String> readChoices() {
        var node = stage.path("choices");
        if (!node.isArray() || node.isEmpty() || node.size() > Gate.MOST_CHOICES) {
            faults.add(
                    at + "/choices",
                    "invalid_choices",
                    "choices is an array of 1 to " + Gate.MOST_CHOICES + " texts.");
            return List.of();
        }
        var choices = new ArrayList<String>();
        for (int i = 0; i < node.size(); i++) {
            var choice = node.get(i);
            if (!choice.isTextual() || !Gate.isChoice(choice.textValue())) {
                faults.add(
                        at + "/choices/" + i,
                        "invalid_choice",
                        "A choice is a text of 1 to "
                                + Gate.LONGEST_CHOICE
                                + " characters on one line.");
                return List.of();
            }
            if (choices.contains(choice.textValue())) {
                faults.add(
                        at + "/choices/" + i, "duplicate_choice", "This choice is there already.");
                return List.of();
            }
            choices.add(choice.textValue());
        }
        return choices;
    }

    private int readTimeout() {
        var node = stage.path("gateTimeout");
        if (node.isMissingNode()) {
            return Gate.DEFAULT_TIMEOUT;
        }
        if (!node.isIntegralNumber()
                || !node.canConvertToInt()
                || node.intValue() < 1
                || node.intValue() > Stage.LONGEST_TIMEOUT) {
            faults.add(
                    at + "/gateTimeout",
                    "invalid_gate_timeout",
                    "A gateTimeout is a whole number of seconds from 1 to "
                            + Stage.LONGEST_TIMEOUT
                            + ".");
            return Gate.DEFAULT_TIMEOUT;
        }
        return node.intValue();
    }

    private boolean readFallsBack() {
        var word = stage.path("onGateTimeout");
        if (!word.isMissingNode() && !Set.of("fail", "fallback").contains(word.asText())) {
            faults.add(
                    at + "/onGateTimeout",
                    "invalid_on_gate_timeout",
                    "onGateTimeout is fail or fallback.");
        }
        return word.asText().equals("fallback");
    }

    /** The text to fall back to; null if there is none, or if it is no text. */
    private @Nullable String readFallback(boolean fallsBack) {
        var node = stage.path("fallback");
        if (node.isMissingNode() && fallsBack) {
            faults.add(
                    at + "/fallback",
                    "missing_fallback",
                    "Give the answer to fall back to, or let onGateTimeout be fail.");
        }
        if (!node.isMissingNode() && !fallsBack) {
            faults.add(
                    at + "/fallback",
                    "unused_fallback",
                    "A fallback is used only where onGateTimeout is fallback.");
        }
        if (!node.isMissingNode() && !node.isTextual()) {
            faults.add(at + "/fallback", "invalid_fallback", "A fallback is a text.");
        }
        return fallsBack ? node.textValue() : null;
    }

    /** The same with its fallback, if it has one that answers it. */
    private Gate gate(Gate gate, @Nullable String fallback) {
        if (fallback == null) {
            return gate;
        }
        boolean fits =
                switch (gate) {
                    case Gate.Confirm _ -> fallback.equals(Gate.CONFIRM);
                    case Gate.Choice _, Gate.Input _ -> gate.accepts(fallback);
                };
        if (!fits) {
            faults.add(
                    at + "/fallback",
                    "invalid_fallback",
                    switch (gate) {
                        case Gate.Confirm _ ->
                                "A confirmation falls back to confirm; what must not go on by"
                                        + " itself has onGateTimeout fail.";
                        case Gate.Choice _ -> "A fallback is one of the choices.";
                        case Gate.Input _ ->
                                "A fallback is a text of at most "
                                        + Gate.LONGEST_RESULT
                                        + " characters without a NUL.";
                    });
            return gate;
        }
        return switch (gate) {
            case Gate.Confirm(int timeout, _) -> new Gate.Confirm(timeout, fallback);
            case Gate.Choice(var choices, int timeout, _) ->
                    new Gate.Choice(choices, timeout, fallback);
            case Gate.Input(int timeout, _) -> new Gate.Input(timeout, fallback);
        };
    }
}
