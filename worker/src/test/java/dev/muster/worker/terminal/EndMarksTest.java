package dev.muster.worker.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class EndMarksTest {

    private static final String NONCE = "0123456789abcdef0123456789abcdef";
    private static final String MARK = "\033]133;D;17;" + NONCE + "\007";

    @Test
    void theMarkIsFoundHoweverTheBytesAreCut() throws Exception {
        var text = "before\033]133;D;1\007\033\033]133;D;" + MARK + "after";
        for (int first = 0; first <= text.length(); first++) {
            for (int second = first; second <= text.length(); second++) {
                var seen = new Seen();
                seen.feed(text.substring(0, first));
                seen.feed(text.substring(first, second));
                seen.feed(text.substring(second));
                seen.marks.flush();

                assertThat(seen.text()).isEqualTo(text.replace(";" + NONCE, ""));
                assertThat(seen.ends).containsExactly(17);
                assertThat(seen.endedAt).isEqualTo(text.indexOf("after") - 1 - NONCE.length());
            }
        }
    }

    @Test
    void everyNearlyRightMarkPassesUnchanged() throws Exception {
        for (int at = 0; at < MARK.length(); at++) {
            for (var wrong : List.of("", "\033", "x", ";", "0")) {
                var almost = MARK.substring(0, at) + wrong + MARK.substring(at + 1);
                if (almost.matches("\033]133;D;\\d{1,3};" + NONCE + "\007")) {
                    continue; // another status is as right
                }
                var seen = new Seen();
                seen.feed(almost);
                seen.marks.flush();

                assertThat(seen.text()).isEqualTo(almost);
                assertThat(seen.ends).isEmpty();
            }
        }
    }

    @Test
    void aMarkCountsOnceAndOnlyWhileItIsAwaited() throws Exception {
        var seen = new Seen();
        seen.feed(MARK + MARK);

        assertThat(seen.ends).containsExactly(17);
        assertThat(seen.text()).isEqualTo("\033]133;D;17\007" + MARK);
    }

    @Test
    void anythingElsePassesUnchangedAndSoonWhateverItIs() throws Exception {
        var alphabet = "\033]133;D;0" + NONCE.charAt(0) + "\007 a";
        for (long seed = 0; seed < 2_000; seed++) {
            var random = new Random(seed);
            var seen = new Seen();
            seen.marks.expect(NONCE.replace('f', 'g')); // so that no luck makes a mark
            var fed = new StringBuilder();
            for (int chunk = 0; chunk < 20; chunk++) {
                var text = new StringBuilder();
                for (int i = random.nextInt(12); i > 0; i--) {
                    text.append(
                            random.nextInt(4) == 0
                                    ? MARK.substring(0, random.nextInt(MARK.length()))
                                    : alphabet.charAt(random.nextInt(alphabet.length())));
                }
                fed.append(text);
                seen.feed(text.toString());

                assertThat(fed.toString()).as("seed %d", seed).startsWith(seen.text());
                assertThat(fed.length() - seen.text().length()).isLessThan(MARK.length() + 2);
            }
            seen.marks.flush();
            assertThat(seen.text()).as("seed %d", seed).isEqualTo(fed.toString());
        }
    }

    @Test
    void anEndlessSequenceIsNotHeldBack() throws Exception {
        var seen = new Seen();
        seen.feed("\033]133;D;1;");
        var endless = "z".repeat(1_000_000);
        seen.feed(endless);

        assertThat(seen.text()).isEqualTo("\033]133;D;1;" + endless);
    }

    private static final class Seen {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final List<Integer> ends = new ArrayList<>();
        private int endedAt = -1;
        private final EndMarks marks =
                new EndMarks(
                        (bytes, from, length) -> out.write(bytes, from, length),
                        status -> {
                            ends.add(status);
                            endedAt = out.size();
                        },
                        NONCE.length());

        private Seen() {
            marks.expect(NONCE);
        }

        private void feed(String text) throws IOException {
            var bytes = text.getBytes(StandardCharsets.US_ASCII);
            marks.feed(bytes, 0, bytes.length);
        }

        private String text() {
            return out.toString(StandardCharsets.US_ASCII);
        }
    }
}
