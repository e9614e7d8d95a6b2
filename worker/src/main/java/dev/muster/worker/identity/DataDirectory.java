package dev.muster.worker.identity;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The daemon's own directory, mode 0700, held by one daemon at a time. */
public final class DataDirectory implements AutoCloseable {

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    private DataDirectory(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Makes the directory if need be and takes it for this daemon.
     *
     * @throws IdentityException if another daemon holds it, or it cannot be written
     */
    public static DataDirectory claim(Path path) throws IdentityException {
        try {
            Files.createDirectories(path);
            var claimed = lock(path);
            // not before it is ours: whoever holds it may have opened it to the user of its tasks
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
            return claimed;
        } catch (IOException e) {
            throw new IdentityException(
                    "The data directory " + path + " cannot be used: " + e.getMessage() + ".", e);
        }
    }

    private static DataDirectory lock(Path path) throws IOException, IdentityException {
        // whoever can open it can hold it, and so keep the next daemon from starting
        var own = PosixFilePermissions.fromString("rw-------");
        var file = path.resolve("lock");
        var channel =
                FileChannel.open(
                        file, Set.of(CREATE, WRITE), PosixFilePermissions.asFileAttribute(own));
        Files.setPosixFilePermissions(file, own);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException _) {
            // held by this very process, which is as good as by another
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new IdentityException(
                    "Another worker already runs with the data directory "
                            + path
                            + "; give this one a directory of its own.");
        }
        return new DataDirectory(path, channel, lock);
    }

    public Path path() {
        return path;
    }

    /** Lets another daemon have it. */
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            lock.release();
            channel.close();
        }
    }
}
