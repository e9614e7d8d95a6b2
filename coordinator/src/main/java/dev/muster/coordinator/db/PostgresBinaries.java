package dev.muster.coordinator.db;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Locale;

/**
 * The PostgreSQL programs that travel inside a jar, unpacked once per user and version.
 *
 * <p>A directory under its final name is always whole: unpacking happens beside it and ends with a
 * rename, so that neither a crash nor a second process unpacking at the same time can leave half a
 * server behind.
 *
 * @param home the directory that holds {@code bin}, {@code lib} and {@code share}
 */
record PostgresBinaries(Path home) {

    /** The major version; a data directory works with no other. */
    static final String MAJOR = "18";

    private static final String VERSION = "18.6.0";

    /**
     * @param cache where unpacked versions are kept; made when missing
     */
    static PostgresBinaries unpackedIn(Path cache) throws IOException {
        var platform = platform();
        var home = cache.resolve("postgresql-" + VERSION + "-" + platform);
        if (!Files.isExecutable(home.resolve("bin/postgres"))) {
            unpack("/postgres-" + platform + ".txz", home);
        }
        return new PostgresBinaries(home);
    }

    String program(String name) {
        return home.resolve("bin").resolve(name).toString();
    }

    private static String platform() {
        var system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        var processor =
                switch (System.getProperty("os.arch")) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64", "arm64" -> "arm_64";
                    case String other -> other;
                };
        return (system.startsWith("mac") ? "darwin" : system) + "-" + processor;
    }

    private static void unpack(String resource, Path home) throws IOException {
        Files.createDirectories(home.getParent());
        var partial = Files.createTempDirectory(home.getParent(), "unpacking-");
        try (var packed = PostgresBinaries.class.getResourceAsStream(resource)) {
            if (packed == null) {
                throw new EmbeddedPostgres.Failure(
                        "Muster ships no PostgreSQL for this machine ("
                                + resource.substring(1)
                                + "); give it one with --database-url");
            }
            extract(packed, partial);
            removeTree(home);
            moveInto(partial, home);
        } finally {
            removeTree(partial);
        }
    }

    private static void moveInto(Path partial, Path home) throws IOException {
        Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rwxr-xr-x"));
        try {
            Files.move(partial, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Another process was quicker; its copy is as good as ours.
            if (!Files.isExecutable(home.resolve("bin/postgres"))) {
                throw e;
            }
        }
    }

    private static void extract(InputStream packed, Path root) throws IOException {
        try (var tar =
                new TarArchiveInputStream(
                        new XZCompressorInputStream(new BufferedInputStream(packed)))) {
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                extract(tar, entry, root);
            }
        }
    }

    private static void extract(TarArchiveInputStream tar, TarArchiveEntry entry, Path root)
            throws IOException {
        var target = inside(root, root.resolve(entry.getName()));
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
            var to = Path.of(entry.getLinkName());
            inside(root, target.resolveSibling(to));
            Files.createSymbolicLink(target, to);
        } else if (entry.isLink()) {
            Files.createLink(target, inside(root, root.resolve(entry.getLinkName())));
        } else if (entry.isFile()) {
            Files.copy(tar, target);
            var executable = (entry.getMode() & 0100) != 0;
            Files.setPosixFilePermissions(
                    target,
                    PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        } else {
            throw new IOException("unexpected kind of entry in the archive: " + entry.getName());
        }
    }

    private static Path inside(Path root, Path named) throws IOException {
        var target = named.normalize();
        if (!target.startsWith(root)) {
            throw new IOException("the archive names a path outside itself: " + named);
        }
        return target;
    }

    static void removeTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (var all = Files.walk(root)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
