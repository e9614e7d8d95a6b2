package dev.muster.protocol.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.wire.WireException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;

class TerminalFramesTest {

    private static final byte[] BYTES = {0x1b, 'c', (byte) 0xff};

    /** A frame and how it is written: changing one is changing what two versions say. */
    record Golden(TerminalFrame frame, String hex) {}

    static Stream<Golden> frames() {
        return Stream.of(
                new Golden(new TerminalFrame.Hello("{}"), "007b7d"),
                new Golden(new TerminalFrame.Output(258, BYTES), "0100000000000001021b63ff"),
                new Golden(new TerminalFrame.Skipped(1, 2), "0200000000000000010000000000000002"),
                new Golden(new TerminalFrame.Replay(1, 2), "0300000000000000010000000000000002"),
                new Golden(new TerminalFrame.ReplayEnd(2), "040000000000000002"),
                new Golden(new TerminalFrame.People("{}"), "057b7d"),
                new Golden(new TerminalFrame.Size(80, 300), "060050012c"),
                new Golden(new TerminalFrame.Line("{}"), "077b7d"),
                new Golden(new TerminalFrame.Exit(3), "080000000000000003"),
                new Golden(new TerminalFrame.History(1, BYTES), "0900000000000000011b63ff"),
                new Golden(new TerminalFrame.NotKept(1, 258), "0a00000000000000010000000000000102"),
                new Golden(new TerminalFrame.Input(BYTES), "111b63ff"),
                new Golden(new TerminalFrame.Take(), "12"),
                new Golden(new TerminalFrame.Release(), "13"),
                new Golden(new TerminalFrame.Want(1, 65536), "14000000000000000100010000"),
                new Golden(new TerminalFrame.Seen(9), "150000000000000009"),
                new Golden(new TerminalFrame.From(9), "210000000000000009"),
                new Golden(new TerminalFrame.Keys(5, BYTES), "2200000000000000051b63ff"),
                new Golden(new TerminalFrame.Resize(5, 80, 24), "23000000000000000500500018"),
                new Golden(new TerminalFrame.Control(5), "240000000000000005"));
    }

    @ParameterizedTest
    @MethodSource("frames")
    void aFrameIsWrittenAsPinnedAndReadBack(Golden golden) {
        assertThat(HexFormat.of().formatHex(TerminalFrames.encode(golden.frame())))
                .isEqualTo(golden.hex());
        assertThat(TerminalFrames.decode(HexFormat.of().parseHex(golden.hex())))
                .usingRecursiveComparison()
                .isEqualTo(golden.frame());
    }

    @Test
    void everyKindIsPinned() {
        assertThat(frames().map(golden -> golden.frame().getClass()).distinct())
                .hasSize(
                        (int)
                                Stream.of(TerminalFrame.class.getDeclaredClasses())
                                        .filter(Class::isRecord)
                                        .count());
    }

    @Test
    void outputOfAPartIsTheSameFrame() {
        var around = "..\u001bc..".getBytes(UTF_8);
        assertThat(TerminalFrames.output(7, around, 2, 2))
                .isEqualTo(
                        TerminalFrames.encode(
                                new TerminalFrame.Output(7, Arrays.copyOfRange(around, 2, 4))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ff",
                "10",
                "01",
                "0100000000000001",
                "01ffffffffffffffff00",
                "02",
                "0400",
                "0600500000",
                "0600000018",
                "06ffff0018",
                "1200",
                "13ff",
                "1400000000000000010000000",
                "14000000000000000100000000",
                "1400000000000000018000000000",
                "15",
                "2200",
                "23",
                "24ff"
            })
    void whatIsNoFrameIsRefused(String hex) {
        var padded = hex.length() % 2 == 0 ? hex : hex + "0";
        assertThatThrownBy(() -> TerminalFrames.decode(HexFormat.of().parseHex(padded)))
                .isInstanceOf(WireException.class);
    }

    @Test
    void anyBytesAreAFrameOrAreRefused() {
        var random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            var bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            if (bytes.length > 0 && random.nextBoolean()) {
                bytes[0] = (byte) random.nextInt(0x28);
            }
            try {
                var frame = TerminalFrames.decode(bytes);
                if (!(frame instanceof TerminalFrame.Hello
                        || frame instanceof TerminalFrame.People
                        || frame instanceof TerminalFrame.Line)) {
                    assertThat(TerminalFrames.encode(frame)).isEqualTo(bytes);
                }
            } catch (WireException refused) {
                assertThat(refused.getMessage()).startsWith("A terminal");
            }
        }
    }
}
