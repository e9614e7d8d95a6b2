package dev.muster.protocol.pipeline;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads a pipeline from a JSON array and names everything that is wrong with it. */
public final class PipelineReader {

    private static final Set<String> FIELDS =
            Set.of(
                    "name",
                    "command",
                    "timeout",
                    "env",
                    "secrets",
                    "retries",
                    "backoff",
                    "idleTimeout",
                    "when");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}");
    private static final int LONGEST_COMMAND = 16 * 1024;

    /** In bytes of JSON, so that an assignment always fits into a message. */
    private static final int LARGEST_PIPELINE = 256 * 1024;

    /** A person fixes a few at a time; a document made to be wrong must not make a huge answer. */
    private static final int MOST_FAULTS = 100;

    private final CommandKind kind;
    private final List<Fault> faults = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Answers answers = new Answers();
    // those beyond the most that are told as well
    private int found;

    private PipelineReader(CommandKind kind) {
        this.kind = kind;
    }

    /**
     * Reads {@code document}, which should be an array of stages. Never throws for what a person
     * wrote.
     */
    public static PipelineReading read(JsonNode document, CommandKind kind) {
        return new PipelineReader(kind).readAll(document);
    }

    private PipelineReading readAll(JsonNode document) {
        if (!document.isArray() || document.isEmpty() || document.size() > Pipeline.MOST_STAGES) {
            fault(
                    "",
                    "invalid_pipeline",
                    "A pipeline is an array of 1 to " + Pipeline.MOST_STAGES + " stages.");
            return new PipelineReading.Faulty(faults);
        }
        var stages = new ArrayList<Stage>();
        for (int i = 0; i < document.size(); i++) {
            readStage("/" + i, document.get(i), stages);
        }
        if (!faults.isEmpty()) {
            return new PipelineReading.Faulty(faults);
        }
        var pipeline = new Pipeline(stages);
        if (isTooLarge(pipeline)) {
            fault(
                    "",
                    "pipeline_too_large",
                    "A pipeline is at most 262,144 bytes as JSON; move long commands into scripts"
                            + " of the repository.");
            return new PipelineReading.Faulty(faults);
        }
        return new PipelineReading.Sound(pipeline);
    }

    private static boolean isTooLarge(Pipeline pipeline) {
        try {
            return Wire.sizeOf(pipeline) > LARGEST_PIPELINE;
        } catch (WireException _) {
            return true;
        }
    }

    private void readStage(String at, JsonNode node, List<Stage> into) {
        if (!node.isObject()) {
            fault(at, "invalid_stage", "A stage is an object with at least a name and a command.");
            return;
        }
        int before = found;
        node.fieldNames()
                .forEachRemaining(
                        field -> {
                            if (!FIELDS.contains(field) && !GateReader.FIELDS.contains(field)) {
                                fault(
                                        at + "/" + escaped(field),
                                        "unknown_field",
                                        "A stage has no field '"
                                                + printable(field)
                                                + "'; it has name, command, timeout, env, secrets,"
                                                + " retries, backoff, idleTimeout, when, and of"
                                                + " gates confirm, choices, input, gateTimeout,"
                                                + " onGateTimeout and fallback.");
                            }
                        });
        var name = readName(at, node.path("name"));
        var command = readCommand(at, node.path("command"));
        int timeout =
                readNumber(
                        at,
                        "timeout",
                        node,
                        Stage.DEFAULT_TIMEOUT,
                        1,
                        Stage.LONGEST_TIMEOUT,
                        "A timeout is a whole number of seconds");
        int retries =
                readNumber(
                        at,
                        "retries",
                        node,
                        0,
                        0,
                        Stage.MOST_RETRIES,
                        "Retries are a whole number");
        int backoff =
                readNumber(
                        at,
                        "backoff",
                        node,
                        0,
                        0,
                        Stage.LONGEST_BACKOFF,
                        "A backoff is a whole number of seconds");
        var env = VariableReader.env(at, node.path("env"), this::fault);
        var secrets = VariableReader.secrets(at, node.path("secrets"), env, this::fault);
        var idleTimeout = readIdleTimeout(at, node.path("idleTimeout"), timeout);
        var gate = GateReader.read(at, node, this::fault);
        var when = readWhen(at, node.path("when"));
        requireAnswers(at, node, command, when);
        if (found == before) {
            into.add(
                    new Stage(
                            name,
                            command,
                            timeout,
                            env,
                            retries,
                            backoff,
                            idleTimeout,
                            gate,
                            secrets,
                            when));
        }
    }

    /** What a person answers can be had only where a stage up to this one surely asked for it. */
    private void requireAnswers(String at, JsonNode stage, String command, When when) {
        var own = EnumSet.noneOf(Template.Variable.class);
        if (stage.has("choices")) {
            own.add(Template.Variable.CHOICE);
        }
        if (stage.path("input").asBoolean(false)) {
            own.add(Template.Variable.INPUT);
        }
        for (var variable : answers.missing(when, command, own)) {
            fault(
                    at + "/command",
                    "no_answer",
                    "Neither this stage nor one that surely runs before it asks for {"
                            + variable
                            + "}.");
        }
    }

    private When readWhen(String at, JsonNode node) {
        if (node.isMissingNode()) {
            return When.ON_SUCCESS;
        }
        var when = When.find(node.textValue());
        if (when == null) {
            fault(at + "/when", "invalid_when", "when is one of " + When.all() + ".");
            return When.ON_SUCCESS;
        }
        if (at.equals("/0") && !when.isAfter(false)) {
            fault(at + "/when", "invalid_when", "Before the first stage there is none to fail.");
        }
        return when;
    }

    private String readName(String at, JsonNode node) {
        if (!node.isTextual() || !NAME.matcher(node.textValue()).matches()) {
            fault(
                    at + "/name",
                    "invalid_name",
                    "A stage needs a name: 1 to 64 letters, digits, blanks, dots, dashes or"
                            + " underscores, starting with a letter or digit.");
            return "";
        }
        if (!names.add(node.textValue())) {
            fault(
                    at + "/name",
                    "duplicate_name",
                    "Another stage is already named '" + node.textValue() + "'.");
        }
        return node.textValue();
    }

    private String readCommand(String at, JsonNode node) {
        if (!node.isTextual()
                || node.textValue().isBlank()
                || node.textValue().length() > LONGEST_COMMAND) {
            fault(
                    at + "/command",
                    "invalid_command",
                    "A stage needs a command of 1 to 16,384 characters.");
            return "";
        }
        if (node.textValue().indexOf('\0') >= 0) {
            fault(at + "/command", "invalid_command", "A command cannot hold a NUL character.");
            return "";
        }
        Template.faultsIn(node.textValue(), kind)
                .forEach(fault -> fault(at + "/command", fault.code(), fault.message()));
        return node.textValue();
    }

    /** A whole number from {@code least} to {@code most}; {@code what} it is begins the fault. */
    private int readNumber(
            String at,
            String field,
            JsonNode stage,
            int otherwise,
            int least,
            int most,
            String what) {
        var node = stage.path(field);
        if (node.isMissingNode()) {
            return otherwise;
        }
        if (!node.isIntegralNumber()
                || !node.canConvertToInt()
                || node.intValue() < least
                || node.intValue() > most) {
            fault(
                    at + "/" + field,
                    "invalid_" + field,
                    what + " from " + least + " to " + most + ".");
            return otherwise;
        }
        return node.intValue();
    }

    private @Nullable Integer readIdleTimeout(String at, JsonNode node, int timeout) {
        if (node.isMissingNode()) {
            return null;
        }
        if (!node.isIntegralNumber()
                || !node.canConvertToInt()
                || node.intValue() < 1
                || node.intValue() > timeout) {
            fault(
                    at + "/idleTimeout",
                    "invalid_idle_timeout",
                    "An idleTimeout is a whole number of seconds from 1 to the stage's timeout, "
                            + timeout
                            + ".");
            return null;
        }
        return node.intValue();
    }

    private void fault(String pointer, String code, String message) {
        found++;
        if (faults.size() < MOST_FAULTS) {
            faults.add(new Fault(pointer, code, message));
        }
    }

    static String escaped(String field) {
        return printable(field).replace("~", "~0").replace("/", "~1");
    }

    /** What a person typed, cut and stripped of anything a terminal or a log would act on. */
    private static String printable(String text) {
        var cut = text.length() > 64 ? text.substring(0, 64) + "…" : text;
        return cut.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]", "?");
    }
}
