package dev.muster.coordinator.http;

import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.MultiMap;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Parameter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one operation of the contract takes.
 *
 * <p>The library's own request validator copies every schema it knows for each parameter of each
 * request, and hops to another thread; this asks the same schema library with validators made once.
 *
 * @param access the word that the contract has for whom it admits, if any
 * @param scope what a personal access token must be good for, if people are admitted
 * @param oneTime whether who has not yet replaced a one-time password may do it
 * @param body how its JSON body must be, or null if it takes none
 * @param bodyRequired whether nothing at all is no body; else it is an empty one
 */
record Shape(
        String id,
        Optional<String> access,
        Optional<String> scope,
        boolean oneTime,
        List<Parameterized> path,
        Map<String, Parameterized> query,
        List<Parameterized> headers,
        @Nullable Rule body,
        boolean bodyRequired) {

    /** A parameter and its rule. */
    record Parameterized(String name, boolean required, Type type, Rule rule) {}

    /** What the text of a parameter stands for. */
    enum Type {
        TEXT,
        INTEGER,
        BOOLEAN
    }

    /** Whether a client may give its request a key, under which it can be repeated. */
    boolean takesRequestKey() {
        return headers.stream().anyMatch(header -> header.name().equals(RequestKey.HEADER));
    }

    static Shape of(OpenAPIContract contract, io.vertx.openapi.contract.Operation operation) {
        var schemas = contract.getSchemaRepository();
        var path = new ArrayList<Parameterized>();
        var query = new HashMap<String, Parameterized>();
        var headers = new ArrayList<Parameterized>();
        for (var parameter : operation.getParameters()) {
            var parameterized = parameterized(schemas, parameter);
            if (parameter.getIn() == Location.PATH) {
                path.add(parameterized);
            } else if (parameter.getIn() == Location.QUERY) {
                query.put(parameter.getName(), parameterized);
            } else if (parameter.getIn() == Location.HEADER && !parameter.isRequired()) {
                headers.add(parameterized);
            } else {
                throw new IllegalStateException(
                        operation.getOperationId() + ": no cookies and no required headers");
            }
        }
        return new Shape(
                operation.getOperationId(),
                Optional.ofNullable((String) operation.getExtensions().get("x-access")),
                Optional.ofNullable((String) operation.getExtensions().get("x-scope")),
                Boolean.TRUE.equals(operation.getExtensions().get("x-one-time")),
                List.copyOf(path),
                Map.copyOf(query),
                List.copyOf(headers),
                body(schemas, operation),
                operation.getRequestBody() != null && operation.getRequestBody().isRequired());
    }

    private static Parameterized parameterized(SchemaRepository schemas, Parameter parameter) {
        var type =
                switch (parameter.getSchemaType()) {
                    case INTEGER -> Type.INTEGER;
                    case BOOLEAN -> Type.BOOLEAN;
                    case STRING -> Type.TEXT;
                    default ->
                            throw new IllegalStateException(
                                    "parameter %s is neither text, integer nor boolean"
                                            .formatted(parameter.getName()));
                };
        return new Parameterized(
                parameter.getName(),
                parameter.isRequired(),
                type,
                Rule.of(schemas, parameter.getSchema()));
    }

    private static @Nullable Rule body(
            SchemaRepository schemas, io.vertx.openapi.contract.Operation operation) {
        var body = operation.getRequestBody();
        if (body == null) {
            return null;
        }
        var json = body.getContent().get("application/json");
        if (json == null || body.getContent().size() != 1) {
            throw new IllegalStateException(operation.getOperationId() + ": a body is JSON");
        }
        return Rule.of(schemas, json.getSchema());
    }

    /**
     * @throws Problem 404 if a path parameter cannot name anything
     */
    void checkPath(Map<String, String> values) {
        for (var parameter : path) {
            var text = values.get(parameter.name());
            if (text == null || !holds(parameter, text)) {
                throw Problem.notFound("There is nothing at this address.");
            }
        }
    }

    /**
     * @throws Problem 400 if the query is not as the contract says
     */
    void checkQuery(MultiMap values) {
        var faults = new ArrayList<Fault>();
        for (var parameter : query.values()) {
            if (parameter.required() && !values.contains(parameter.name())) {
                faults.add(
                        new Fault(
                                parameter.name(),
                                "missing_parameter",
                                "This parameter is needed."));
            }
        }
        for (var name : values.names()) {
            var parameter = query.get(name);
            if (parameter == null) {
                faults.add(
                        new Fault(name, "unknown_parameter", "This parameter is not known here."));
                continue;
            }
            var given = values.getAll(name);
            if (given.size() > 1) {
                faults.add(new Fault(name, "repeated_parameter", "Give this parameter once."));
            } else if (!holds(parameter, given.getFirst())) {
                faults.add(new Fault(name, "invalid_parameter", parameter.rule().sentence()));
            }
        }
        if (!faults.isEmpty()) {
            throw invalid(faults);
        }
    }

    /**
     * Any other header may be sent as well.
     *
     * @throws Problem 400 if a header is not as the contract says
     */
    void checkHeaders(MultiMap values) {
        var faults = new ArrayList<Fault>();
        for (var parameter : headers) {
            var given = values.getAll(parameter.name());
            if (given.size() > 1) {
                faults.add(
                        new Fault(parameter.name(), "repeated_header", "Send this header once."));
            } else if (!given.isEmpty() && !holds(parameter, given.getFirst())) {
                faults.add(
                        new Fault(parameter.name(), "invalid_header", parameter.rule().sentence()));
            }
        }
        if (!faults.isEmpty()) {
            throw invalid(faults);
        }
    }

    /**
     * @throws Problem 400 if the body is not as the contract says
     */
    void checkBody(Rule rule, Object value) {
        if (!rule.holds(value)) {
            throw invalid(rule.faults(value));
        }
    }

    private static Problem invalid(List<Fault> faults) {
        return Problem.badRequest(
                "invalid_request", "The request does not follow the contract.", faults);
    }

    private static boolean holds(Parameterized parameter, String text) {
        if (text.indexOf('\0') >= 0) {
            return false;
        }
        return switch (parameter.type()) {
            case TEXT -> parameter.rule().holds(text);
            case INTEGER -> isInteger(text) && parameter.rule().holds(Long.valueOf(text));
            case BOOLEAN -> text.equals("true") || text.equals("false");
        };
    }

    /** Plain digits only, so that one number has one spelling: no plus, no leading zero. */
    private static boolean isInteger(String text) {
        var digits = text.startsWith("-") ? text.substring(1) : text;
        return !digits.isEmpty()
                && digits.length() <= 18
                && digits.chars().allMatch(c -> c >= '0' && c <= '9')
                && (digits.equals("0") || digits.charAt(0) != '0');
    }
}
