package dev.muster.coordinator.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.function.Consumer;

/** One operation on the wire: admit the caller, check the request, act, answer. In this order. */
final class Endpoint implements Handler<RoutingContext> {

    private static final Logger log = LoggerFactory.getLogger(Endpoint.class);

    private static final int FORBIDDEN = 403;

    private final Shape shape;
    private final Operations.Bound bound;
    private final Gate gate;
    private final Repetitions repetitions;
    private final Outlet outlet;
    private final Streams streams;
    private final boolean repeatable;

    Endpoint(
            Shape shape,
            Operations.Bound bound,
            Gate gate,
            Repetitions repetitions,
            Outlet outlet,
            Streams streams) {
        this.shape = shape;
        this.bound = bound;
        this.gate = gate;
        this.repetitions = repetitions;
        this.outlet = outlet;
        this.streams = streams;
        this.repeatable = shape.takesRequestKey() && !bound.knowsRepetitions();
    }

    @Override
    public void handle(RoutingContext context) {
        var request = context.request();
        var body = Body.of(request);
        var requestId = outlet.nextRequestId();
        // held until now: a request that has ended cannot become a WebSocket any more
        var mayUpgrade = WebSocketUpgrade.isAskedFor(request);
        try {
            var caller = gate.admit(shape, bound, request, requestId);
            shape.checkPath(context.pathParams());
            shape.checkQuery(context.queryParams());
            shape.checkHeaders(request.headers());
            var sent = read(body, context);
            var head =
                    new Call.Request(
                            request.path(),
                            context.pathParams(),
                            context.queryParams(),
                            request.headers());
            var call = new Call(caller, head, sent, Gate.address(request), requestId);
            var answer = answer(call, request);
            if (answer.upgraded() != null) {
                upgrade(request, answer.upgraded(), requestId);
                return;
            }
            if (mayUpgrade) {
                request.resume();
            }
            if (answer.feed() != null) {
                streams.admit(call.person());
                outlet.open(context.response(), answer);
                streams.start(request, call, answer.feed());
                return;
            }
            if (answer.download() != null) {
                streams.admit(call.person());
                outlet.open(context.response(), answer);
                streams.start(request, call, answer.download());
                return;
            }
            outlet.send(context.response(), answer);
        } catch (RuntimeException e) {
            if (mayUpgrade) {
                request.resume();
            }
            outlet.refuse(request, body, e, requestId);
        }
    }

    private Answer answer(Call call, HttpServerRequest request) {
        try {
            return act(call);
        } catch (Problem problem) {
            if (problem.status() == FORBIDDEN) {
                gate.note(call.caller(), problem, bound, request, call.requestId());
            }
            throw problem;
        }
    }

    private Answer act(Call call) {
        var operation = bound.operation();
        bound.demand().accept(call);
        if (!repeatable) {
            return operation.handle(call);
        }
        return call.requestKey()
                .map(key -> repetitions.once(shape.id(), key, call, operation))
                .orElseGet(() -> operation.handle(call));
    }

    /**
     * On the connection's event loop, so that nothing is read between the moment the library has
     * made the WebSocket and the one {@code upgraded} has it: a client may speak first.
     */
    private static void upgrade(
            HttpServerRequest request, Consumer<ServerWebSocket> upgraded, String requestId) {
        ((HttpServerRequestInternal) request)
                .context()
                .runOnContext(
                        _ ->
                                request.toWebSocket()
                                        .onSuccess(upgraded::accept)
                                        .onFailure(
                                                e ->
                                                        log.info(
                                                                "no upgrade request={} why={}",
                                                                requestId,
                                                                e.toString())));
    }

    private @Nullable JsonObject read(Body body, RoutingContext context) {
        var rule = shape.body();
        if (rule == null) {
            if (!body.discard()) {
                context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            }
            return null;
        }
        if (!shape.bodyRequired() && !body.isComing()) {
            return new JsonObject();
        }
        var value = body.read();
        shape.checkBody(rule, value);
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new IllegalStateException(shape.id() + ": the contract lets in what is no object");
    }
}
