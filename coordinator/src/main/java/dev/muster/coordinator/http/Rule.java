package dev.muster.coordinator.http;

import dev.muster.protocol.pipeline.Fault;

import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One schema of the contract, ready to judge values. Thread-safe. */
final class Rule {

    private static final int MOST_FAULTS = 20;

    private final JsonSchema schema;
    private final Validator quick;
    private final Validator thorough;

    private Rule(JsonSchema schema, Validator quick, Validator thorough) {
        this.schema = schema;
        this.quick = quick;
        this.thorough = thorough;
    }

    static Rule of(SchemaRepository schemas, JsonSchema schema) {
        return new Rule(
                schema,
                schemas.validator(schema, options(OutputFormat.Flag), false),
                schemas.validator(schema, options(OutputFormat.Basic), false));
    }

    private static JsonSchemaOptions options(OutputFormat format) {
        return new JsonSchemaOptions()
                .setBaseUri("app://")
                .setDraft(Draft.DRAFT202012)
                .setOutputFormat(format);
    }

    boolean holds(Object value) {
        return quick.validate(value).getValid();
    }

    /** Where and why a value that does not hold breaks the schema. */
    List<Fault> faults(Object value) {
        var faults = new ArrayList<Fault>();
        var errors = thorough.validate(value).getErrors();
        for (var error : errors == null ? List.<OutputUnit>of() : errors) {
            var keyword = keyword(error.getKeywordLocation());
            // these only say that something below them is wrong, which is said there
            var repeated = keyword.equals("properties") || keyword.equals("items");
            if (!repeated && !keyword.equals("$ref") && faults.size() < MOST_FAULTS) {
                faults.add(fault(keyword, error));
            }
        }
        if (faults.isEmpty()) {
            faults.add(new Fault("", "invalid", "This is not what the contract asks for."));
        }
        return faults;
    }

    private static Fault fault(String keyword, OutputUnit error) {
        var at = error.getInstanceLocation();
        var pointer = at.startsWith("#") ? at.substring(1) : at;
        return switch (keyword) {
            case "additionalProperties" ->
                    new Fault(pointer, "unknown_field", "This field is not known here.");
            case "required" -> new Fault(pointer, "missing_field", sentence(error));
            default -> new Fault(pointer, code(keyword), sentence(error));
        };
    }

    private static String code(String keyword) {
        return "invalid_" + keyword.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static String sentence(OutputUnit error) {
        var text = error.getError();
        return text.endsWith(".") ? text : text + ".";
    }

    private static String keyword(String location) {
        return location.substring(location.lastIndexOf('/') + 1);
    }

    /** What the schema asks of a single value, in words. */
    String sentence() {
        var words = new ArrayList<String>();
        say(words, "type", "a value of type %s");
        say(words, "enum", "one of %s");
        say(words, "minimum", "at least %s");
        say(words, "maximum", "at most %s");
        say(words, "minLength", "at least %s characters long");
        say(words, "maxLength", "at most %s characters long");
        say(words, "pattern", "matching %s");
        return words.isEmpty() ? "This is not allowed." : "It is " + String.join(", ", words) + ".";
    }

    private void say(List<String> words, String keyword, String phrase) {
        Object value = schema.get(keyword);
        if (value != null) {
            words.add(phrase.formatted(value));
        }
    }
}
