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
import net.jqwik.api.constraints.IntRange;

import java.util.ArrayList;
import java.util.List;

class ScreenTest {

    private static final String CODE = "0123456789abcdef";

    /** What was told, lines and changes of mode in their order. */
    private static final class Told implements Screen.Listener {
        private final List<String> all = new ArrayList<>();

        @Override
        public void line(String text) {
            all.add(text);
        }

        @Override
        public void pasting(boolean on) {
            all.add("pasting " + on);
        }
    }

    @Property(seed = "1")
    void whatIsReadDoesNotDependOnHowItWasCut(
            @ForAll @From("printed") String printed, @ForAll @IntRange(min = 1, max = 9) int size) {
        assertThat(read(printed, size)).isEqualTo(read(printed, 1_000_000));
    }

    @Property(seed = "1")
    void noLineHoldsAControlCharacter(@ForAll @From("printed") String printed) {
        assertThat(read(printed, 7))
                .allMatch(line -> line.chars().noneMatch(c -> c < 0x20 || c == 0x7f));
    }

    @Property(seed = "1")
    void theInstructionOnTheScreenIsNoMarkerHoweverItIsBroken(
            @ForAll @IntRange(min = 1, max = 130) int width,
            @ForAll @From("breaks") String lineBreak) {
        var marker = new Marker(CODE, 3);
        var drawn = new StringBuilder();
        var echoed = marker.instruction();
        for (int i = 0; i < echoed.length(); i += width) {
            drawn.append(echoed, i, Math.min(echoed.length(), i + width)).append(lineBreak);
        }

        assertThat(read(drawn.toString(), 11)).noneMatch(line -> marker.outcome(line).isPresent());
    }

    @Provide
    Arbitrary<String> breaks() {
        return Arbitraries.of("\r\n", "\n", "\r", "\033[1B\033[G", " \r", "", "\033[0m", "\r\n│ ");
    }

    @Provide
    Arbitrary<String> printed() {
        var pieces =
                Arbitraries.of(
                        "\033",
                        "[",
                        "\033[1;31m",
                        "\033[?2004h",
                        "\033[?25;2004l",
                        "\033[2J",
                        "\033[10C",
                        "\033]0;title\007",
                        "\033]8;;x\033\\",
                        "\033P+q\033\\",
                        "\033(B",
                        "\r\n",
                        "\n",
                        "\b",
                        "\t",
                        "\0",
                        "\030",
                        "ü",
                        "😀",
                        "muster",
                        ":",
                        "done",
                        "x",
                        "5",
                        ";",
                        "y".repeat(700));
        return pieces.list().ofMaxSize(40).map(list -> String.join("", list));
    }

    @Example
    void aLineIsWhatAPersonSees() {
        var printed =
                "\033]0;no\007\033[1mbo\033[0mld\033[K\033[5Cfar\r\nab\bc\033[Hnext"
                        + "z".repeat(Screen.LONGEST_LINE)
                        + "\r\n\r\n  \033[?2004hlast";

        assertThat(read(printed, 3)).containsExactly("bold far", "ac", "pasting true", "last");
    }

    @Example
    void aMarkerStandsAloneOnItsLine() {
        var marker = new Marker(CODE, 3);

        for (var line : List.of("", "● ", "│ > ", "**")) {
            assertThat(marker.outcome(line + "muster:" + CODE + ":3:done")).contains(true);
            assertThat(marker.outcome(line + "muster:" + CODE + ":3:failed │")).contains(false);
        }
        for (var line :
                List.of(
                        "muster:" + CODE + ":2:done",
                        "muster:" + CODE + ":3:doner",
                        "muster:" + CODE + "0:3:done",
                        "muster:" + CODE + ":3:",
                        "print muster:" + CODE + ":3:done",
                        "muster:" + CODE + ":3:done or failed",
                        "muster:" + CODE.replace('0', '1') + ":3:done")) {
            assertThat(marker.outcome(line)).as(line).isEmpty();
        }
    }

    private static List<String> read(String printed, int size) {
        var told = new Told();
        var screen = new Screen(told);
        var bytes = printed.getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i += size) {
            screen.feed(bytes, i, Math.min(size, bytes.length - i));
        }
        screen.end();
        return told.all;
    }
}
