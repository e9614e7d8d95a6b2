package dev.muster.coordinator.db;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to be the only process that uses a directory, held until closed or until the process
 * ends, however it ends.
 *
 * <p>Thread-safe. The file {@code lock} in the directory names the holder's process id; it stays
 * behind and means nothing without the lock on it.
 */
public final class DirectoryLock implements AutoCloseable {

    /** Somebody else has the directory. */
    public static final class Held extends RuntimeException {
        private static final long serialVersionUID = 1;

        Held(Path directory, String holder) {
            super(directory + " is in use by " + holder);
        }
    }

    // The kernel drops a process's locks on a file as soon as the process closes any handle of it,
    // so a second attempt in this JVM must be turned away before it opens one.
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the right, or says who has it.
     *
     * @param existing a directory that exists
     * @throws Held with the process id of the holder when there is one
     */
    public static DirectoryLock take(Path existing) throws IOException {
        var directory = existing.toRealPath();
        if (!HELD_HERE.add(directory)) {
            throw new Held(directory, "this process");
        }
        FileChannel channel = null;
        try {
            var file = directory.resolve("lock");
            channel = open(file);
            if (channel.tryLock() == null) {
                throw new Held(directory, holderIn(file));
            }
            channel.truncate(0);
            channel.write(
                    StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"), 0);
            return new DirectoryLock(directory, channel);
        } catch (IOException | RuntimeException e) {
            HELD_HERE.remove(directory);
            if (channel != null) {
                channel.close();
            }
            throw e;
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static String holderIn(Path file) throws IOException {
        try (var reading = FileChannel.open(file)) {
            var bytes = ByteBuffer.allocate(32);
            reading.read(bytes);
            var pid = StandardCharsets.US_ASCII.decode(bytes.flip()).toString().strip();
            return pid.isEmpty() ? "another process" : "process " + pid;
        }
    }

    /** Gives the directory up. May be called twice. */
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            channel.close();
            HELD_HERE.remove(directory);
        }
    }
}
