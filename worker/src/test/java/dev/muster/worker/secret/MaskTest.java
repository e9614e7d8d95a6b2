package dev.muster.worker.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.Provision;
import dev.muster.worker.Eventually;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.Map;

@Timeout(30)
class MaskTest {

    private static final String SECRET = "p/ss w\"rd'\\1+é~line";

    private static Mask mask(String secret) {
        return Mask.of(new Provision(Map.of(), Map.of("TOKEN", new Confidential(secret)), null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ab", "abc", "abcd"})
    void aSecretInsideOfWhatWasEncodedIsGoneFromIt(String before) {
        var mask = mask(SECRET);
        for (var after : new String[] {"", "z", "zz", "zzz"}) {
            var bytes = (before + SECRET + after).getBytes(UTF_8);
            for (var encoded :
                    new String[] {
                        Base64.getEncoder().encodeToString(bytes),
                        Base64.getUrlEncoder().encodeToString(bytes),
                        Base64.getUrlEncoder().withoutPadding().encodeToString(bytes),
                    }) {
                var shown = mask.text(encoded);
                assertThat(shown).contains("***");
                // at each end a character that a neighbour has a part in, and what was put there
                assertThat(shown.replace("***", "").length())
                        .isLessThanOrEqualTo((before.length() + after.length()) * 2 + 4);
            }
        }
    }

    @Test
    void theWaysInWhichProgramsPrintItAreMaskedWhole() {
        var mask = mask(SECRET);
        assertThat(mask.text("a" + SECRET + "b")).isEqualTo("a***b");
        assertThat(mask.text(URLEncoder.encode(SECRET, UTF_8))).isEqualTo("***");
        assertThat(mask.text("?t=" + URLEncoder.encode(SECRET, UTF_8).replace("+", "%20") + "&"))
                .isEqualTo("?t=***&");
        assertThat(mask.text("{\"t\": \"p/ss w\\\"rd'\\\\1+é~line\"}"))
                .isEqualTo("{\"t\": \"***\"}");
        assertThat(mask.text("{\"t\": \"p\\/ss w\\\"rd'\\\\1+\\u00e9~line\"}"))
                .isEqualTo("{\"t\": \"***\"}");
        assertThat(mask.text("+ echo 'p/ss w\"rd'\\''\\1+é~line'")).isEqualTo("+ echo '***'");
    }

    @Test
    void eachLineOfASecretOfManyIsMaskedAndSoIsTheWholeOnATerminal() {
        var mask = mask("first line\nab\nthird line\n");
        assertThat(mask.text("x third line x first line")).isEqualTo("x *** x ***");
        assertThat(mask.text("first line\r\nab\r\nthird line")).isEqualTo("***");
    }

    @Test
    void aLongSecretEncodedInLinesIsMaskedInEachOfThem() {
        var secret = "0123456789abcdef".repeat(16);
        var lines =
                Base64.getMimeEncoder(76, new byte[] {'\r', '\n'})
                        .encodeToString(secret.getBytes(UTF_8));
        assertThat(mask(secret).text(lines).replaceAll("[*\r\n]", "")).isEmpty();
    }

    @Test
    void aTextThatWasCutInASecretShowsLessThanFourBytesOfIt() {
        assertThat(mask("hunter2hunter").text("it said: hunter2")).isEqualTo("it said: ***");
        assertThat(mask("hunter2hunter").text("it said: hun")).isEqualTo("it said: hun");
    }

    @Test
    void theTokenOfTheRepositoryIsASecretToo() {
        var mask =
                Mask.of(
                        new Provision(
                                Map.of(),
                                Map.of(),
                                new GitToken("me", new Confidential("ghp_0123456789"))));
        assertThat(mask.text("https://me:ghp_0123456789@host")).isEqualTo("https://me:***@host");
    }

    @Test
    void aShortSecretIsNotMaskedAndNamed() {
        assertThat(mask("12345").unmasked()).containsExactly("TOKEN");
        assertThat(mask("12345").text("12345")).isEqualTo("12345");
        assertThat(mask("123456").unmasked()).isEmpty();
    }

    @Test
    void aPromptThatLooksLikeASecretComesByItself() throws Exception {
        var shown = new ByteArrayOutputStream();
        try (var output =
                mask("hunter2").over((bytes, from, length) -> write(shown, bytes, from, length))) {
            var prompt = "Who? hu".getBytes(UTF_8);
            output.accept(prompt, 0, prompt.length);
            Eventually.eventually("the prompt is there", () -> text(shown).equals("Who? hu"));
            var more = "nter2!".getBytes(UTF_8);
            output.accept(more, 0, more.length);
            assertThat(text(shown)).isEqualTo("Who? hu***!");
            output.accept("hunte".getBytes(UTF_8), 0, 5);
        }
        assertThat(text(shown)).isEqualTo("Who? hu***!hunte");
    }

    @Test
    void whatCouldNotBeKeptInTheMeantimeIsToldWithTheNextBytes() throws Exception {
        var full = new IOException("full");
        var output =
                mask("hunter2")
                        .over(
                                (bytes, from, length) -> {
                                    throw full;
                                });
        output.accept("hu".getBytes(UTF_8), 0, 2);
        Eventually.eventually(
                "it failed",
                () -> {
                    try {
                        output.accept(new byte[0], 0, 0);
                        return false;
                    } catch (IOException e) {
                        return e.equals(full);
                    }
                });
        assertThatThrownBy(output::close).isSameAs(full);
    }

    private static synchronized void write(
            ByteArrayOutputStream shown, byte[] bytes, int from, int length) {
        shown.write(bytes, from, length);
    }

    private static synchronized String text(ByteArrayOutputStream shown) {
        return shown.toString(UTF_8);
    }
}
