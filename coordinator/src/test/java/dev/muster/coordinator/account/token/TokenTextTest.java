package dev.muster.coordinator.account.token;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NumericChars;

import org.junit.jupiter.api.Test;

class TokenTextTest {

    @Property(tries = 300)
    void aTokenIsOneUntilALetterIsChanged(
            @ForAll @IntRange(max = 43) int at, @ForAll @NumericChars char letter) {
        var token = TokenText.random();
        assertThat(token).matches("mst_pat_[0-9A-Za-z]{36}");
        assertThat(TokenText.isOne(token)).isTrue();
        var changed = token.substring(0, at) + letter + token.substring(at + 1);
        assertThat(TokenText.isOne(changed)).isEqualTo(changed.equals(token));
    }

    @Property
    void noOtherTextIsOne(@ForAll String text) {
        assertThat(TokenText.isOne(text)).isFalse();
        assertThat(TokenText.isOne(TokenText.PREFIX + text)).isFalse();
    }

    /** Pinned: tokens that people keep must be known to every later version. */
    @Test
    void aTokenOfOldIsStillOne() {
        assertThat(TokenText.isOne("mst_pat_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp")).isTrue();
        assertThat(TokenText.hash("abc")).startsWith("ba7816bf8f01cfea");
    }
}
