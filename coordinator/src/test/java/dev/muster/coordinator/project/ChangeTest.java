package dev.muster.coordinator.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.ProjectStore.Project;
import dev.muster.protocol.pipeline.CommandKind;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.pipeline.PipelineReader;
import dev.muster.protocol.pipeline.PipelineReading;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

class ChangeTest {

    private static final Project PROJECT =
            new Project(
                    1,
                    "shop",
                    "The shop",
                    "https://h/a",
                    "main",
                    "claude",
                    2,
                    7,
                    null,
                    "never",
                    "maintainers",
                    OffsetDateTime.parse("2026-01-01T00:00:00Z"),
                    3,
                    null,
                    null);

    // in single quotes, which for a shell would keep the variable from being one
    private static final Pipeline PROMPT = pipeline("Do '{description}'.", CommandKind.PROMPT);

    @Test
    void whatIsAbsentStaysAndWhatIsNullIsTakenAway() {
        var change = change("{'name': 'Shop', 'defaultBranch': null, 'graceWindow': 60}");

        var after = change.settings();
        assertThat(after.name()).isEqualTo("Shop");
        assertThat(after.repoUrl()).isEqualTo("https://h/a");
        assertThat(after.defaultBranch()).isNull();
        assertThat(after.agentType()).isEqualTo("claude");
        assertThat(after.concurrency()).isEqualTo(2);
        assertThat(after.graceSeconds()).isEqualTo(60);
        assertThat(after.stages()).isNull();
        assertThat(change.difference())
                .isEqualTo(
                        json(
                                "{'name': {'from': 'The shop', 'to': 'Shop'},"
                                        + " 'defaultBranch': {'from': 'main', 'to': null},"
                                        + " 'graceWindow': {'from': null, 'to': 60}}"));
    }

    @Test
    void whatIsAsItWasIsNoChange() {
        var same = json("{'agentType': 'claude'}").put("pipeline", StagesJson.of(PROMPT));

        assertThat(change("{'name': 'The shop', 'concurrency': 2}").isNone()).isTrue();
        assertThat(Change.of(PROJECT, Optional.of(PROMPT), same).isNone()).isTrue();
    }

    @Test
    void anotherPromptReaderGetsTheSamePipelineAsAnother() {
        var change = change("{'agentType': 'codex'}");

        assertThat(change.settings().stages()).isEqualTo(StagesJson.stored(PROMPT));
        assertThat(change.difference().fieldNames()).containsExactly("agentType");
    }

    @Test
    void aPipelineThatTheNewAgentWouldMisreadIsRefused() {
        assertThat(pointers("{'agentType': 'shell'}")).containsExactly("/agentType");
        assertThat(
                        change(
                                        "{'agentType': 'shell', 'pipeline': [{'name': 'a',"
                                                + " 'command': 'echo {description}'}]}")
                                .settings()
                                .agentType())
                .isEqualTo("shell");
    }

    @Test
    void allThatIsWrongIsNamedAtOnce() {
        assertThat(
                        pointers(
                                "{'repoUrl': 'ext::x', 'defaultBranch': '-x', 'pipeline': [{'name':"
                                        + " ''}]}"))
                .containsExactly(
                        "/repoUrl", "/defaultBranch", "/pipeline/0/name", "/pipeline/0/command");
        assertThat(pointers("{'repoUrl': null}")).containsExactly("/defaultBranch");
        assertThat(pointers("{'repoUrl': null, 'defaultBranch': null, 'push': 'on_success'}"))
                .containsExactly("/push");
    }

    @Test
    void whatBecomesOfWorkStaysUntilItIsNamed() {
        assertThat(change("{'name': 'Shop'}").settings().push()).isEqualTo("never");

        var change = change("{'push': 'on_success'}");

        assertThat(change.settings().push()).isEqualTo("on_success");
        assertThat(change.difference().getJsonObject("push"))
                .isEqualTo(new JsonObject().put("from", "never").put("to", "on_success"));
    }

    @Test
    void anAddressThatNoLongerWouldBeTakenKeepsNobodyFromOtherChanges() {
        var old =
                new Project(
                        1,
                        "k",
                        "n",
                        "ext::x",
                        null,
                        "shell",
                        null,
                        7,
                        null,
                        "never",
                        "nobody",
                        PROJECT.createdAt(),
                        1,
                        null,
                        null);

        assertThat(Change.of(old, Optional.empty(), json("{'name': 'm'}")).settings().repoUrl())
                .isEqualTo("ext::x");
    }

    @Test
    void aPipelineThatNobodyCanReadIsReplacedAndNeverGuessed() {
        var body = json("{'pipeline': [{'name': 'a', 'command': 'b'}]}");

        var change = Change.of(PROJECT, Optional.empty(), body);

        assertThat(change.settings().stages()).hasSize(1);
        assertThat(change.difference().getJsonObject("pipeline").getValue("from")).isNull();
        assertThat(
                        catchThrowableOfType(
                                        Problem.class,
                                        () ->
                                                Change.of(
                                                        PROJECT,
                                                        Optional.empty(),
                                                        json("{'agentType': 'codex'}")))
                                .faults())
                .hasSize(1);
    }

    @Test
    void theAuditLogIsToldNoValueOfAVariableAndNoBook() {
        var secret = "{'pipeline': [{'name': 'a', 'command': 'b', 'env': {'KEY': 'hunter2'}}]}";
        assertThat(change(secret).difference().encode()).contains("KEY").doesNotContain("hunter2");

        var book = "{'pipeline': [{'name': 'a', 'command': '" + "x".repeat(9000) + "'}]}";
        assertThat(change(book).difference().encode().length()).isLessThan(1000);
    }

    private static Change change(String body) {
        return Change.of(PROJECT, Optional.of(PROMPT), json(body));
    }

    private static List<String> pointers(String body) {
        return catchThrowableOfType(Problem.class, () -> change(body)).faults().stream()
                .map(fault -> fault.pointer())
                .toList();
    }

    private static Pipeline pipeline(String command, CommandKind kind) {
        var stages = "[{\"name\": \"a\", \"command\": \"" + command + "\"}]";
        return ((PipelineReading.Sound) PipelineReader.read(Wire.tree(stages), kind)).pipeline();
    }

    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }
}
