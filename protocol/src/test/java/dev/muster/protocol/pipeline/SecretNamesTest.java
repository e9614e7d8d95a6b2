package dev.muster.protocol.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.wire.Wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class SecretNamesTest {

    @ParameterizedTest
    @ValueSource(strings = {"A", "_", "DEPLOY_KEY", "GIT_AUTHOR_NAME", "A1"})
    void aProjectMayUseIt(String name) {
        assertThat(VariableName.isFree(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "1A",
                "A-B",
                "A B",
                "A\n",
                "Ä",
                "PATH",
                "LD_PRELOAD",
                "LD_X",
                "BASH_ENV",
                "ENV",
                "IFS",
                "MUSTER_SOCKET",
                "GIT_SSH_COMMAND",
                "GIT_CONFIG_COUNT",
                "NODE_OPTIONS",
                "DYLD_INSERT_LIBRARIES"
            })
    void aProjectMayNotUseIt(String name) {
        assertThat(VariableName.isFree(name)).isFalse();
        assertThat(VariableName.isFree("A".repeat(65))).isFalse();
    }

    @Test
    void aStageNamesItsSecrets() {
        var read = read("[{'name': 'a', 'command': 'x', 'secrets': ['B', 'A']}]");

        assertThat(((PipelineReading.Sound) read).pipeline().stages().getFirst().secrets())
                .isEqualTo(List.of("B", "A"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'secrets': 'A' | /0/secrets | invalid_secrets",
                "'secrets': {'A': 'x'} | /0/secrets | invalid_secrets",
                "'secrets': [1] | /0/secrets/0 | invalid_secret",
                "'secrets': ['A', 'PATH'] | /0/secrets/1 | invalid_secret",
                "'secrets': ['A', 'A'] | /0/secrets/1 | duplicate_variable",
                "'secrets': ['A'], 'env': {'A': 'x'} | /0/secrets/0 | duplicate_variable"
            })
    void whatIsNoNameIsPointedAt(String fields, String pointer, String code) {
        var read = read("[{'name': 'a', 'command': 'x', " + fields + "}]");

        assertThat(((PipelineReading.Faulty) read).faults())
                .extracting(fault -> fault.pointer() + " " + fault.code())
                .containsExactly(pointer + " " + code);
    }

    private static PipelineReading read(String json) {
        return PipelineReader.read(Wire.tree(json.replace('\'', '"')), CommandKind.SHELL);
    }
}
