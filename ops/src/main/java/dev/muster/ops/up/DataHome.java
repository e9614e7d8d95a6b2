package dev.muster.ops.up;

import dev.muster.coordinator.db.DirectoryLock;
import dev.muster.coordinator.db.EmbeddedPostgres;
import dev.muster.ops.daemon.Parts;
import dev.muster.ops.terminal.Complaint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The directory that holds all state, taken by this process alone.
 *
 * <p>Layout, mode 0700: {@code version} (of the layout), {@code lock}, {@code admin-password},
 * {@code postgres/}, {@code worker-N/}, {@code logs/}, {@code scratch/}, and what the coordinator
 * keeps there itself.
 */
public final class DataHome implements AutoCloseable {

    private static final int VERSION = 1;

    private final Path path;
    private final DirectoryLock lock;

    private DataHome(Path path, DirectoryLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes the directory if need be and takes it.
     *
     * @throws Complaint if another process has it, or a newer Muster wrote it
     */
    public static DataHome take(Path directory) {
        try {
            var ownerOnly = PosixFilePermissions.fromString("rwx------");
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, ownerOnly);
            var lock = DirectoryLock.take(directory);
            try {
                refuseNewer(directory);
                Files.createDirectories(directory.resolve("logs"));
                return new DataHome(directory, lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (DirectoryLock.Held e) {
            throw new Complaint(
                    "the data directory "
                            + e.getMessage()
                            + "; stop that, or choose another with --data",
                    e);
        } catch (IOException e) {
            throw new Complaint(
                    "the data directory "
                            + directory
                            + " cannot be used ("
                            + e
                            + "); choose another with --data",
                    e);
        }
    }

    private static void refuseNewer(Path directory) throws IOException {
        var file = directory.resolve("version");
        if (!Files.exists(file)) {
            Files.writeString(file, VERSION + "\n");
            return;
        }
        var written = Files.readString(file).strip();
        if (!written.matches("\\d{1,9}")) {
            throw new Complaint(
                    file + " holds '" + written + "', which is no version of a data directory");
        }
        if (Integer.parseInt(written) > VERSION) {
            throw new Complaint(
                    "the data directory %s was written by a newer Muster (layout %s, this one knows %d); use that one, or choose another directory with --data"
                            .formatted(directory, written, VERSION));
        }
    }

    public Path path() {
        return path;
    }

    public Path passwordFile() {
        return path.resolve("admin-password");
    }

    /** Starts its own database; {@code parts} closes it, also while it still starts. */
    public EmbeddedPostgres startDatabase(Parts parts) {
        var postgres = parts.own(EmbeddedPostgres.in(path.resolve("postgres")));
        postgres.start();
        return postgres;
    }

    public Path scratch() {
        return path.resolve("scratch");
    }

    Path log(String name) {
        return path.resolve("logs").resolve(name + ".log");
    }

    Path worker(int number) {
        return path.resolve("worker-" + number);
    }

    /** Gives the directory up. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
