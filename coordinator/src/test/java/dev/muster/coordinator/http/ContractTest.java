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

class ContractTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Contract CONTRACT = Contract.load(VERTX);

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
                        "getHealth",
                        "login",
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
        visit(Contract.read(), "#", examples);
        assertThat(examples).hasSizeGreaterThan(15);
    }

    /** Checks each example beside a schema, wherever it stands, and notes where. */
    private static void visit(JsonObject node, String at, List<String> examples) {
        if (node.containsKey("schema") && node.containsKey("example")) {
            check(node.getJsonObject("schema"), node.getValue("example"), at, examples);
        }
        if (node.containsKey("examples") && node.containsKey("type")) {
            for (var example : node.getJsonArray("examples")) {
                check(node, example, at, examples);
            }
        }
        for (Map.Entry<String, Object> child : node) {
            var below = at + "/" + child.getKey();
            if (child.getValue() instanceof JsonObject object) {
                visit(object, below, examples);
            } else if (child.getValue() instanceof JsonArray array) {
                for (var element : array) {
                    if (element instanceof JsonObject object) {
                        visit(object, below, examples);
                    }
                }
            }
        }
    }

    private static void check(JsonObject schema, Object example, String at, List<String> examples) {
        var whole =
                schema.copy()
                        .put("components", Contract.read().getJsonObject("components"))
                        .put("$id", "app://example");
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
        examples.add(at);
    }
}
