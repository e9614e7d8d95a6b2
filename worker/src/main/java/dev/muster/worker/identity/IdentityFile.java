package dev.muster.worker.identity;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** {@code identity.json}, mode 0600; replaced as a whole, so a crash leaves the old or the new. */
final class IdentityFile {

    private final Path file;

    IdentityFile(DataDirectory directory) {
        this.file = directory.path().resolve("identity.json");
    }

    Optional<Identity> load() throws IdentityException {
        try {
            return Files.exists(file)
                    ? Optional.of(Wire.decode(Files.readAllBytes(file), Identity.class))
                    : Optional.empty();
        } catch (IOException | WireException e) {
            throw new IdentityException(
                    "The identity in " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Returns when the identity is on disk. */
    void save(Identity identity) throws IdentityException {
        var draft = file.resolveSibling("identity.json.new");
        try {
            Files.deleteIfExists(draft);
            var onlyOwner =
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------"));
            try (var channel = FileChannel.open(draft, Set.of(CREATE_NEW, WRITE), onlyOwner)) {
                var bytes = ByteBuffer.wrap(Wire.encode(identity));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(draft, file, ATOMIC_MOVE);
            // the rename itself lives in the directory
            try (var directory = FileChannel.open(file.getParent(), READ)) {
                directory.force(true);
            }
        } catch (IOException e) {
            throw new IdentityException(
                    "The identity cannot be written to " + file + ": " + e.getMessage() + ".", e);
        }
    }
}
