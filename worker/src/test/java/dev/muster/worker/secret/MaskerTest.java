package dev.muster.worker.secret;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.muster.protocol.secret.Automaton;
import dev.muster.protocol.secret.Needles;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

class MaskerTest {

    @Property(tries = 3000, seed = "1")
    void whateverIsPrintedAndHoweverItIsCutItIsMaskedAsANaiveMaskerWould(
            @ForAll @From("needles") Set<String> needles,
            @ForAll @From("texts") String text,
            @ForAll Random random)
            throws IOException {
        var masked = masked(needles, text, random);

        assertThat(masked).isEqualTo(naive(needles, text));
        assertThat(needles).noneMatch(masked::contains);
    }

    // few letters, so that needles begin, end, overlap and contain each other
    @Provide
    Arbitrary<Set<String>> needles() {
        return Arbitraries.strings()
                .withChars("ab")
                .ofMinLength(1)
                .ofMaxLength(7)
                .set()
                .ofMinSize(1)
                .ofMaxSize(5);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("abc").ofMaxLength(60);
    }

    /** Marks all that any needle covers, and stars each run of it. */
    private static String naive(Set<String> needles, String text) {
        var covered = new boolean[text.length()];
        for (var needle : needles) {
            for (int at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
                Arrays.fill(covered, at, at + needle.length(), true);
            }
        }
        var shown = new StringBuilder();
        for (int i = 0; i < covered.length; i++) {
            if (!covered[i]) {
                shown.append(text.charAt(i));
            } else if (i == 0 || !covered[i - 1]) {
                shown.append("***");
            }
        }
        return shown.toString();
    }

    private static String masked(Set<String> needles, String text, Random random)
            throws IOException {
        var shown = new ByteArrayOutputStream();
        var masker = new Masker(new Automaton(needles), shown::write);
        var bytes = text.getBytes(ISO_8859_1);
        for (int from = 0; from < bytes.length; ) {
            int length = 1 + random.nextInt(Math.min(8, bytes.length - from));
            masker.feed(bytes, from, length);
            from += length;
        }
        masker.end();
        return shown.toString(ISO_8859_1);
    }

    @Example
    void aSecretInAnyEncodingIsFoundWhereverItIsCutInTwo() throws IOException {
        var secret = "s3cr=t/ \"'\\ü?%\nsecond line";
        for (var needle : Needles.of(secret)) {
            var text = "<" + needle + ">";
            var bytes = text.getBytes(ISO_8859_1);
            for (int cut = 0; cut <= bytes.length; cut++) {
                var shown = new ByteArrayOutputStream();
                var masker = new Masker(new Automaton(Needles.of(secret)), shown::write);
                masker.feed(bytes, 0, cut);
                masker.feed(bytes, cut, bytes.length - cut);
                masker.end();
                assertThat(shown.toString(ISO_8859_1)).as(needle).isEqualTo("<***>");
            }
        }
    }

    @Example
    void byteAfterByteWithPausesShowsLessThanFourBytesOfASecret() throws IOException {
        var shown = new ByteArrayOutputStream();
        var masker = new Masker(new Automaton(List.of("hunter2hunter")), shown::write);
        for (byte b : "x hunter2hunter y".getBytes(ISO_8859_1)) {
            masker.feed(new byte[] {b}, 0, 1);
            masker.release();
        }
        masker.end();
        assertThat(shown.toString(ISO_8859_1)).isEqualTo("x hun*** y");
    }

    @Example
    void whatIsNoSecretPassesUnchanged() throws IOException {
        var shown = new ByteArrayOutputStream();
        var masker = new Masker(new Automaton(Needles.of("correct horse")), shown::write);
        var bytes = "correct hors\r\ncorrect h\033[0m \0\377".getBytes(ISO_8859_1);
        masker.feed(bytes, 0, bytes.length);
        masker.end();
        assertThat(shown.toByteArray()).isEqualTo(bytes);
    }
}
