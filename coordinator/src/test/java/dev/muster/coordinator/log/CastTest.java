package dev.muster.coordinator.log;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.coordinator.log.Cast.Exit;
import dev.muster.coordinator.log.Cast.Format;
import dev.muster.coordinator.log.Cast.Marker;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

class CastTest {

    private static List<String> written(Cast cast, byte[]... prints) {
        var to = Buffer.buffer();
        long at = 1;
        for (var bytes : prints) {
            cast.print(at, bytes, to);
            at += 500;
        }
        cast.end(null, to);
        return to.toString(UTF_8).lines().toList();
    }

    private static String output(List<String> events) {
        var text = new StringBuilder();
        for (var event : events) {
            var one = new JsonArray(event);
            if (one.getString(1).equals("o")) {
                text.append(one.getString(2));
            }
        }
        return text.toString();
    }

    @Test
    void aCharacterSplitAtAnyBorderIsPutTogether() {
        var whole = "né漢🙂\r\n\u001b[1m\"".getBytes(UTF_8);
        for (int i = 0; i <= whole.length; i++) {
            for (int j = i; j <= whole.length; j++) {
                var events =
                        written(
                                new Cast(Format.V3, List.of(), List.of()),
                                Arrays.copyOfRange(whole, 0, i),
                                Arrays.copyOfRange(whole, i, j),
                                Arrays.copyOfRange(whole, j, whole.length));

                assertThat(output(events)).as("%d %d", i, j).isEqualTo(new String(whole, UTF_8));
            }
        }
    }

    /** Leading and following bytes mostly, so that characters are whole, cut and wrong. */
    @Property
    void anyBytesInAnyPiecesAreWhatTheyAreInOne(
            @ForAll @Size(max = 12) List<@IntRange(max = 11) Integer> picks,
            @ForAll @Size(max = 3) List<@IntRange(max = 12) Integer> cuts,
            @ForAll @Size(max = 3) Set<@IntRange(max = 13) Integer> resized,
            @ForAll Format format) {
        int[] bytes = {'a', 0, 0x80, 0x9f, 0xbf, 0xc3, 0xe6, 0xe0, 0xed, 0xf0, 0xf4, 0xff};
        var whole = new byte[picks.size()];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = (byte) bytes[picks.get(i)];
        }
        var resizes = resized.stream().sorted().map(at -> new Cast.Size(at, 50 + at, 30)).toList();
        var cast = new Cast(format, List.of(), resizes);
        var to = Buffer.buffer();
        int from = 0;
        for (int cut : cuts.stream().sorted().toList()) {
            int until = Math.min(cut, whole.length);
            cast.print(from, Arrays.copyOfRange(whole, from, until), to);
            from = until;
        }
        cast.print(from, Arrays.copyOfRange(whole, from, whole.length), to);
        cast.end(null, to);

        assertThat(output(to.toString(UTF_8).lines().toList())).isEqualTo(new String(whole, UTF_8));
    }

    @Test
    void sizesComeWhereTheOutputIsThatWasPrintedAtThem() {
        var sizes =
                List.of(
                        new Cast.Size(0, 100, 40),
                        new Cast.Size(2, 80, 24),
                        new Cast.Size(3, 80, 24),
                        new Cast.Size(5, 90, 25),
                        new Cast.Size(7, 91, 26),
                        new Cast.Size(8, 92, 27));
        var cast = new Cast(Format.V3, List.of(new Marker(2000, "build")), sizes);
        assertThat(new JsonObject(cast.header("t", Instant.EPOCH)).getJsonObject("term").encode())
                .isEqualTo("{\"cols\":100,\"rows\":40}");

        assertThat(written(cast, "abcde".getBytes(UTF_8), "fg".getBytes(UTF_8)))
                .containsExactly(
                        "[0.001,\"o\",\"ab\"]",
                        "[0.000,\"r\",\"80x24\"]",
                        "[0.000,\"o\",\"c\"]",
                        "[0.000,\"o\",\"de\"]",
                        "[0.500,\"r\",\"90x25\"]",
                        "[0.000,\"o\",\"fg\"]",
                        "[0.000,\"r\",\"91x26\"]",
                        "[1.499,\"m\",\"build\"]");
    }

    @Test
    void timeNeverGoesBack() {
        var to = Buffer.buffer();
        var three =
                new Cast(
                        Format.V3,
                        List.of(new Marker(900, "build"), new Marker(5000, "test")),
                        List.of());
        three.print(1000, "a".getBytes(UTF_8), to);
        three.print(400, "b".getBytes(UTF_8), to);
        three.end(new Exit(10, 3), to);

        assertThat(to.toString(UTF_8).lines())
                .containsExactly(
                        "[0.900,\"m\",\"build\"]",
                        "[0.100,\"o\",\"a\"]",
                        "[0.000,\"o\",\"b\"]",
                        "[4.000,\"m\",\"test\"]",
                        "[0.000,\"x\",\"3\"]");
    }

    @Test
    void versionTwoCountsFromTheBeginningAndKnowsNoExit() {
        var to = Buffer.buffer();
        var two =
                new Cast(
                        Format.V2,
                        List.of(new Marker(1000, "build")),
                        List.of(new Cast.Size(0, 100, 40), new Cast.Size(1, 80, 24)));
        two.print(1000, "a".getBytes(UTF_8), to);
        two.print(2500, "b".getBytes(UTF_8), to);
        two.end(new Exit(3000, 0), to);

        assertThat(to.toString(UTF_8).lines())
                .containsExactly(
                        "[1.000,\"m\",\"build\"]",
                        "[1.000,\"o\",\"a\"]",
                        "[2.500,\"r\",\"80x24\"]",
                        "[2.500,\"o\",\"b\"]");
    }
}
