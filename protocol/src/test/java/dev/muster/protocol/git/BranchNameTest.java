package dev.muster.protocol.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BranchNameTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "main",
                "feature/x",
                "release-1.2",
                "fix/#42",
                "user@home",
                "größe",
                "日本語",
                "v1,2",
                "a/-b",
                "refs",
                "HEADs",
                "@a",
                "a+b=c",
                "x.locked"
            })
    void acceptsTheNamesPeopleUse(String name) {
        assertThat(BranchName.faultIn(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-h",
                "--upload-pack=x",
                "-",
                "@",
                "HEAD",
                "a..b",
                "..",
                "a@{1}",
                "@{-1}",
                "x.lock",
                "x.lock/y",
                ".a",
                "a/.b",
                "a//b",
                "/a",
                "a/",
                "a.",
                "a b",
                "a~1",
                "a^",
                "a:b",
                "a?b",
                "a*",
                "a[b",
                "a\\b",
                "a\nb",
                "a\u0000b",
                "a\u007fb",
                "a\u202eb",
                "a\ud800b",
                "$(x)",
                "`x`",
                "a;b",
                "a|b",
                "a&b",
                "'a'",
                "\"a\"",
                "{a}",
                "a<b",
                "!a"
            })
    void refusesWhatGitCouldReadAsSomethingElse(String name) {
        assertThat(BranchName.faultIn(name))
                .hasValueSatisfying(
                        fault -> {
                            assertThat(fault.code()).isEqualTo("invalid_branch");
                            assertThat(fault.message()).startsWith("The branch name").endsWith(".");
                        });
    }

    @Test
    void countsBytesAndNotCharacters() {
        assertThat(BranchName.faultIn("a".repeat(200))).isEmpty();
        assertThat(BranchName.faultIn("a".repeat(201))).isPresent();
        assertThat(BranchName.faultIn("ü".repeat(101))).isPresent();
    }

    @Test
    void cannotBeMadeFromARefusedName() {
        assertThatThrownBy(() -> new BranchName("--exec=x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The branch name \"--exec=x\" begins with a dash.");
    }

    @Property(tries = 5000, seed = "20263")
    void anAcceptedNameHoldsNothingThatActs(
            @ForAll @StringLength(max = 12) @CharRange(from = 0, to = 0x2fff) String name) {
        if (BranchName.faultIn(name).isEmpty()) {
            assertThat(name).doesNotStartWith("-").doesNotContain("..", "@{", "//", ":", "~", "^");
            assertThat(name.codePoints())
                    .noneMatch(c -> Quoted.acts(c) || Character.isSpaceChar(c));
        }
    }

    @Property(tries = 2000, seed = "20264")
    void aSentenceIsOneLineWhateverTheName(@ForAll @StringLength(max = 300) String name) {
        BranchName.faultIn(name)
                .ifPresent(
                        fault -> {
                            assertThat(fault.message()).hasSizeLessThan(320);
                            assertThat(fault.message().codePoints()).noneMatch(Quoted::acts);
                        });
    }
}
