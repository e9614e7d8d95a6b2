package dev.muster.worker.identity;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The daemon's own directory, mode 0700, held by one daemon at a time. */
public final class DataDirectory implements AutoCloseable {

    // another after each start of the system, and on a clone of it; only Linux tells it
    private static final Path SYSTEM = Path.of("/proc/sys/kernel/random/boot_id");

    private static final String LOCK = "lock";

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
        var file = path.resolve(LOCK);
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

    /** Names this very directory of the running system: a copy, here or on a clone, is another. */
    String place() throws IOException {
        var file = Files.readAttributes(path.resolve(LOCK), BasicFileAttributes.class).fileKey();
        var system = Files.exists(SYSTEM) ? Files.readString(SYSTEM).strip() : "";
        return system + " " + file;
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
