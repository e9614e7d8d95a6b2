package dev.muster.coordinator.account;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Small files that only their owner may read, and that a crash leaves whole or absent. */
final class SecretFile {

    private SecretFile() {}

    /**
     * Makes {@code file} with mode 0600, on disk when this returns. One that is there already, or
     * that another process makes meanwhile, is left as it is.
     */
    static void createUnlessThere(Path file, byte[] content) throws IOException {
        var directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException("no directory to write " + file + " in");
        }
        var owner = PosixFilePermissions.fromString("rw-------");
        var temporary =
                Files.createTempFile(
                        directory, ".secret-", ".tmp", PosixFilePermissions.asFileAttribute(owner));
        try {
            try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            // A link, where a rename would replace the file of a process that was faster.
            Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException _) {
            // the other one's counts
        } finally {
            Files.deleteIfExists(temporary);
        }
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
