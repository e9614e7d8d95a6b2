package dev.muster.coordinator.secret;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.secret.Automaton;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;

class MaskTest {

    private static final Mask MASK =
            new Mask(1, new Automaton(List.of("needle", "dle*ee", "eedles")));

    @ParameterizedTest
    @CsvSource({
        "a needle b, a ****** b",
        "needleneedle, ************",
        "needles, *******",
        "needle*ee!, *********!",
        "need le, need le",
    })
    void asManyBytesAreCoveredAsNeedlesHave(String text, String expected) {
        var bytes = text.getBytes(UTF_8);

        MASK.overwrite(bytes, Mask.START);

        assertThat(new String(bytes, UTF_8)).isEqualTo(expected);
    }

    @Test
    void whereverItIsCutWhatComesAfterIsCovered() {
        var text = "a needle*ee needles b".getBytes(UTF_8);
        var whole = text.clone();
        MASK.overwrite(whole, Mask.START);
        for (int cut = 0; cut <= text.length; cut++) {
            var first = Arrays.copyOf(text, cut);
            var second = Arrays.copyOfRange(text, cut, text.length);

            MASK.overwrite(second, MASK.overwrite(first, Mask.START));

            assertThat(second).isEqualTo(Arrays.copyOfRange(whole, cut, whole.length));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a needle b, a *** b",
        "needle*ee, ***",
        "it was cut: need, it was cut: ***",
        "it was not: nee, it was not: nee",
    })
    void inATextThreeStarsStandForIt(String text, String expected) {
        assertThat(MASK.text(text)).isEqualTo(expected);
    }

    @Test
    void whatHoldsNoneStaysTheSameText() {
        var unsound = "half a pair \ud83d";

        assertThat(MASK.text(unsound)).isSameAs(unsound);
        assertThat(Mask.NONE.text("needle")).isEqualTo("needle");
    }
}
