package dev.muster.ops.daemon;

import dev.muster.ops.terminal.Complaint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;

/**
 * A directory for what libraries unpack while they run, so that nothing of it stays in {@code /tmp}
 * when a process is killed.
 */
public final class Scratch {

    private Scratch() {}

    /**
     * Empties {@code directory} and points the libraries there.
     *
     * @param directory of this process alone
     */
    public static void use(Path directory) {
        try {
            if (Files.exists(directory)) {
                remove(directory);
            }
            var ownerOnly = PosixFilePermissions.fromString("rwx------");
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(ownerOnly));
        } catch (IOException e) {
            throw new Complaint("the directory " + directory + " cannot be used: " + e, e);
        }
        for (var property :
                new String[] {
                    "pty4j.tmpdir",
                    "jna.tmpdir",
                    "vertx.cacheDirBase",
                    "org.newsclub.net.unix.library.tmpdir"
                }) {
            System.setProperty(property, directory.toString());
        }
    }

    /** Removes {@code root} and everything below it. */
    public static void remove(Path root) throws IOException {
        try (var all = Files.walk(root)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
