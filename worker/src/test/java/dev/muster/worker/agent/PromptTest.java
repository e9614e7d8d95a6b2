package dev.muster.worker.agent;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.Map;

class PromptTest {

    @Property(seed = "1")
    void whateverAPersonTypedNothingEndsThePasteOrPressesAKey(
            @ForAll @From("hostile") String typed) {
        var pasted = new String(of("do {description}", typed).pasted(), UTF_8);

        assertThat(pasted).startsWith("\033[200~do").endsWith("\033[201~");
        var text = pasted.substring(6, pasted.length() - 6);
        assertThat(
                        text.chars()
                                .filter(c -> c != '\n' && c != '\t')
                                .noneMatch(Character::isISOControl))
                .isTrue();
        assertThat(text.chars().noneMatch(c -> c == 0xfffd && typed.indexOf(0xfffd) < 0)).isTrue();
    }

    @Provide
    Arbitrary<String> hostile() {
        var pieces =
                Arbitraries.of(
                        "\033[201~",
                        "\033[200~",
                        "\033[20",
                        "1~",
                        "\033",
                        "\r",
                        "\n",
                        "\r\n",
                        "\u009b",
                        "\u0003",
                        "\0",
                        "\177",
                        "\ud800",
                        "\t",
                        "ü",
                        "😀",
                        "a",
                        "[201~",
                        "{branch}");
        return pieces.list().ofMaxSize(30).map(list -> String.join("", list));
    }

    @Example
    void theCommandsOwnSignsStandAndThoseOfAValueDoNot() {
        assertThat(of("/develop {description}", "/clear").text()).isEqualTo("/develop /clear");
        assertThat(of("{description}", "make it").text()).isEqualTo("make it");
        for (var sign :
                new String[] {
                    "!rm -rf x",
                    "/clear",
                    "# note",
                    "--version",
                    "\033[201~!x",
                    "\u00a0/clear",
                    "\ufeff!x"
                }) {
            assertThat(of(" {description} now", sign).text())
                    .startsWith("Task: ")
                    .endsWith(sign.substring(sign.length() - 1) + " now");
        }
    }

    private static Prompt of(String command, String description) {
        return Prompt.of(command, Map.of("MUSTER_DESCRIPTION", description));
    }
}
