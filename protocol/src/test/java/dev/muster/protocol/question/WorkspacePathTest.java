package dev.muster.protocol.question;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class WorkspacePathTest {

    @Test
    void stepsAreKeptAsTheyAre() {
        assertThat(WorkspacePath.parse("")).isEqualTo(WorkspacePath.TOP);
        assertThat(WorkspacePath.parse("a b/ü\n/..c/.gitignore/%2e%2e/\\").names())
                .isEqualTo(List.of("a b", "ü\n", "..c", ".gitignore", "%2e%2e", "\\"));
        assertThat(WorkspacePath.parse("a/b")).hasToString("a/b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "/",
                "//",
                "/etc/passwd",
                "//etc/passwd",
                "../x",
                "a/..",
                "a/../b",
                "a/../../b",
                "a/./b",
                "./a",
                "a/",
                "a//b",
                "a/\0",
                "\0",
                "a\0/../b",
                ".git",
                ".git/config",
                "a/.git",
                "a/.git/hooks/x",
                ".GIT/config",
                ".Git",
                ".g\u200cit/config",
                "\u200d.git",
                ".git\ufeff",
                "\ud800",
                "a/\udc00b"
            })
    void whatLeadsElsewhereIsNone(String text) {
        assertThatThrownBy(() -> WorkspacePath.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Question.Tree(1, 1, text, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Question.File(1, 1, text, 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Question.Diff(1, 1, text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsTooLongOrTooDeepIsNone() {
        assertThat(WorkspacePath.parse("é".repeat(127)).names()).hasSize(1);
        for (var text : List.of("é".repeat(128), "a/".repeat(64) + "a", "ab/".repeat(1400) + "a")) {
            assertThatThrownBy(() -> WorkspacePath.parse(text))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
