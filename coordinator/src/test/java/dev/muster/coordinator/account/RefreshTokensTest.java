package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.UUID;

class RefreshTokensTest {

    @TempDir private Path data;
    @TempDir private Path elsewhere;
    private RefreshTokens tokens;
    private final RefreshTokens.Use use = new RefreshTokens.Use(UUID.randomUUID(), 7);

    @BeforeEach
    void open() {
        tokens = new RefreshTokens(MasterKey.open(data));
    }

    @Test
    void whatWasWrittenIsReadOnEveryCoordinatorThatSharesTheKey() {
        var token = tokens.write(use);
        assertThat(token).startsWith("mst_ref_").hasSize(78);
        assertThat(new RefreshTokens(MasterKey.open(data)).read(token)).contains(use);
    }

    @Test
    void aTokenOfAnotherKeyIsNone() {
        assertThat(new RefreshTokens(MasterKey.open(elsewhere)).read(tokens.write(use))).isEmpty();
    }

    @Test
    void noSingleCharacterCanBeChanged() {
        var token = tokens.write(use);
        // the last one carries bits that nothing uses
        for (var i = 0; i < token.length() - 1; i++) {
            var other = token.charAt(i) == 'A' ? 'B' : 'A';
            var changed = token.substring(0, i) + other + token.substring(i + 1);
            assertThat(tokens.read(changed)).as("at %d", i).isEmpty();
        }
    }

    @Test
    void whatIsNoTokenIsNone() {
        var token = tokens.write(use);
        assertThat(tokens.read("")).isEmpty();
        assertThat(tokens.read("mst_ref_")).isEmpty();
        assertThat(tokens.read(token + "AAAA")).isEmpty();
        assertThat(tokens.read(token.substring(0, 60))).isEmpty();
        assertThat(tokens.read("mst_ref_" + "ü".repeat(70))).isEmpty();
    }
}
