package dev.muster.coordinator.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

import org.jspecify.annotations.Nullable;

/** One operation on the wire: admit the caller, check the request, act, answer. In this order. */
final class Endpoint implements Handler<RoutingContext> {

    private final Shape shape;
    private final Operations.Bound bound;
    private final Gate gate;
    private final Outlet outlet;

    Endpoint(Shape shape, Operations.Bound bound, Gate gate, Outlet outlet) {
        this.shape = shape;
        this.bound = bound;
        this.gate = gate;
        this.outlet = outlet;
    }

    @Override
    public void handle(RoutingContext context) {
        var request = context.request();
        var body = Body.of(request);
        var requestId = outlet.nextRequestId();
        try {
            var caller = gate.admit(bound, request, requestId);
            shape.checkPath(context.pathParams());
            shape.checkQuery(context.queryParams());
            var sent = read(body, context);
            var head =
                    new Call.Request(
                            request.path(),
                            context.pathParams(),
                            context.queryParams(),
                            request.headers());
            var call = new Call(caller, head, sent, Gate.address(request), requestId);
            outlet.send(context.response(), bound.operation().handle(call));
        } catch (RuntimeException e) {
            outlet.refuse(request, body, e, requestId);
        }
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
