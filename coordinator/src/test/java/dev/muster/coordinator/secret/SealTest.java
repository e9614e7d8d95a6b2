package dev.muster.coordinator.secret;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

class SealTest {

    private static final SecretKey KEY = key(1);

    private static SecretKey key(int filler) {
        var bytes = new byte[32];
        Arrays.fill(bytes, (byte) filler);
        return new SecretKeySpec(bytes, "AES");
    }

    @Test
    void whatWasSealedOpensAndShowsNothingOfItselfNorOfEqualOnes() {
        var seen = new HashSet<String>();
        for (int i = 0; i < 100; i++) {
            var sealed = Seal.seal(KEY, "a", "hunter2".getBytes(UTF_8));
            assertThat(Seal.open(KEY, "a", sealed)).hasValue("hunter2".getBytes(UTF_8));
            seen.add(HexFormat.of().formatHex(sealed));
        }
        assertThat(seen).hasSize(100);
    }

    @Test
    void itOpensForNothingElse() {
        var sealed = Seal.seal(KEY, "muster secret 1 A", "hunter2".getBytes(UTF_8));

        assertThat(Seal.open(KEY, "muster secret 2 A", sealed)).isEmpty();
        assertThat(Seal.open(KEY, "muster secret 1 B", sealed)).isEmpty();
        assertThat(Seal.open(key(2), "muster secret 1 A", sealed)).isEmpty();
        assertThat(Seal.open(KEY, "muster secret 1 A", new byte[3])).isEmpty();
        for (int i = 0; i < sealed.length; i++) {
            var changed = sealed.clone();
            changed[i] ^= 1;
            assertThat(Seal.open(KEY, "muster secret 1 A", changed)).isEmpty();
        }
    }

    @Test
    void aTokenGoesToTheHostItWasGivenForAndToNoOther() {
        var kept = new KeptToken("git.example.com:8443", "me", "t0ken").sealed();

        assertThat(KeptToken.of(kept, "https://git.example.com:8443/x.git"))
                .satisfies(
                        token -> {
                            assertThat(token.username()).isEqualTo("me");
                            assertThat(token.token().value()).isEqualTo("t0ken");
                        });
        assertThat(KeptToken.of(kept, "https://git.example.com/x.git")).isNull();
        assertThat(KeptToken.of(kept, "https://git.example.com:8443.evil.org/x.git")).isNull();
        assertThat(KeptToken.of(kept, "ssh://git.example.com:8443/x.git")).isNull();
        assertThat(KeptToken.of(kept, null)).isNull();
    }
}
