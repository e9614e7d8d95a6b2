package dev.muster.protocol.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.muster.protocol.wire.Wire;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class GateReaderTest {

    @Example
    void gatesOfEachKindAreReadAsWritten() {
        var read =
                PipelineReader.read(
                        Wire.tree(
                                """
                                [{"name": "a", "command": "x", "confirm": true},
                                 {"name": "b", "command": "x {choice}", "choices": ["p", "q r"], "gateTimeout": 60,
                                  "onGateTimeout": "fallback", "fallback": "q r"},
                                 {"name": "c", "command": "x {input} {choice}", "input": true, "onGateTimeout": "fail"},
                                 {"name": "d", "command": "x {input}", "confirm": false, "input": false}]
                                """),
                        CommandKind.SHELL);

        assertThat(read)
                .isInstanceOfSatisfying(
                        PipelineReading.Sound.class,
                        sound ->
                                assertThat(sound.pipeline().stages())
                                        .extracting(Stage::gate)
                                        .containsExactly(
                                                new Gate.Confirm(1800, null),
                                                new Gate.Choice(List.of("p", "q r"), 60, "q r"),
                                                new Gate.Input(1800, null),
                                                null));
    }

    /** Each a stage's further fields, then the pointer and the code of what is wrong. */
    private static final List<List<String>> FAULTS =
            List.of(
                    List.of("'confirm': 1", "/0/confirm", "invalid_confirm"),
                    List.of("'confirm': null", "/0/confirm", "invalid_confirm"),
                    List.of("'input': 'yes'", "/0/input", "invalid_input"),
                    List.of("'confirm': true, 'choices': ['a']", "/0/choices", "several_gates"),
                    List.of("'confirm': true, 'input': true", "/0/input", "several_gates"),
                    List.of("'choices': ['a'], 'input': true", "/0/input", "several_gates"),
                    List.of("'choices': 'a'", "/0/choices", "invalid_choices"),
                    List.of("'choices': []", "/0/choices", "invalid_choices"),
                    List.of("'choices': null", "/0/choices", "invalid_choices"),
                    List.of("'choices': " + choices(26), "/0/choices", "invalid_choices"),
                    List.of("'choices': ['a', 1]", "/0/choices/1", "invalid_choice"),
                    List.of("'choices': ['a', ' ']", "/0/choices/1", "invalid_choice"),
                    List.of("'choices': ['a\\n']", "/0/choices/0", "invalid_choice"),
                    List.of("'choices': ['\\u001b[2J']", "/0/choices/0", "invalid_choice"),
                    List.of(
                            "'choices': ['" + "x".repeat(201) + "']",
                            "/0/choices/0",
                            "invalid_choice"),
                    List.of("'choices': ['a', 'a']", "/0/choices/1", "duplicate_choice"),
                    List.of("'gateTimeout': 5", "/0/gateTimeout", "no_gate"),
                    List.of("'onGateTimeout': 'fail'", "/0/onGateTimeout", "no_gate"),
                    List.of("'confirm': false, 'gateTimeout': 5", "/0/gateTimeout", "no_gate"),
                    List.of(
                            "'confirm': true, 'gateTimeout': 0",
                            "/0/gateTimeout",
                            "invalid_gate_timeout"),
                    List.of(
                            "'confirm': true, 'gateTimeout': 604801",
                            "/0/gateTimeout",
                            "invalid_gate_timeout"),
                    List.of(
                            "'confirm': true, 'gateTimeout': 1.5",
                            "/0/gateTimeout",
                            "invalid_gate_timeout"),
                    List.of(
                            "'confirm': true, 'onGateTimeout': 'wait'",
                            "/0/onGateTimeout",
                            "invalid_on_gate_timeout"),
                    List.of(
                            "'confirm': true, 'onGateTimeout': null",
                            "/0/onGateTimeout",
                            "invalid_on_gate_timeout"),
                    List.of(
                            "'confirm': true, 'onGateTimeout': 'fallback'",
                            "/0/fallback",
                            "missing_fallback"),
                    List.of(
                            "'confirm': true, 'fallback': 'confirm'",
                            "/0/fallback",
                            "unused_fallback"),
                    List.of(
                            "'input': true, 'onGateTimeout': 'fallback', 'fallback': 1",
                            "/0/fallback",
                            "invalid_fallback"),
                    List.of(
                            "'input': true, 'onGateTimeout': 'fallback', 'fallback': '\\u0000'",
                            "/0/fallback",
                            "invalid_fallback"),
                    List.of(
                            "'confirm': true, 'onGateTimeout': 'fallback', 'fallback': 'cancel'",
                            "/0/fallback",
                            "invalid_fallback"),
                    List.of(
                            "'choices': ['a'], 'onGateTimeout': 'fallback', 'fallback': 'b'",
                            "/0/fallback",
                            "invalid_fallback"));

    @Example
    void aFaultIsNamedByItsPointer() {
        for (var one : FAULTS) {
            var faults = faults(stage("a", "x", one.getFirst()));
            assertThat(faults)
                    .as(one.getFirst())
                    .singleElement()
                    .satisfies(
                            fault -> {
                                assertThat(fault.pointer()).isEqualTo(one.get(1));
                                assertThat(fault.code()).isEqualTo(one.get(2));
                                assertThat(fault.message()).isNotBlank();
                            });
        }
    }

    @Example
    void anAnswerIsRefusedBeforeAnyStageAsksForIt() {
        assertThat(
                        faults(
                                stage("a", "x {choice}", "'input': true"),
                                stage("b", "x {input}", "'choices': ['p']"),
                                stage("c", "x {choice} {{input}}", "'confirm': true")))
                .extracting(Fault::pointer, Fault::code)
                .containsExactly(tuple("/0/command", "no_answer"));
        assertThat(faults(stage("a", "x '{input}'", "'confirm': true")))
                .extracting(Fault::code)
                .containsExactly("quoted_variable", "no_answer");
    }

    /** Whatever a person writes: it is read, or each fault points into the stage. */
    @Property(tries = 500, seed = "20263")
    void whatIsReadIsAGateAndWhatIsNotIsTold(@ForAll("fields") List<String> fields) {
        var document = "[" + stage("a", "x", String.join(", ", fields)) + "]";

        switch (PipelineReader.read(Wire.tree(document), CommandKind.SHELL)) {
            case PipelineReading.Sound(var pipeline) -> {
                assertThat(Wire.decode(Wire.encode(pipeline), Pipeline.class)).isEqualTo(pipeline);
                var gate = pipeline.stages().getFirst().gate();
                assertThat(gate == null || gate.fallback() == null || gate.accepts(gate.fallback()))
                        .isTrue();
            }
            case PipelineReading.Faulty(var faults) ->
                    assertThat(faults)
                            .isNotEmpty()
                            .allSatisfy(fault -> assertThat(fault.pointer()).startsWith("/0/"));
        }
    }

    @Provide
    Arbitrary<List<String>> fields() {
        var values =
                Arbitraries.of(
                        "true",
                        "false",
                        "null",
                        "0",
                        "1",
                        "60",
                        "1e9",
                        "'confirm'",
                        "'cancel'",
                        "'fail'",
                        "'fallback'",
                        "'a'",
                        "''",
                        "[]",
                        "['a']",
                        "['a', 'b']",
                        "[1]",
                        "{}",
                        "['a', 'a']");
        var names = GateReader.FIELDS.stream().sorted().toList();
        return values.injectNull(0.5)
                .list()
                .ofSize(names.size())
                .map(
                        drawn ->
                                IntStream.range(0, names.size())
                                        .filter(i -> drawn.get(i) != null)
                                        .mapToObj(i -> "'" + names.get(i) + "': " + drawn.get(i))
                                        .toList());
    }

    private static String choices(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "'c" + i + "'")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Example
    void whoBeginsBehindAGateHasNotItsAnswer() {
        var read =
                PipelineReader.read(
                        Wire.tree(
                                "["
                                        + String.join(
                                                ",",
                                                stage("a", "x", "'choices': ['p', 'q']"),
                                                stage("b", "x {choice}", ""),
                                                stage("c", "x {input}", "'input': true"),
                                                stage("d", "x", ""))
                                        + "]"),
                        CommandKind.SHELL);

        var pipeline = ((PipelineReading.Sound) read).pipeline();

        assertThat(pipeline.missingFrom(0)).isEmpty();
        assertThat(pipeline.missingFrom(1)).contains(Template.Variable.CHOICE);
        assertThat(pipeline.missingFrom(2)).isEmpty();
        assertThat(pipeline.missingFrom(3)).isEmpty();
    }

    private static String stage(String name, String command, String fields) {
        var further = fields.isEmpty() ? "" : ", " + fields.replace('\'', '"');
        return "{\"name\": \"%s\", \"command\": \"%s\"%s}".formatted(name, command, further);
    }

    private static List<Fault> faults(String... stages) {
        return switch (PipelineReader.read(
                Wire.tree("[" + String.join(",", stages) + "]"), CommandKind.SHELL)) {
            case PipelineReading.Faulty(var faults) -> faults;
            case PipelineReading.Sound _ -> List.of();
        };
    }
}
