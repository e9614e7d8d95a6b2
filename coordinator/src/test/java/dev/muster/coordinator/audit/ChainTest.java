package dev.muster.coordinator.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.audit.Entry.Target;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;

import javax.crypto.spec.SecretKeySpec;

class ChainTest {

    /** Written down in audit.md too: whoever verifies by other means gets the same. */
    @Test
    void theFormOfAnEntryStaysWhatItIs() {
        var entry =
                new Entry(
                        7,
                        Instant.parse("2026-01-01T09:00:00.123456Z"),
                        new Actor("person", "1", "admin", "10.0.0.7", null),
                        "machine.drain",
                        new Target("machine", "m-1"),
                        "done",
                        "{\"reason\": \"größer\"}");

        assertThat(new String(Chain.canonical(1, entry), StandardCharsets.UTF_8))
                .isEqualTo(
                        "muster audit entry 1\n"
                            + "1:1,1:7,16:1767258000123456,6:person,1:1,5:admin,8:10.0.0.7,-13:machine.drain,7:machine,3:m-1,4:done,22:{\"reason\":"
                            + " \"größer\"},");
        var key = new SecretKeySpec(HexFormat.of().parseHex("00".repeat(32)), Chain.ALGORITHM);
        assertThat(new Chain(key).next(Head.BEGINNING, entry).toString())
                .isEqualTo("1:acf026bbd40606051964f29e94fb3ac992e7ade31df44e2bfc7d48859330fed9");
    }

    @Test
    void aHeadIsReadAsItIsWritten() {
        var head = new Head(12, "ab".repeat(32));

        assertThat(Head.parse(head.toString())).contains(head);
        assertThat(Head.parse("12 " + "ab".repeat(32))).contains(head);
        assertThat(Head.parse("12:" + "AB".repeat(32))).isEmpty();
        assertThat(Head.parse("-1:" + "ab".repeat(32))).isEmpty();
        assertThat(Head.parse("")).isEmpty();
    }

    /** What moves from one field to the next, or was null, must not look the same. */
    @Property
    void differentEntriesHaveDifferentForms(
            @ForAll("entries") Entry one, @ForAll("entries") Entry other) {
        assertThat(java.util.Arrays.equals(Chain.canonical(1, one), Chain.canonical(1, other)))
                .isEqualTo(one.equals(other));
    }

    @Provide
    Arbitrary<Entry> entries() {
        var text = Arbitraries.of("", "-", "1:a,", "a", "ä", ",", "2:").injectNull(0.3);
        var actor =
                Combinators.combine(text, text, text, text)
                        .as((a, b, c, d) -> new Actor("person", a, b, c, d));
        var target =
                Combinators.combine(text.map(ChainTest::orEmpty), text.map(ChainTest::orEmpty))
                        .as(Target::new)
                        .injectNull(0.3);
        return Combinators.combine(actor, target, text.map(ChainTest::orEmpty))
                .as((by, what, data) -> new Entry(1, Instant.EPOCH, by, "a.b", what, "done", data));
    }

    private static String orEmpty(@org.jspecify.annotations.Nullable String text) {
        return text == null ? "" : text;
    }
}
