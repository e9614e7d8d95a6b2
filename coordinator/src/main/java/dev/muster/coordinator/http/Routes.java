package dev.muster.coordinator.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;

import java.util.stream.Collectors;

/** Turns a contract and what is bound to it into a router. */
final class Routes {

    private final Contract contract;
    private final Operations operations;
    private final Gate gate;
    private final Repetitions repetitions;
    private final Outlet outlet;
    private final Streams streams;

    Routes(
            Contract contract,
            Operations operations,
            Gate gate,
            Repetitions repetitions,
            Outlet outlet,
            Streams streams) {
        this.contract = contract;
        this.operations = operations;
        this.gate = gate;
        this.repetitions = repetitions;
        this.outlet = outlet;
        this.streams = streams;
    }

    /** A router for one instance of the server. */
    Router router(Vertx vertx) {
        var builder = RouterBuilder.create(vertx, contract.openApi());
        var bound = operations.byId();
        for (var shape : contract.shapes().values()) {
            var binding = bound.get(shape.id());
            var route = builder.getRoute(shape.id());
            if (binding == null || route == null) {
                throw new IllegalStateException(shape.id() + " is not bound");
            }
            // ours is checked by the endpoint: see Shape for why
            route.setDoValidation(false)
                    .setDoSecurity(false)
                    .addHandler(new Endpoint(shape, binding, gate, repetitions, outlet, streams));
        }
        return builder.createRouter()
                .errorHandler(404, this::notFound)
                .errorHandler(405, this::notAllowed)
                .errorHandler(400, this::badRequest)
                .errorHandler(500, this::failed);
    }

    /** What is said to a path that two readers could take for two different things. */
    void refusePath(HttpServerRequest request) {
        refuse(request, Problem.badRequest("invalid_path", "This path can be read in two ways."));
    }

    private void notFound(RoutingContext context) {
        refuse(context.request(), Problem.notFound("There is nothing at this address."));
    }

    private void notAllowed(RoutingContext context) {
        var path = context.normalizedPath();
        var allowed =
                contract.methodsAt(path).stream()
                        .map(HttpMethod::name)
                        .sorted()
                        .collect(Collectors.joining(", "));
        refuse(
                context.request(),
                Problem.of(405, "method_not_allowed", "This address takes " + allowed + " only.")
                        .with("Allow", allowed));
    }

    private void badRequest(RoutingContext context) {
        refuse(
                context.request(),
                Problem.badRequest("invalid_request", "The address cannot be decoded."));
    }

    private void failed(RoutingContext context) {
        var failure = context.failure();
        refuse(context.request(), failure == null ? new IllegalStateException() : failure);
    }

    private void refuse(HttpServerRequest request, Throwable why) {
        var body = Body.of(request);
        if (WebSocketUpgrade.isAskedFor(request)) {
            request.resume();
        }
        outlet.refuse(request, body, why, outlet.nextRequestId());
    }
}
