package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

final class ErasureTest {

    @TempDir Path directory;

    @Test
    void linksAreDeletedAndWhatTheyPointAtIsSpared() throws IOException {
        var precious = Files.writeString(directory.resolve("precious"), "x");
        var tree = Files.createDirectory(directory.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("file"), precious);
        Files.createSymbolicLink(tree.resolve("up"), directory);
        Files.createSymbolicLink(tree.resolve("nowhere"), Path.of("absent"));

        Erasure.erase(tree);

        assertThat(tree).doesNotExist();
        assertThat(precious).hasContent("x");
    }

    @Test
    void directoriesNobodyMayWriteToAreDeletedToo() throws IOException {
        var inner = Files.createDirectories(directory.resolve("tree/module/inner"));
        Files.createFile(inner.resolve("file"));
        for (var sealed : new Path[] {inner, inner.getParent()}) {
            Files.setPosixFilePermissions(sealed, PosixFilePermissions.fromString("r-xr-xr-x"));
        }

        Erasure.erase(directory.resolve("tree"));

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aTreeDeeperThanFileDescriptorsReachIsDeleted() throws IOException {
        // each piece is moved below the next, since no single path may be this long
        var tree = Files.createDirectory(directory.resolve("tree"));
        for (int i = 0; i < 100; i++) {
            var next = Files.createDirectories(directory.resolve("next" + "/d".repeat(50)));
            Files.move(tree, next.resolve("tree"));
            tree = Files.move(directory.resolve("next"), directory.resolve("tree"));
        }

        Erasure.erase(tree);

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatIsNotThereIsFine() throws IOException {
        Erasure.erase(directory.resolve("absent"));

        assertThat(directory).isEmptyDirectory();
    }
}
