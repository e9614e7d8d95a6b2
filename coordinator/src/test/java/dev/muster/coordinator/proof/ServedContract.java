package dev.muster.coordinator.proof;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** The contract as a running server tells it. Thread-safe. */
public final class ServedContract {

    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    private final JsonObject document;
    private final List<Served> operations;
    private final Map<String, Validator> validators = new ConcurrentHashMap<>();

    /**
     * @param document as {@code /openapi.json} answers it
     */
    public ServedContract(JsonObject document) {
        this.document = document;
        var found = new ArrayList<Served>();
        for (var path : document.getJsonObject("paths")) {
            var item = (JsonObject) path.getValue();
            for (var method : item) {
                if (METHODS.contains(method.getKey())) {
                    var operation = (JsonObject) method.getValue();
                    found.add(served(method.getKey(), path.getKey(), item, operation));
                }
            }
        }
        this.operations = List.copyOf(found);
    }

    private Served served(String method, String path, JsonObject item, JsonObject operation) {
        var body = resolved(operation.getJsonObject("requestBody", new JsonObject()));
        var json = content(body, "application/json");
        return new Served(
                operation.getString("operationId"),
                method.toUpperCase(Locale.ROOT),
                path,
                operation.getString("x-access", ""),
                Optional.ofNullable(operation.getString("x-scope")),
                parameters(item, operation),
                json.map(content -> content.getJsonObject("schema")),
                json.map(this::example),
                successes(operation.getJsonObject("responses")));
    }

    private List<Served.Parameter> parameters(JsonObject item, JsonObject operation) {
        var parameters = new ArrayList<Served.Parameter>();
        for (var owner : List.of(item, operation)) {
            for (var one : owner.getJsonArray("parameters", new JsonArray())) {
                var parameter = resolved((JsonObject) one);
                parameters.add(
                        new Served.Parameter(
                                parameter.getString("name"),
                                parameter.getString("in"),
                                parameter.getBoolean("required", false),
                                resolved(parameter.getJsonObject("schema"))));
            }
        }
        return List.copyOf(parameters);
    }

    private JsonObject example(JsonObject content) {
        if (content.getValue("example") instanceof JsonObject example) {
            return example;
        }
        var examples = resolved(content.getJsonObject("schema")).getJsonArray("examples");
        return examples == null ? new JsonObject() : examples.getJsonObject(0);
    }

    private Map<Integer, Optional<JsonObject>> successes(JsonObject responses) {
        var successes = new TreeMap<Integer, Optional<JsonObject>>();
        for (var response : responses) {
            if (response.getKey().matches("[12]\\d\\d")) {
                var answer = resolved((JsonObject) response.getValue());
                successes.put(
                        Integer.valueOf(response.getKey()),
                        content(answer, "application/json")
                                .map(content -> content.getJsonObject("schema")));
            }
        }
        return Map.copyOf(successes);
    }

    private static Optional<JsonObject> content(JsonObject message, String type) {
        return Optional.ofNullable(message.getJsonObject("content"))
                .map(content -> content.getJsonObject(type));
    }

    /** What {@code node} stands for: itself, or what its reference leads to. */
    public JsonObject resolved(JsonObject node) {
        var reference = node.getString("$ref");
        if (reference == null) {
            return node;
        }
        var target = document;
        for (var step : List.of(reference.substring(2).split("/", -1))) {
            target = target.getJsonObject(step);
        }
        return resolved(target);
    }

    /** Every operation. */
    public List<Served> operations() {
        return operations;
    }

    /** The schema that components call {@code name}. */
    public JsonObject schema(String name) {
        return document.getJsonObject("components").getJsonObject("schemas").getJsonObject(name);
    }

    /** Every field that any object of the contract has. */
    public Collection<String> fields() {
        var fields = new TreeSet<String>();
        collectFields(document, fields);
        return fields;
    }

    private static void collectFields(JsonObject node, Set<String> fields) {
        if (node.getValue("properties") instanceof JsonObject properties) {
            fields.addAll(properties.fieldNames());
        }
        for (var child : node) {
            if (child.getValue() instanceof JsonObject object) {
                collectFields(object, fields);
            } else if (child.getValue() instanceof JsonArray array) {
                array.stream()
                        .filter(JsonObject.class::isInstance)
                        .forEach(element -> collectFields((JsonObject) element, fields));
            }
        }
    }

    /** What of {@code value} is not as {@code schema} says; empty if all is. */
    public List<String> faults(JsonObject schema, Object value) {
        var result = validators.computeIfAbsent(schema.encode(), this::validator).validate(value);
        return result.getErrors() == null
                ? List.of()
                : result.getErrors().stream()
                        .map(error -> error.getInstanceLocation() + " " + error.getError())
                        .toList();
    }

    private Validator validator(String schema) {
        // schemas name each other from the document's root, which is where they now lie
        var whole =
                JsonSchema.of(
                        new JsonObject(schema)
                                .put("components", document.getJsonObject("components").copy())
                                .put("$id", "app://served"));
        var repository =
                SchemaRepository.create(
                        new JsonSchemaOptions()
                                .setBaseUri("app://")
                                .setDraft(Draft.DRAFT202012)
                                .setOutputFormat(OutputFormat.Basic));
        repository.dereference(whole);
        return repository.validator(whole);
    }
}
