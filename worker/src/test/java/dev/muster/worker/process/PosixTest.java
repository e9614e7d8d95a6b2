package dev.muster.worker.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PosixTest {

    @TempDir private Path directory;

    @Test
    void aFileIsReadAsFarAsAskedFor() throws Exception {
        var large = "0123456789".repeat(20_000);
        var file = Files.writeString(directory.resolve("file"), large);

        assertThat(new String(Posix.read(file, 1_000_000), UTF_8)).isEqualTo(large);
        assertThat(new String(Posix.read(file, 150_005), UTF_8))
                .isEqualTo(large.substring(0, 150_005));
        assertThat(Posix.read(file, 0)).isEmpty();
    }

    @Test
    void aPipeThatNobodyWritesToKeepsNobodyWaiting() throws Exception {
        var pipe = directory.resolve("pipe");
        Posix.makeFifo(pipe);

        assertThat(Posix.read(pipe, 100)).isEmpty();
    }

    @Test
    void aLinkAndNothingAreRefused() throws Exception {
        var file = Files.writeString(directory.resolve("file"), "x");
        var link = Files.createSymbolicLink(directory.resolve("link"), file);

        assertThatThrownBy(() -> Posix.read(link, 100)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Posix.read(directory.resolve("none"), 100))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
    }

    /** Names are bytes, and what the JDK's text makes of them depends on the locale. */
    @Test
    void aNameMayBeAnyBytes() throws Exception {
        for (var name : new String[] {"plain", "\\303\\274", "a\\377b%41 c"}) {
            var own = Files.createTempDirectory(directory, "of");
            var made =
                    new ProcessBuilder(
                                    "sh", "-c", "printf x > \"$(printf '%b' \"$1\")\"", "sh", name)
                            .directory(own.toFile())
                            .start();
            assertThat(made.waitFor()).isZero();
            try (var files = Files.list(own)) {
                assertThat(Posix.read(files.findFirst().orElseThrow(), 10)).containsExactly('x');
            }
        }
    }
}
