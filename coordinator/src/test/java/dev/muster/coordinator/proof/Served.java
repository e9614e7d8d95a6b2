package dev.muster.coordinator.proof;

import io.vertx.core.json.JsonObject;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An operation of a running server.
 *
 * @param path with its parameters in braces
 * @param access whom it admits
 * @param scope what a personal access token must be good for, if people are admitted
 * @param body the schema of its JSON body, references unresolved; empty if it takes none
 * @param example a body that is right by the contract; empty if it takes none
 * @param successes the schema of the JSON that each status below 300 answers, if it answers any
 */
public record Served(
        String id,
        String method,
        String path,
        String access,
        Optional<String> scope,
        List<Parameter> parameters,
        Optional<JsonObject> body,
        Optional<JsonObject> example,
        Map<Integer, Optional<JsonObject>> successes) {

    /**
     * A parameter of an operation.
     *
     * @param in path, query or header
     */
    public record Parameter(String name, String in, boolean required, JsonObject schema) {}

    /** Method and path, whatever its parameters are called. */
    public String key() {
        return method + " " + path.replaceAll("\\{[^}]*}", "{}");
    }

    /** Whether it changes nothing. */
    public boolean reads() {
        return method.equals("GET");
    }

    /** Its parameters of one place. */
    public Stream<Parameter> parametersIn(String place) {
        return parameters.stream().filter(parameter -> parameter.in().equals(place));
    }
}
