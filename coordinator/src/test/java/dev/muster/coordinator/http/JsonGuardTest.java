package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.protocol.wire.Wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

class JsonGuardTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":\"\\\\u0000\"}",
                "{\"a\":\"\\\"[[[[\"}",
                "{\"a\":\"\\u0001\"}",
                "{\"a\":\"\\"
            })
    void whatTheParserMayJudgePasses(String text) {
        assertThatCode(() -> check(text)).doesNotThrowAnyException();
    }

    @Test
    void thirtyTwoLevelsPassAndOneMoreDoesNot() {
        assertThatCode(() -> check(nested(32))).doesNotThrowAnyException();
        assertThatThrownBy(() -> check(nested(33))).isInstanceOf(Problem.class);
    }

    @Test
    void whatPassesCanBeReadAgainByEveryRoom() {
        assertThatCode(() -> Wire.tree(nested(32))).doesNotThrowAnyException();
    }

    private static String nested(int levels) {
        return "[".repeat(levels) + "]".repeat(levels);
    }

    @Test
    void bracketsWithinTextAreNoLevels() {
        assertThatCode(() -> check("\"" + "[".repeat(1000) + "\"")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":\"\\u0000\"}", "{\"\\u0000\":1}", "\"\\\\\\u0000\""})
    void theCharacterThatNoColumnHoldsIsRefused(String text) {
        assertThatThrownBy(() -> check(text)).hasMessageContaining("U+0000");
    }

    private static void check(String text) {
        JsonGuard.check(text.getBytes(StandardCharsets.UTF_8));
    }
}
