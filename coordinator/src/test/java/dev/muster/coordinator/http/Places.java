package dev.muster.coordinator.http;

import dev.muster.coordinator.proof.Served;
import dev.muster.coordinator.proof.ServedContract;

import io.vertx.core.json.JsonObject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The objects within bodies whose fields the contract names. */
final class Places {

    /**
     * One of them.
     *
     * @param path field by field from the body's root
     * @param own the fields it has
     */
    record Place(List<String> path, Set<String> own) {

        /** It, in a body that has it. */
        Optional<JsonObject> in(JsonObject body) {
            var at = Optional.of(body);
            for (var field : path) {
                at = at.map(object -> object.getJsonObject(field));
            }
            return at;
        }

        /** What is said of a field that it has not. */
        JsonObject unknown(String field) {
            var pointer = new StringBuilder();
            path.forEach(step -> pointer.append('/').append(step));
            return new JsonObject()
                    .put("pointer", pointer.append('/').append(field).toString())
                    .put("code", "unknown_field")
                    .put("message", "This field is not known here.");
        }
    }

    private final ServedContract contract;
    private final List<Place> found = new ArrayList<>();

    private Places(ServedContract contract) {
        this.contract = contract;
    }

    /** Those that the operation's example has. */
    static List<Place> of(ServedContract contract, Served operation) {
        var places = new Places(contract);
        places.visit(operation.body().orElseThrow(), operation.example().orElseThrow(), List.of());
        return places.found;
    }

    private void visit(JsonObject schema, JsonObject example, List<String> path) {
        var whole = contract.resolved(schema);
        if (!Boolean.FALSE.equals(whole.getValue("additionalProperties"))) {
            // whatever is in there, its room judges it
            return;
        }
        var properties = whole.getJsonObject("properties", new JsonObject());
        found.add(new Place(path, Set.copyOf(properties.fieldNames())));
        for (var property : properties) {
            if (example.getValue(property.getKey()) instanceof JsonObject inner) {
                var below = new ArrayList<>(path);
                below.add(property.getKey());
                visit((JsonObject) property.getValue(), inner, List.copyOf(below));
            }
        }
    }
}
