package dev.muster.coordinator.db;

import com.sun.security.auth.module.UnixSystem;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where the server's socket lies: a directory that only its owner may enter.
 *
 * <p>A socket's path is limited to about a hundred bytes by the system, so a directory deep in the
 * file system gets its socket in the temporary directory, under a name that stays the same from
 * start to start.
 */
record SocketDirectory(Path path) implements AutoCloseable {

    private static final int LONGEST_DIRECTORY = 80; // 103 on macOS, less the socket's own name
    private static final int SOCKETS_LINE = 5; // of postmaster.pid
    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** An empty directory for the server of {@code home}, which nobody else uses now. */
    static SocketDirectory below(Path home) throws IOException {
        var directory = home.resolve("run");
        if (bytesOf(directory) > LONGEST_DIRECTORY) {
            var name = "muster-" + uid() + "-" + Integer.toHexString(home.toString().hashCode());
            directory = Path.of("/tmp", name);
        }
        try {
            Files.createDirectory(directory, PRIVATE);
        } catch (FileAlreadyExistsException e) {
            if (!isOurs(directory)) {
                directory = Files.createTempDirectory(Path.of("/tmp"), "muster-", PRIVATE);
            }
        }
        var sockets = new SocketDirectory(directory);
        sockets.clear();
        return sockets;
    }

    /** Where the server that runs on {@code data} listens, as it says itself. */
    static SocketDirectory ofServer(Path data) throws IOException {
        var lines = Files.readAllLines(data.resolve("postmaster.pid"));
        if (lines.size() < SOCKETS_LINE) {
            throw new IOException("the server on " + data + " is only starting");
        }
        return new SocketDirectory(Path.of(lines.get(SOCKETS_LINE - 1)));
    }

    /** Anybody may have made that name in a directory open to all, to listen in our place. */
    private static boolean isOurs(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        var owner = (int) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        return owner == uid()
                && Files.getPosixFilePermissions(directory)
                        .equals(PosixFilePermissions.fromString("rwx------"));
    }

    private static long uid() {
        return new UnixSystem().getUid();
    }

    private static int bytesOf(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private void clear() throws IOException {
        try (var left = Files.list(path)) {
            for (var file : left.toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Removes it. */
    @Override
    public void close() throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            clear();
            Files.deleteIfExists(path);
        }
    }
}
