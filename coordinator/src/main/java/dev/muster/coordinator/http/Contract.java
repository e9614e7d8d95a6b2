package dev.muster.coordinator.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;

import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** The OpenAPI document this server is built from. Immutable. */
final class Contract {

    private final JsonObject document;
    private final OpenAPIContract openApi;
    private final Map<String, Shape> shapes;

    private Contract(JsonObject document, OpenAPIContract openApi, Map<String, Shape> shapes) {
        this.document = document;
        this.openApi = openApi;
        this.shapes = shapes;
    }

    /** Reads the document that ships with the coordinator. Blocks; for the start only. */
    static Contract load(Vertx vertx) {
        return of(vertx, read());
    }

    static Contract of(Vertx vertx, JsonObject document) {
        var openApi =
                OpenAPIContract.from(vertx, withoutResponses(document))
                        .timeout(30, TimeUnit.SECONDS)
                        .await();
        var shapes = new LinkedHashMap<String, Shape>();
        for (var operation : openApi.operations()) {
            shapes.put(operation.getOperationId(), Shape.of(openApi, operation));
        }
        return new Contract(document, openApi, shapes);
    }

    /**
     * The library refuses a document that answers {@code application/problem+json}; what is
     * answered is not its business here. A copy, since resolving writes its notes into what it is
     * given.
     */
    private static JsonObject withoutResponses(JsonObject document) {
        var copy = document.copy();
        var none = new JsonObject().put("default", new JsonObject().put("description", "left out"));
        for (var path : copy.getJsonObject("paths")) {
            for (var operation : (JsonObject) path.getValue()) {
                if (operation.getValue() instanceof JsonObject object) {
                    object.put("responses", none.copy());
                }
            }
        }
        return copy;
    }

    /** The whole document, its parts put together. */
    static JsonObject read() {
        var document = read("muster.yaml");
        for (var part : (JsonArray) document.remove("x-parts")) {
            add(read((String) part), document, (String) part);
        }
        return document;
    }

    private static JsonObject read(String name) {
        try (var in = Contract.class.getResourceAsStream("/openapi/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the contract's " + name + " is missing");
            }
            Map<String, Object> map = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
            return new JsonObject(map);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(JsonObject part, JsonObject whole, String name) {
        for (var entry : part) {
            if (!(whole.getValue(entry.getKey()) instanceof JsonObject known)) {
                whole.put(entry.getKey(), entry.getValue());
            } else if (entry.getKey().equals("paths") || entry.getKey().equals("components")) {
                merge((JsonObject) entry.getValue(), known, name);
            } else {
                throw new IllegalStateException(name + " says anew: " + entry.getKey());
            }
        }
    }

    private static void merge(JsonObject part, JsonObject whole, String name) {
        for (var entry : part) {
            var known = whole.getJsonObject(entry.getKey());
            var added = (JsonObject) entry.getValue();
            if (known == null) {
                whole.put(entry.getKey(), added);
                continue;
            }
            for (var one : added) {
                if (known.containsKey(one.getKey())) {
                    throw new IllegalStateException(name + " says anew: " + one.getKey());
                }
                known.put(one.getKey(), one.getValue());
            }
        }
    }

    OpenAPIContract openApi() {
        return openApi;
    }

    /** The document as JSON, as it was written. */
    Buffer json() {
        return document.toBuffer();
    }

    Map<String, Shape> shapes() {
        return Map.copyOf(shapes);
    }

    /** The methods that an address takes; empty for one the contract does not know. */
    Set<HttpMethod> methodsAt(String path) {
        var methods = new HashSet<HttpMethod>();
        for (var method :
                List.of(
                        HttpMethod.GET,
                        HttpMethod.POST,
                        HttpMethod.PUT,
                        HttpMethod.PATCH,
                        HttpMethod.DELETE)) {
            if (openApi.findOperation(path, method) != null) {
                methods.add(method);
            }
        }
        return methods;
    }

    /**
     * What of the contract nobody bound, what was bound that it does not know, and where the two
     * admit different callers. Empty when they agree.
     */
    List<String> disagreements(Operations operations) {
        var bound = operations.byId();
        var ids = new TreeSet<>(shapes.keySet());
        ids.addAll(bound.keySet());
        var found = new ArrayList<String>();
        for (var id : ids) {
            var shape = shapes.get(id);
            var binding = bound.get(id);
            if (shape == null) {
                found.add(id + " is bound and not in the contract");
            } else if (shape.access().isEmpty()) {
                found.add(id + " declares no x-access");
            } else if (binding == null) {
                found.add(id + " is in the contract and not bound");
            } else if (!shape.access().get().equals(binding.access().word())) {
                found.add(
                        "%s admits %s by the contract and %s by its binding"
                                .formatted(id, shape.access().get(), binding.access().word()));
            } else if (binding.access() instanceof Access.People && shape.scope().isEmpty()) {
                found.add(id + " declares no x-scope");
            } else if (shape.takesRequestKey() && !(binding.access() instanceof Access.People)) {
                found.add(id + " takes request keys, which only people have");
            } else if (binding.knowsRepetitions() && !shape.takesRequestKey()) {
                found.add(id + " knows repetitions and takes no request keys");
            }
        }
        return found;
    }
}
