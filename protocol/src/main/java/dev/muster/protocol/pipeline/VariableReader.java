package dev.muster.protocol.pipeline;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads what a stage finds in its environment: its variables, and the secrets it names. */
final class VariableReader {

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
    private static final int MOST_VARIABLES = 64;
    private static final int LONGEST_VALUE = 8 * 1024;

    private VariableReader() {}

    static Map<String, String> env(String at, JsonNode node, GateReader.Faults faults) {
        var env = new LinkedHashMap<String, String>();
        if (node.isMissingNode()) {
            return env;
        }
        if (!node.isObject() || node.size() > MOST_VARIABLES) {
            faults.add(
                    at + "/env",
                    "invalid_env",
                    "env is an object of at most " + MOST_VARIABLES + " variables.");
            return env;
        }
        node.properties()
                .forEach(
                        entry ->
                                variable(
                                        at + "/env/",
                                        entry.getKey(),
                                        entry.getValue(),
                                        env,
                                        faults));
        return env;
    }

    /** Whether the project has them is another question: they may come later. */
    static List<String> secrets(
            String at, JsonNode node, Map<String, String> env, GateReader.Faults faults) {
        var secrets = new ArrayList<String>();
        if (node.isMissingNode()) {
            return secrets;
        }
        if (!node.isArray() || node.size() > MOST_VARIABLES) {
            faults.add(
                    at + "/secrets",
                    "invalid_secrets",
                    "secrets is an array of at most " + MOST_VARIABLES + " names.");
            return secrets;
        }
        for (int i = 0; i < node.size(); i++) {
            var one = node.get(i);
            if (!one.isTextual() || !VariableName.isFree(one.textValue())) {
                faults.add(
                        at + "/secrets/" + i,
                        "invalid_secret",
                        "A secret's name is capital letters, digits and underscores, and none that"
                                + " programs or Muster give a meaning of their own.");
            } else if (secrets.contains(one.textValue()) || env.containsKey(one.textValue())) {
                faults.add(
                        at + "/secrets/" + i,
                        "duplicate_variable",
                        "The stage has this variable already.");
            } else {
                secrets.add(one.textValue());
            }
        }
        return secrets;
    }

    private static void variable(
            String at,
            String name,
            JsonNode value,
            Map<String, String> into,
            GateReader.Faults faults) {
        if (!VARIABLE.matcher(name).matches() || name.startsWith("MUSTER_")) {
            faults.add(
                    at + PipelineReader.escaped(name),
                    "invalid_variable",
                    "A variable's name is letters, digits and underscores, and MUSTER_* is"
                            + " reserved.");
            return;
        }
        if (!value.isTextual()
                || value.textValue().length() > LONGEST_VALUE
                || value.textValue().indexOf('\0') >= 0) {
            faults.add(
                    at + PipelineReader.escaped(name),
                    "invalid_value",
                    "A variable's value is a text of at most 8,192 characters.");
            return;
        }
        into.put(name, value.textValue());
    }
}
