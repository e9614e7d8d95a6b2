package dev.muster.coordinator.audit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;

class HeadsTest {

    private static final Instant AT = Instant.parse("2026-01-01T09:00:00Z");

    @TempDir Path data;

    private static Head head(int seq) {
        return new Head(seq, "%064x".formatted(seq));
    }

    @Test
    void whatIsWrittenIsReadAndIsForItsOwnerOnly() throws Exception {
        var heads = new Heads(data);
        assertThat(heads.exist()).isFalse();

        heads.append(head(1), AT);
        heads.append(head(5), AT);

        assertThat(heads.read().heads()).containsExactly(head(1), head(5));
        assertThat(heads.read().unreadable()).isZero();
        assertThat(Files.getPosixFilePermissions(heads.file()))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void aLineThatACrashCutShortSpoilsNoOther() throws Exception {
        var heads = new Heads(data);
        heads.append(head(1), AT);
        Files.writeString(
                heads.file(), Files.readString(heads.file()) + "2026-01-01T09:00:00Z 2 0000");

        heads.append(head(3), AT);

        assertThat(heads.read().heads()).containsExactly(head(1), head(3));
        assertThat(heads.read().unreadable()).isEqualTo(1);
    }

    @Test
    void itStaysSmallAndKeepsTheNewest() throws Exception {
        var heads = new Heads(data, 2000);

        for (int i = 1; i <= 500; i++) {
            heads.append(head(i), AT);
        }

        assertThat(Files.size(heads.file())).isLessThan(2200);
        assertThat(heads.read().heads()).hasSizeGreaterThan(5).endsWith(head(499), head(500));
        assertThat(Files.getPosixFilePermissions(heads.file()))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
}
