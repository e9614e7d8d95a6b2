package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

class SealTest {

    private static final byte[] PLAIN = "a secret".getBytes(UTF_8);

    @TempDir private Path data;
    private MasterKey master;
    private Seal seal;

    @BeforeEach
    void open() {
        master = MasterKey.open(data);
        seal = new Seal(master, "test");
    }

    @Test
    void whatWasClosedOpensForWhoHasTheMasterKey() {
        var closed = seal.close(PLAIN, "field 1");

        assertThat(new Seal(master, "test").open(closed, "field 1")).isEqualTo(PLAIN);
        assertThat(new String(closed, UTF_8)).doesNotContain("secret");
        assertThat(seal.open(seal.close(new byte[0], "x"), "x")).isEmpty();
    }

    @Test
    void nothingIsClosedTheSameTwice() {
        assertThat(seal.close(PLAIN, "field 1")).isNotEqualTo(seal.close(PLAIN, "field 1"));
    }

    @Test
    void itOpensAboutNothingElseAndForNoOtherPurpose() {
        var closed = seal.close(PLAIN, "field 1");

        assertThatThrownBy(() -> seal.open(closed, "field 2"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageNotContaining("a secret");
        assertThatThrownBy(() -> new Seal(master, "other").open(closed, "field 1"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aChangeOfAnyBitShows() {
        var closed = seal.close(PLAIN, "field 1");

        for (int bit = 0; bit < closed.length * 8; bit++) {
            var changed = closed.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> seal.open(changed, "field 1"))
                    .isInstanceOf(IllegalStateException.class);
        }
        for (int length = 0; length < closed.length; length++) {
            var cut = java.util.Arrays.copyOf(closed, length);
            assertThatThrownBy(() -> seal.open(cut, "field 1"))
                    .isInstanceOf(IllegalStateException.class);
        }
    }
}
