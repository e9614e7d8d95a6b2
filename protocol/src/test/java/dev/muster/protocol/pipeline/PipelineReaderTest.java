package dev.muster.protocol.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.wire.Wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class PipelineReaderTest {

    @Test
    void aPipelineWithAllFieldsIsReadAsWritten() {
        var read =
                read(
                        """
                        [{"name": "build 1", "command": "make {branch}", "timeout": 60, "env": {"A_1": "x y"}, "idleTimeout": 60},
                         {"name": "test", "command": "make test"}]
                        """);

        assertThat(read)
                .isEqualTo(
                        new PipelineReading.Sound(
                                new Pipeline(
                                        List.of(
                                                new Stage(
                                                        "build 1",
                                                        "make {branch}",
                                                        60,
                                                        Map.of("A_1", "x y"),
                                                        0,
                                                        0,
                                                        60,
                                                        null),
                                                new Stage(
                                                        "test",
                                                        "make test",
                                                        Stage.DEFAULT_TIMEOUT,
                                                        Map.of())))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{} | ~~ | invalid_pipeline",
                "null | ~~ | invalid_pipeline",
                "[] | ~~ | invalid_pipeline",
                "[1] | /0 | invalid_stage",
                "[null] | /0 | invalid_stage",
                "[{'name': 'a', 'command': 'x', 'comand': 1}] | /0/comand | unknown_field",
                "[{'name': 'a', 'command': 'x', 'a/b^c': 1}] | /0/a~1b^c | unknown_field",
                "[{'name': 'a', 'command': 'x', 'Timeout': 1}] | /0/Timeout | unknown_field",
                "[{'command': 'x'}] | /0/name | invalid_name",
                "[{'name': null, 'command': 'x'}] | /0/name | invalid_name",
                "[{'name': 7, 'command': 'x'}] | /0/name | invalid_name",
                "[{'name': '', 'command': 'x'}] | /0/name | invalid_name",
                "[{'name': ' a', 'command': 'x'}] | /0/name | invalid_name",
                "[{'name': 'a\\nb', 'command': 'x'}] | /0/name | invalid_name",
                "[{'name': '--x', 'command': 'x'}] | /0/name | invalid_name",
                "[{'name': 'a', 'command': 'x'}, {'name': 'a', 'command': 'y'}] | /1/name |"
                        + " duplicate_name",
                "[{'name': 'a'}] | /0/command | invalid_command",
                "[{'name': 'a', 'command': ' \\t '}] | /0/command | invalid_command",
                "[{'name': 'a', 'command': ['x']}] | /0/command | invalid_command",
                "[{'name': 'a', 'command': 'x\\u0000y'}] | /0/command | invalid_command",
                "[{'name': 'a', 'command': 'x {nobody}'}] | /0/command | unknown_variable",
                "[{'name': 'a', 'command': 'x {Branch}'}] | /0/command | unknown_variable",
                "[{'name': 'a', 'command': 'x \\\"{branch}\\\"'}] | /0/command | quoted_variable",
                "[{'name': 'a', 'command': 'x `{branch}`'}] | /0/command | quoted_variable",
                "[{'name': 'a', 'command': 'x \\\\{branch}'}] | /0/command | quoted_variable",
                "[{'name': 'a', 'command': 'x', 'timeout': 0}] | /0/timeout | invalid_timeout",
                "[{'name': 'a', 'command': 'x', 'timeout': -1}] | /0/timeout | invalid_timeout",
                "[{'name': 'a', 'command': 'x', 'timeout': 604801}] | /0/timeout |"
                        + " invalid_timeout",
                "[{'name': 'a', 'command': 'x', 'timeout': 1.5}] | /0/timeout | invalid_timeout",
                "[{'name': 'a', 'command': 'x', 'timeout': 4294967297}] | /0/timeout |"
                        + " invalid_timeout",
                "[{'name': 'a', 'command': 'x', 'timeout': '60'}] | /0/timeout | invalid_timeout",
                "[{'name': 'a', 'command': 'x', 'timeout': null}] | /0/timeout | invalid_timeout",
                "[{'name': 'a', 'command': 'x', 'retries': 11}] | /0/retries | invalid_retries",
                "[{'name': 'a', 'command': 'x', 'retries': -1}] | /0/retries | invalid_retries",
                "[{'name': 'a', 'command': 'x', 'retries': '1'}] | /0/retries | invalid_retries",
                "[{'name': 'a', 'command': 'x', 'retries': null}] | /0/retries | invalid_retries",
                "[{'name': 'a', 'command': 'x', 'backoff': 3601}] | /0/backoff | invalid_backoff",
                "[{'name': 'a', 'command': 'x', 'backoff': -1}] | /0/backoff | invalid_backoff",
                "[{'name': 'a', 'command': 'x', 'backoff': 0.5}] | /0/backoff | invalid_backoff",
                "[{'name': 'a', 'command': 'x', 'idleTimeout': 0}] | /0/idleTimeout |"
                        + " invalid_idle_timeout",
                "[{'name': 'a', 'command': 'x', 'idleTimeout': null}] | /0/idleTimeout |"
                        + " invalid_idle_timeout",
                "[{'name': 'a', 'command': 'x', 'idleTimeout': '9'}] | /0/idleTimeout |"
                        + " invalid_idle_timeout",
                "[{'name': 'a', 'command': 'x', 'timeout': 9, 'idleTimeout': 10}] |"
                        + " /0/idleTimeout | invalid_idle_timeout",
                "[{'name': 'a', 'command': 'x', 'idleTimeout': 3601}] | /0/idleTimeout |"
                        + " invalid_idle_timeout",
                "[{'name': 'a', 'command': 'x', 'when': 'never'}] | /0/when | invalid_when",
                "[{'name': 'a', 'command': 'x', 'when': 1}] | /0/when | invalid_when",
                "[{'name': 'a', 'command': 'x', 'when': null}] | /0/when | invalid_when",
                "[{'name': 'a', 'command': 'x', 'when': 'on_failure'}] | /0/when | invalid_when",
                "[{'name': 'a', 'command': 'x', 'env': []}] | /0/env | invalid_env",
                "[{'name': 'a', 'command': 'x', 'env': {'1A': 'x'}}] | /0/env/1A |"
                        + " invalid_variable",
                "[{'name': 'a', 'command': 'x', 'env': {'A=B': 'x'}}] | /0/env/A=B |"
                        + " invalid_variable",
                "[{'name': 'a', 'command': 'x', 'env': {'MUSTER_BRANCH': 'x'}}] |"
                        + " /0/env/MUSTER_BRANCH | invalid_variable",
                "[{'name': 'a', 'command': 'x', 'env': {'A': 1}}] | /0/env/A | invalid_value",
                "[{'name': 'a', 'command': 'x', 'env': {'A': 'x\\u0000'}}] | /0/env/A |"
                        + " invalid_value"
            })
    void aFaultIsNamedByItsPointer(String json, String pointer, String code) {
        var faults = faults(json.replace('\'', '"'));

        assertThat(faults).hasSize(1);
        assertThat(faults.getFirst().pointer()).isEqualTo(pointer);
        assertThat(faults.getFirst().code()).isEqualTo(code);
        assertThat(faults.getFirst().message()).isNotBlank();
    }

    @Test
    void aStageIsTriedOnceUnlessItSaysOtherwise() {
        var read =
                read(
                        """
                        [{"name": "a", "command": "x"},
                         {"name": "b", "command": "x", "retries": 10, "backoff": 3600}]
                        """);

        assertThat(((PipelineReading.Sound) read).pipeline().stages())
                .containsExactly(
                        new Stage("a", "x", Stage.DEFAULT_TIMEOUT, Map.of(), 0, 0, null, null),
                        new Stage("b", "x", Stage.DEFAULT_TIMEOUT, Map.of(), 10, 3600, null, null))
                .extracting(Stage::tries)
                .containsExactly(1, 11);
    }

    @Test
    void aStageRunsAfterSuccessUnlessItSaysOtherwise() {
        var read =
                read(
                        """
                        [{"name": "a", "command": "x"},
                         {"name": "b", "command": "x", "when": "on_failure"},
                         {"name": "c", "command": "x", "when": "always"},
                         {"name": "d", "command": "x", "when": "on_success"}]
                        """);

        var pipeline = ((PipelineReading.Sound) read).pipeline();

        assertThat(pipeline.stages())
                .extracting(Stage::runs)
                .containsExactly(When.ON_SUCCESS, When.ON_FAILURE, When.ALWAYS, When.ON_SUCCESS);
        assertThat(Wire.decode(Wire.encode(pipeline), Pipeline.class)).isEqualTo(pipeline);
    }

    @Test
    void aVariableInSingleQuotesIsRefused() {
        var faults = faults("[{\"name\": \"a\", \"command\": \"echo '{branch}'\"}]");

        assertThat(faults).extracting(Fault::code).containsExactly("quoted_variable");
    }

    @Test
    void allFaultsAreToldAtOnceInTheirOrder() {
        var faults =
                faults(
                        """
                        [{"name": "", "command": "{x}", "timeout": 0, "env": {"-": ""}, "extra": 1}, 5]
                        """);

        assertThat(faults)
                .extracting(Fault::pointer)
                .containsExactly(
                        "/0/extra", "/0/name", "/0/command", "/0/timeout", "/0/env/-", "/1");
    }

    @Test
    void aDocumentMadeToBeWrongDoesNotMakeAHugeAnswer() {
        var command = "{a}".repeat(5000);
        var stage = "{\"name\": \"a\", \"command\": \"" + command + "\"}";

        var faults = faults("[" + stage + "," + stage + "]");

        assertThat(faults).hasSize(100);
    }

    @Test
    void whatAPersonTypedIsToldWithoutControlCharacters() {
        var fault =
                faults("[{\"name\": \"a\", \"command\": \"x\", \"\\u001b[2J\\u009b\\u202e\": 1}]")
                        .getFirst();

        assertThat(fault.message()).doesNotContain("\u001b", "\u009b", "\u202e");
        assertThat(fault.pointer()).isEqualTo("/0/?[2J??");
    }

    @Test
    void moreStagesThanAllowedAreRefused() {
        assertThat(read(stages(Pipeline.MOST_STAGES, "x")))
                .isInstanceOf(PipelineReading.Sound.class);
        assertThat(faults(stages(Pipeline.MOST_STAGES + 1, "x")))
                .extracting(Fault::code)
                .containsExactly("invalid_pipeline");
    }

    @Test
    void aPipelineTooLargeForAMessageIsRefused() {
        var faults = faults(stages(20, "x".repeat(16_000)));

        assertThat(faults).extracting(Fault::code).containsExactly("pipeline_too_large");
    }

    private static String stages(int count, String command) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"name\": \"s" + i + "\", \"command\": \"" + command + "\"}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static List<Fault> faults(String json) {
        return switch (read(json)) {
            case PipelineReading.Faulty(var faults) -> faults;
            case PipelineReading.Sound sound -> throw new AssertionError("sound: " + sound);
        };
    }

    private static PipelineReading read(String json) {
        return PipelineReader.read(Wire.tree(json), CommandKind.SHELL);
    }
}
