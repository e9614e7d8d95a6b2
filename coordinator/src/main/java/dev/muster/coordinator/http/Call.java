package dev.muster.coordinator.http;

import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** One request that was valid by the contract, from a caller its operation admits. */
public final class Call {

    private final Caller caller;
    private final String path;
    private final Map<String, String> pathParameters;
    private final MultiMap query;
    private final MultiMap headers;
    private final @Nullable JsonObject body;
    private final String remoteAddress;
    private final String requestId;

    Call(
            Caller caller,
            Request request,
            @Nullable JsonObject body,
            String remoteAddress,
            String requestId) {
        this.caller = caller;
        this.path = request.path();
        this.pathParameters = request.pathParameters();
        this.query = request.query();
        this.headers = request.headers();
        this.body = body;
        this.remoteAddress = remoteAddress;
        this.requestId = requestId;
    }

    /** The parts of a request that came with its head. */
    record Request(
            String path, Map<String, String> pathParameters, MultiMap query, MultiMap headers) {}

    /** Who calls; of the kind that the operation's access admits. */
    public Caller caller() {
        return caller;
    }

    /** The caller of an operation for people. */
    public Caller.Person person() {
        if (caller instanceof Caller.Person person) {
            return person;
        }
        throw new IllegalStateException("the operation's access does not demand a person");
    }

    /** The caller of an operation for workers. */
    public UUID machine() {
        return worker().id();
    }

    /** The same with its generation. */
    public Caller.Machine worker() {
        if (caller instanceof Caller.Machine machine) {
            return machine;
        }
        throw new IllegalStateException("the operation's access does not demand a worker");
    }

    /** The path of this request, as it was sent. */
    public String address() {
        return path;
    }

    /** A path parameter of the contract, decoded. */
    public String path(String name) {
        var value = pathParameters.get(name);
        if (value == null) {
            throw new IllegalStateException("the contract has no path parameter " + name);
        }
        return value;
    }

    /** A path parameter that the contract declares as an integer. */
    public long pathNumber(String name) {
        try {
            return Long.parseLong(path(name));
        } catch (NumberFormatException _) {
            // in shape, and beyond what any row can have
            throw Problem.notFound("There is no " + name + " " + path(name) + ".");
        }
    }

    /** A query parameter, if it was given. */
    public Optional<String> query(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /** All values of a query parameter that may be repeated. */
    public List<String> queryAll(String name) {
        return List.copyOf(query.getAll(name));
    }

    /** A query parameter that the contract declares as an integer of 32 bits. */
    public int queryInt(String name, int otherwise) {
        var value = query.get(name);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    /** A query parameter that the contract demands, and declares as an integer. */
    public long queryNumber(String name) {
        return query(name)
                .map(Long::parseLong)
                .orElseThrow(
                        () -> new IllegalStateException("the contract does not demand " + name));
    }

    /** The part of a list that {@code limit} and {@code offset} ask for. */
    public Page page(int defaultLimit) {
        return new Page(queryInt("limit", defaultLimit), queryInt("offset", 0));
    }

    /** The JSON body; empty if the contract demands none and none came. */
    public JsonObject body() {
        if (body == null) {
            throw new IllegalStateException("the contract has no body for this operation");
        }
        return body;
    }

    /**
     * A text of the body, if it was given. PostgreSQL has no NUL in one, and neither has an
     * environment variable.
     *
     * @throws Problem 400 if this one has
     */
    public Optional<String> text(String field) {
        var text = Optional.ofNullable(body().getString(field));
        if (text.filter(given -> given.indexOf('\0') >= 0).isPresent()) {
            throw Problem.badRequest(
                    "invalid_text",
                    "A " + field + " cannot hold a NUL character.",
                    List.of(new Fault("/" + field, "invalid_text", "No NUL characters.")));
        }
        return text;
    }

    /**
     * The token that let the caller in.
     *
     * @throws IllegalStateException if the operation's access demands none and none came
     */
    public String token() {
        return header("Authorization")
                .map(Gate::tokenIn)
                .orElseThrow(() -> new IllegalStateException("nobody had to show a token"));
    }

    /** A request header, if it was sent. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /**
     * Whether an answer that goes on is asked for, by {@code follow=true}.
     *
     * @throws Problem 406 if it is, and the caller does not accept one
     */
    public boolean follows() {
        if (query("follow").filter("true"::equals).isEmpty()) {
            return false;
        }
        if (header("Accept").filter(accept -> accept.contains("text/event-stream")).isEmpty()) {
            throw Problem.of(406, "not_acceptable", "To follow, send Accept: text/event-stream.");
        }
        return true;
    }

    /** What the last frame before a lost connection was called, if the caller goes on behind it. */
    public Optional<String> lastEventId() {
        return header("Last-Event-ID").filter(id -> !id.isEmpty());
    }

    /** By which a repetition of this request is known, if the client gave it a key. */
    public Optional<RequestKey> requestKey() {
        return header(RequestKey.HEADER)
                .map(
                        key ->
                                RequestKey.of(
                                        key,
                                        pathParameters,
                                        body == null ? new JsonObject() : body));
    }

    /** The address the connection came from. */
    public String remoteAddress() {
        return remoteAddress;
    }

    /** Names this request in its answer and in our log. */
    public String requestId() {
        return requestId;
    }

    /** This very request with another part of the list asked for. */
    String linkTo(int limit, long offset) {
        return linkTo(limit, "offset", offset);
    }

    /**
     * The same.
     *
     * @param where the parameter that says where the part begins
     */
    String linkTo(int limit, String where, long begin) {
        var link = new StringBuilder(path).append("?limit=").append(limit);
        link.append('&').append(where).append('=').append(begin);
        for (var parameter : query) {
            if (!parameter.getKey().equals("limit") && !parameter.getKey().equals(where)) {
                link.append('&').append(encoded(parameter.getKey()));
                link.append('=').append(encoded(parameter.getValue()));
            }
        }
        return link.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
