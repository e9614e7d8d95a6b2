package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.Scene.Ask;
import dev.muster.coordinator.Scene.Person;
import dev.muster.coordinator.Scene.Target;
import dev.muster.coordinator.http.Wire;
import dev.muster.coordinator.proof.Served;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the API has to have, and that every operation keeps what the contract promises of it. */
class EndpointsIT {

    private static final Scene SCENE = new Scene();

    @AfterAll
    static void close() {
        SCENE.close();
    }

    /** One that was asked for. */
    private record Endpoint(String key, List<String> query) {
        static Endpoint parse(String line) {
            var cells = line.split("\t", -1);
            var address = cells[1].split("\\?", -1);
            // a WebSocket begins as a GET
            var method = cells[0].equals("WS") ? "GET" : cells[0];
            var path = address[0].replaceAll(":[A-Za-z]+", "{}");
            var query =
                    address.length == 1
                            ? List.<String>of()
                            : List.of(address[1].substring(0, address[1].indexOf('=')));
            return new Endpoint(method + " " + path, query);
        }
    }

    private static List<Endpoint> endpoints() {
        try (var in = EndpointsIT.class.getResourceAsStream("/api/endpoints.tsv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .map(Endpoint::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> served() {
        return SCENE.contract.operations().stream().map(Served::key).collect(Collectors.toSet());
    }

    @Test
    void everyEndpointIsServed() {
        assertThat(endpoints()).hasSize(77);
        assertThat(served()).containsAll(endpoints().stream().map(Endpoint::key).toList());
    }

    @Test
    void everyParameterThatWasAskedForIsTaken() {
        for (var endpoint : endpoints()) {
            SCENE.served(endpoint.key())
                    .ifPresent(
                            operation ->
                                    assertThat(operation.parametersIn("query"))
                                            .as(endpoint.key())
                                            .extracting(Served.Parameter::name)
                                            .containsAll(endpoint.query()));
        }
    }

    @Test
    void rightsAreWrittenDownForNothingElse() {
        assertThat(Rights.stale(served())).isEmpty();
    }

    /** Those that change nothing first. */
    private static Stream<Served> operations() {
        return SCENE.contract.operations().stream()
                .sorted(Comparator.comparing(operation -> !operation.reads()));
    }

    @Test
    void everyOperationAnswersWhatTheContractSays() {
        var surprises = new ArrayList<String>();
        operations()
                .filter(operation -> SCENE.targets(operation).contains(Target.OWN))
                .forEach(
                        operation -> {
                            var caller =
                                    Scene.touchesTheCaller(operation)
                                            ? SCENE.like(SCENE.admin)
                                            : SCENE.admin;
                            var ask = SCENE.ask(operation, caller, Target.OWN);
                            var reply = SCENE.send(ask, token(operation, caller));
                            judge(operation, reply)
                                    .forEach(
                                            fault -> surprises.add(operation.key() + ": " + fault));
                        });
        assertThat(surprises).isEmpty();
    }

    private static String token(Served operation, Person caller) {
        return Scene.touchesTheCaller(operation) ? caller.token() : SCENE.rightToken(operation);
    }

    private static List<String> judge(Served operation, Wire.Reply reply) {
        var code = isProblem(reply) ? reply.json().getString("code") : "";
        if (!Rights.outcome(operation, reply.status(), code).equals(Rights.ADMITTED)) {
            return List.of(reply.status() + " " + reply.body());
        }
        return operation
                .successes()
                .getOrDefault(reply.status(), Optional.empty())
                .map(schema -> SCENE.contract.faults(schema, reply.json()))
                .orElse(List.of());
    }

    private static boolean isProblem(Wire.Reply reply) {
        return "application/problem+json".equals(reply.header("Content-Type"));
    }

    @Test
    void everyOperationRefusesWhatTheContractHasNot() {
        var surprises = new ArrayList<String>();
        for (var operation : SCENE.contract.operations()) {
            var refusals = new Refusals(operation, surprises);
            if (SCENE.targets(operation).contains(Target.OWN)) {
                refusals.unknownParameter();
                if (operation.example().isPresent()) {
                    refusals.otherMediaType();
                    refusals.unknownField();
                    refusals.fieldsOfAnotherType();
                }
            }
            if (Things.kind(operation).isPresent() && !operation.access().equals("open")) {
                refusals.missing();
            }
        }
        assertThat(surprises).isEmpty();
    }

    /** Sends what is wrong in one thing, as somebody who may. */
    private record Refusals(Served operation, List<String> surprises) {

        void missing() {
            var ask = SCENE.ask(operation, SCENE.admin, Target.MISSING);
            expect(404, "", SCENE.send(ask, SCENE.rightToken(operation)));
        }

        void unknownParameter() {
            var ask = ask(_ -> {});
            var path = ask.path() + (ask.path().contains("?") ? "&" : "?") + "colour=red";
            expect(400, "colour", send(new Ask(ask.method(), path, ask.body())));
        }

        void otherMediaType() {
            var ask = ask(_ -> {});
            var wire = new Wire(SCENE.coordinator.port());
            var token = SCENE.rightToken(operation);
            expect(
                    415,
                    "",
                    wire.send(
                            ask.method(),
                            ask.path(),
                            token.isEmpty() ? null : token,
                            "{}",
                            "text/plain"));
        }

        void unknownField() {
            expect(400, "/noSuchField", send(ask(body -> body.put("noSuchField", 1))));
        }

        void fieldsOfAnotherType() {
            var schema = SCENE.contract.resolved(operation.body().orElseThrow());
            for (var field : schema.getJsonObject("properties", new JsonObject()).fieldNames()) {
                var property =
                        SCENE.contract.resolved(
                                schema.getJsonObject("properties").getJsonObject(field));
                otherType(property.getString("type", ""))
                        .ifPresent(
                                wrong ->
                                        expect(
                                                400,
                                                "/" + field,
                                                send(ask(body -> body.put(field, wrong)))));
            }
        }

        private static Optional<Object> otherType(String type) {
            return switch (type) {
                case "string" -> Optional.of(5);
                case "integer", "number", "boolean", "object" -> Optional.of("x");
                case "array" -> Optional.of(new JsonObject());
                default -> Optional.empty();
            };
        }

        /** Nothing that is asked here is done, so nothing of its own is needed. */
        private Ask ask(Consumer<JsonObject> spoil) {
            var body = operation.example().map(JsonObject::copy);
            body.ifPresent(spoil);
            var path = operation.path();
            for (var parameter : operation.parametersIn("path").toList()) {
                path = path.replace("{" + parameter.name() + "}", inShape(parameter));
            }
            return new Ask(operation.method(), path, body.orElse(null));
        }

        private static String inShape(Served.Parameter parameter) {
            return Stream.of("7", "shop", "5b0f7c1e-2d7a-4c0e-9a52-0f6f1f3b7a11", "A_SECRET")
                    .filter(
                            text ->
                                    SCENE.contract
                                            .faults(parameter.schema(), value(parameter, text))
                                            .isEmpty())
                    .findFirst()
                    .orElseThrow();
        }

        private static Object value(Served.Parameter parameter, String text) {
            var isNumber = "integer".equals(parameter.schema().getString("type"));
            return isNumber && text.matches("\\d+") ? Long.valueOf(text) : text;
        }

        private Wire.Reply send(Ask ask) {
            return SCENE.send(ask, SCENE.rightToken(operation));
        }

        private void expect(int status, String pointer, Wire.Reply reply) {
            var pointers =
                    !isProblem(reply)
                            ? List.of()
                            : reply.json().getJsonArray("errors", new JsonArray()).stream()
                                    .map(error -> ((JsonObject) error).getString("pointer"))
                                    .toList();
            var isRight =
                    reply.status() == status
                            && isProblem(reply)
                            && SCENE.contract
                                    .faults(SCENE.contract.schema("Problem"), reply.json())
                                    .isEmpty()
                            && (pointer.isEmpty() || pointers.contains(pointer));
            if (!isRight) {
                surprises.add(
                        "%s: expected %d %s, got %d %s"
                                .formatted(
                                        operation.key(),
                                        status,
                                        pointer,
                                        reply.status(),
                                        reply.body()));
            }
        }
    }
}
