package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.SchemaRepository;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

class ContractTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Contract CONTRACT = Contract.load(VERTX);
    private static final JsonObject CONTRACT_JSON = Contract.read();

    @AfterAll
    static void close() {
        VERTX.close().await();
    }

    @Test
    void everyOperationDeclaresWhomItAdmits() {
        assertThat(CONTRACT.shapes().values())
                .allSatisfy(
                        shape ->
                                assertThat(shape.access())
                                        .as(shape.id())
                                        .get()
                                        .isIn("open", "developer", "lead", "admin", "worker"));
    }

    @Test
    void everyOperationOfPeopleDeclaresWhatATokenOfTheirsMustBeGoodFor() {
        var words = new ArrayList<>(Scopes.ALL);
        words.add(Scopes.SESSION);
        assertThat(CONTRACT.shapes().values())
                .filteredOn(
                        shape ->
                                Set.of("developer", "lead", "admin").contains(shape.access().get()))
                .allSatisfy(
                        shape ->
                                assertThat(shape.scope())
                                        .as(shape.id())
                                        .get()
                                        .asString()
                                        .isIn(words));
    }

    @Test
    void beforeAOneTimePasswordIsReplacedOnlyTheseAreAllowed() {
        assertThat(CONTRACT.shapes().values())
                .filteredOn(Shape::oneTime)
                .extracting(Shape::id)
                .containsExactlyInAnyOrder("changePassword", "logout");
    }

    @Test
    void theScopesThatAPersonCanAskForAreAllThereAre() {
        var schemas = Contract.read().getJsonObject("components").getJsonObject("schemas");
        assertThat(schemas.getJsonObject("Scope").getJsonArray("enum"))
                .isEqualTo(new JsonArray(Scopes.ALL));
    }

    @Test
    void onlyTheseAreOpenToAnyone() {
        var open =
                CONTRACT.shapes().values().stream()
                        .filter(shape -> shape.access().equals(Optional.of("open")))
                        .map(Shape::id);
        assertThat(open)
                .containsExactlyInAnyOrder(
                        "getContract",
                        "getDocs",
                        "getDocsFile",
                        "getHealth",
                        "getTerminalPage",
                        "getTerminalPageFile",
                        "getWorkersHealth",
                        "login",
                        "openTerminal",
                        "openWorkerTerminal",
                        "refresh",
                        "registerWorker",
                        "recoverWorker");
    }

    @Test
    void everyObjectThatIsSentOrAnsweredNamesItsFields() {
        var schemas = Contract.read().getJsonObject("components").getJsonObject("schemas");
        for (var name : schemas.fieldNames()) {
            var schema = schemas.getJsonObject(name);
            if ("object".equals(schema.getString("type"))) {
                assertThat(schema.getValue("additionalProperties")).as(name).isEqualTo(false);
            }
        }
    }

    @Test
    void everyOperationIsToldInASentenceAndStandsUnderAHeading() {
        var headings =
                CONTRACT_JSON.getJsonArray("tags").stream()
                        .map(tag -> ((JsonObject) tag).getString("name"))
                        .toList();
        operations(
                (id, operation) -> {
                    assertThat(operation.getString("summary", "")).as(id).endsWith(".");
                    assertThat(operation.getJsonArray("tags", new JsonArray()))
                            .as(id)
                            .hasSize(1)
                            .isSubsetOf(headings);
                });
    }

    @Test
    void everyOperationTellsWhatItAnswersAndHowItRefuses() {
        operations(
                (id, operation) -> {
                    var responses = operation.getJsonObject("responses");
                    assertThat(responses.fieldNames())
                            .as(id)
                            .hasSizeGreaterThan(1)
                            .contains("default");
                    var refusal = resolved(responses.getJsonObject("default"));
                    assertThat(refusal.getJsonObject("content").fieldNames())
                            .as(id)
                            .containsExactly("application/problem+json");
                });
    }

    @Test
    void everyBodyThatIsSentOrAnsweredHasAnExample() {
        var without = new ArrayList<String>();
        operations(
                (id, operation) -> {
                    var body = operation.getJsonObject("requestBody");
                    if (body != null && !json(body).containsKey("example")) {
                        without.add(id + " takes");
                    }
                    for (var entry : operation.getJsonObject("responses")) {
                        var answer = resolved((JsonObject) entry.getValue());
                        if (answersJson(answer) && !hasExample(json(answer))) {
                            without.add(id + " answers " + entry.getKey());
                        }
                    }
                });
        assertThat(without).isEmpty();
    }

    private static boolean answersJson(JsonObject answer) {
        return answer.getJsonObject("content", new JsonObject()).containsKey("application/json");
    }

    @Test
    void whoeverMakesSomethingMayRepeatTheRequest() {
        operations(
                (id, operation) -> {
                    var responses = operation.getJsonObject("responses");
                    var done = responses.getJsonObject("201", responses.getJsonObject("200"));
                    var headers =
                            done == null
                                    ? new JsonObject()
                                    : resolved(done).getJsonObject("headers", new JsonObject());
                    var repeats = CONTRACT.shapes().get(id).takesRequestKey();
                    assertThat(headers.containsKey(Repetitions.HEADER)).as(id).isEqualTo(repeats);
                    if (id.startsWith("create")) {
                        assertThat(repeats).as(id).isTrue();
                    }
                });
    }

    private static void operations(BiConsumer<String, JsonObject> check) {
        for (var path : CONTRACT_JSON.getJsonObject("paths")) {
            for (var entry : (JsonObject) path.getValue()) {
                if (entry.getValue() instanceof JsonObject operation) {
                    check.accept(operation.getString("operationId"), operation);
                }
            }
        }
    }

    private static JsonObject json(JsonObject body) {
        return body.getJsonObject("content").getJsonObject("application/json");
    }

    /** Its own, or that of its schema; a list shows what its items look like. */
    private static boolean hasExample(JsonObject json) {
        var schema = resolved(json.getJsonObject("schema"));
        var items =
                schema.getJsonObject("properties", new JsonObject())
                        .getJsonObject("items", new JsonObject())
                        .getJsonObject("items", new JsonObject());
        // any object at all: the contract itself
        return json.containsKey("example")
                || schema.containsKey("examples")
                || resolved(items).containsKey("examples")
                || schema.equals(new JsonObject().put("type", "object"));
    }

    private static JsonObject resolved(JsonObject node) {
        var reference = node.getString("$ref");
        if (reference == null) {
            return node;
        }
        var found = CONTRACT_JSON;
        for (var step : reference.substring("#/".length()).split("/", -1)) {
            found = found.getJsonObject(step);
        }
        return found;
    }

    @Test
    void whatIsNotBoundBoundTwiceOrBoundOtherwiseIsNamed() {
        var operations =
                new Operations()
                        .on("login", Access.ADMIN, _ -> Answer.noContent())
                        .on("unheardOf", Access.OPEN, _ -> Answer.noContent());
        assertThat(CONTRACT.disagreements(operations))
                .contains("login admits open by the contract and admin by its binding")
                .contains("unheardOf is bound and not in the contract")
                .contains("getTask is in the contract and not bound");
    }

    @Test
    void whoKnowsRepetitionsMustBeGivenKeys() {
        var operations =
                new Operations()
                        .onRepeated("cancelTask", Access.DEVELOPER, _ -> Answer.noContent());
        assertThat(CONTRACT.disagreements(operations))
                .contains("cancelTask knows repetitions and takes no request keys");
    }

    @Test
    void anOperationWithoutAccessIsNamed() {
        var document = Contract.read();
        document.getJsonObject("paths")
                .getJsonObject("/api/web/tasks")
                .getJsonObject("get")
                .remove("x-access");
        var contract = Contract.of(VERTX, document);
        assertThat(contract.disagreements(StubbedOperations.fill(VERTX, new Operations())))
                .contains("listTasks declares no x-access");
    }

    @Test
    void everyExampleIsValid() {
        var examples = new ArrayList<String>();
        var contract = Contract.read();
        visit(contract, "#", contract.getJsonObject("components"), examples);
        assertThat(examples).hasSizeGreaterThan(15);
    }

    /** Checks each example beside a schema, wherever it stands, and notes where. */
    private static void visit(
            JsonObject node, String at, JsonObject components, List<String> examples) {
        if (node.containsKey("schema") && node.containsKey("example")) {
            check(node.getJsonObject("schema"), node.getValue("example"), at, components);
            examples.add(at);
        }
        if (node.containsKey("examples") && node.containsKey("type")) {
            for (var example : node.getJsonArray("examples")) {
                check(node, example, at, components);
                examples.add(at);
            }
        }
        for (Map.Entry<String, Object> child : node) {
            var below = at + "/" + child.getKey();
            if (child.getValue() instanceof JsonObject object) {
                visit(object, below, components, examples);
            } else if (child.getValue() instanceof JsonArray array) {
                for (var element : array) {
                    if (element instanceof JsonObject object) {
                        visit(object, below, components, examples);
                    }
                }
            }
        }
    }

    private static void check(JsonObject schema, Object example, String at, JsonObject components) {
        // dereferencing writes into it
        var whole = schema.copy().put("components", components.copy()).put("$id", "app://example");
        var repository =
                SchemaRepository.create(
                        new JsonSchemaOptions()
                                .setBaseUri("app://")
                                .setDraft(Draft.DRAFT202012)
                                .setOutputFormat(OutputFormat.Basic));
        // schemas name each other from the document's root, which is where they now lie
        repository.dereference(JsonSchema.of(whole));
        var result = repository.validator(JsonSchema.of(whole)).validate(example);
        assertThat(result.getErrors()).as(at).isNullOrEmpty();
    }
}
