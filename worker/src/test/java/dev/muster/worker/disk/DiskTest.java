package dev.muster.worker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

final class DiskTest {

    @TempDir private Path directory;

    @Test
    void aDiskHasRoomDownToItsFloor() {
        assertThat(new Disk(directory, 0).hasRoom()).isTrue();
        assertThat(new Disk(directory, 1).hasRoom()).isTrue();
        assertThat(new Disk(directory, Long.MAX_VALUE).hasRoom()).isFalse();
    }

    @Test
    void theShareInUseIsNeitherNothingNorAll() {
        assertThat(new Disk(directory, 0).look()).isBetween(0.0001, 0.9999);
    }

    @Test
    void aDiskThatIsGoneIsNotTakenForAFullOne() {
        var gone = new Disk(directory.resolve("gone"), Long.MAX_VALUE);

        assertThat(gone.look()).isZero();
        assertThat(gone.hasRoom()).isTrue();
    }

    @Test
    void aFullDiskIsKnownByWhatTheSystemSaysHoweverDeep() {
        var full = new FileSystemException("a", null, "No space left on device");

        assertThat(Disk.isFull(full)).isTrue();
        assertThat(Disk.isFull(new IllegalStateException("no", new IOException(full)))).isTrue();
        assertThat(Disk.isFull(new IOException("fatal: write error: Disk quota exceeded")))
                .isTrue();
        assertThat(Disk.isFull(new IOException())).isFalse();
    }
}
