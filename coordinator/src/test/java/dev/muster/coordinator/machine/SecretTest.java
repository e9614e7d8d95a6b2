package dev.muster.coordinator.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.HashSet;

class SecretTest {

    private static final String PREFIX = "mst_enr_";

    @Test
    void whatIsDrawnIsWholeAndNeverTheSame() {
        var drawn = new HashSet<String>();
        for (int i = 0; i < 1000; i++) {
            var secret = Secret.draw(PREFIX);
            assertThat(secret).matches("mst_enr_[A-Za-z0-9_-]{43}[A-Za-z0-9]{6}");
            assertThat(Secret.isWhole(PREFIX, secret)).isTrue();
            assertThat(drawn.add(secret)).isTrue();
        }
    }

    @Test
    void theCheckIsThatOfCrc32() {
        assertThat(Secret.isWhole(PREFIX, PREFIX + "A".repeat(43) + "0DofJ8")).isTrue();
    }

    @Test
    void aMissingOrMistypedCharacterShows() {
        var secret = Secret.draw(PREFIX);
        for (int i = 0; i < secret.length(); i++) {
            var other = secret.charAt(i) == 'x' ? 'y' : 'x';
            var mistyped = secret.substring(0, i) + other + secret.substring(i + 1);
            assertThat(Secret.isWhole(PREFIX, mistyped)).as(mistyped).isFalse();
            assertThat(Secret.isWhole(PREFIX, secret.substring(0, i))).isFalse();
        }
        assertThat(Secret.isWhole(PREFIX, secret + "x")).isFalse();
        assertThat(Secret.isWhole("mst_rec_", secret)).isFalse();
    }
}
