package dev.muster.protocol.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.stream.Stream;

class FramesTest {

    /** Odd on purpose: a carrier that understood it would write it in another way. */
    private static final byte[] BODY = "{ \"é\" : 1.0e0,\t\"}\":\"\\u007d]\" }".getBytes(UTF_8);

    /** A frame and how it is written: changing one is changing what two versions say. */
    record Golden(Frame frame, String written) {}

    static Stream<Golden> frames() {
        var body = new String(BODY, UTF_8);
        return Stream.of(
                new Golden(
                        new Frame.Opened(1, 3600),
                        "{\"frame\":\"opened\",\"v\":1,\"tokenSeconds\":3600}"),
                new Golden(
                        new Frame.Request(7, Addresses.PULL, 15_000, BODY),
                        "{\"frame\":\"request\",\"id\":7,\"address\":\"muster.v1.pull\","
                                + "\"timeoutMillis\":15000,\"body\":"
                                + body
                                + "}"),
                new Golden(new Frame.Auth("a.b.c"), "{\"frame\":\"auth\",\"token\":\"a.b.c\"}"),
                new Golden(
                        new Frame.Answer(7, BODY),
                        "{\"frame\":\"answer\",\"id\":7,\"body\":" + body + "}"),
                new Golden(
                        new Frame.Failure(7, 410, "Gone."),
                        "{\"frame\":\"failure\",\"id\":7,\"code\":410,\"sentence\":\"Gone.\"}"),
                new Golden(new Frame.Order(BODY), "{\"frame\":\"order\",\"body\":" + body + "}"));
    }

    @ParameterizedTest
    @MethodSource("frames")
    void aFrameIsWrittenAsPinnedAndReadBackWithItsBodyByteByByte(Golden golden) {
        assertThat(new String(Frames.encode(golden.frame()), UTF_8)).isEqualTo(golden.written());
        assertThat(Frames.decode(golden.written().getBytes(UTF_8)))
                .usingRecursiveComparison()
                .isEqualTo(golden.frame());
    }

    @ParameterizedTest
    @MethodSource("frames")
    void unknownFieldsAndAnyOrderAreTaken(Golden golden) {
        var fields = golden.written().substring(1);
        var more = "{\"later\":{\"body\":[1]},\"tooLate\":null," + fields;

        assertThat(Frames.decode(more.getBytes(UTF_8)))
                .usingRecursiveComparison()
                .isEqualTo(golden.frame());
    }

    @ParameterizedTest
    @MethodSource("frames")
    void noFieldMayBeMissing(Golden golden) {
        for (var field : golden.written().substring(1).split(",\"|\\{\"|^\"", -1)) {
            var name = field.contains("\"") ? field.substring(0, field.indexOf('"')) : field;
            var broken = golden.written().replaceFirst("\"" + name + "\":", "\"other\":");
            if (!name.isEmpty() && golden.written().contains("\"" + name + "\":")) {
                assertThatThrownBy(() -> Frames.decode(broken.getBytes(UTF_8)))
                        .as(broken)
                        .isInstanceOf(WireException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "{",
                "{}",
                "{\"frame\":\"answer\",\"id\":1,\"body\":{}} {}",
                "{\"frame\":\"answer\",\"id\":1,\"body\":{}",
                "{\"frame\":\"answer\",\"id\":1,\"body\":[]}",
                "{\"frame\":\"answer\",\"id\":1,\"body\":\"{}\"}",
                "{\"frame\":\"answer\",\"id\":1,\"body\":{\"a\":1,\"a\":2}}",
                "{\"frame\":\"answer\",\"id\":1,\"id\":2,\"body\":{}}",
                "{\"frame\":\"answer\",\"id\":\"1\",\"body\":{}}",
                "{\"frame\":\"answer\",\"id\":1.5,\"body\":{}}",
                "{\"frame\":\"answer\",\"id\":99999999999999999999,\"body\":{}}",
                "{\"frame\":\"failure\",\"id\":1,\"code\":4294967296,\"sentence\":\"s\"}",
                "{\"frame\":\"opened\",\"v\":2,\"tokenSeconds\":1}",
                "{\"frame\":\"unheard-of\"}",
                "{\"frame\":7}"
            })
    void whatIsNoFrameIsRefused(String text) {
        assertThatThrownBy(() -> Frames.decode(text.getBytes(UTF_8)))
                .isInstanceOf(WireException.class);
    }

    @Test
    void aFrameInAnotherEncodingIsRefused() {
        var bytes = "{\"frame\":\"answer\",\"id\":1,\"body\":{}}".getBytes(UTF_16);

        assertThatThrownBy(() -> Frames.decode(bytes)).isInstanceOf(WireException.class);
    }

    @Test
    void theLargestMessageFitsAndALargerFrameIsNeitherWrittenNorRead() {
        var largest = padded(Wire.LARGEST_MESSAGE);
        var request = new Frame.Request(Long.MAX_VALUE, Addresses.HEARTBEAT, 60_000, largest);
        assertThat(Frames.decode(Frames.encode(request)))
                .usingRecursiveComparison()
                // byte by byte in its own way takes it many seconds
                .withEqualsForType(Arrays::equals, byte[].class)
                .isEqualTo(request);

        var tooLarge = padded(Gateway.LARGEST_FRAME);
        assertThatThrownBy(() -> Frames.encode(new Frame.Order(tooLarge)))
                .isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Frames.decode(padded(Gateway.LARGEST_FRAME + 1)))
                .isInstanceOf(WireException.class);
    }

    private static byte[] padded(int size) {
        return ("{\"x\":\"" + "y".repeat(size - 8) + "\"}").getBytes(UTF_8);
    }

    @Test
    void deepNestingIsRefusedAndATokenIsNotQuoted() {
        var deep = "{\"frame\":\"order\",\"body\":" + "{\"a\":".repeat(100_000);
        assertThatThrownBy(() -> Frames.decode(deep.getBytes(UTF_8)))
                .isInstanceOf(WireException.class);

        var broken = "{\"frame\":\"auth\",\"token\":\"hunter2\" hunter2}".getBytes(UTF_8);
        assertThatThrownBy(() -> Frames.decode(broken)).message().doesNotContain("hunter2");
        assertThat(new Frame.Auth("hunter2").toString()).doesNotContain("hunter2");
    }

    @Test
    void everyCloseCodeIsKnownByItsNumberAndFitsACloseFrame() {
        for (var code : CloseCode.values()) {
            assertThat(CloseCode.of(code.code())).contains(code);
            assertThat(code.sentence().getBytes(UTF_8)).hasSizeLessThanOrEqualTo(123);
        }
        assertThat(CloseCode.of(1006)).isEmpty();
    }
}
