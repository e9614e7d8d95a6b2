package dev.muster.coordinator.db;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The server's files and its one user's password, made when missing.
 *
 * <p>Only for the holder of the directory's lock, and only while no server runs on it. A directory
 * named {@code data} is always whole: it is made under another name and renamed at the end.
 */
final class DataDirectory {

    static final String USER = "muster";
    static final String DATABASE = "muster";

    private static final long TOOL_TIMEOUT_SECONDS = 120;
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path home;
    private final PostgresBinaries binaries;
    private final PostgresIdentity identity;

    private boolean abandoned; // guarded by this
    private @Nullable Process tool; // guarded by this: the program that runs now

    DataDirectory(Path home, PostgresBinaries binaries, PostgresIdentity identity) {
        this.home = home;
        this.binaries = binaries;
        this.identity = identity;
    }

    Path path() {
        return home.resolve("data");
    }

    /** Makes what is missing. */
    void prepare() throws IOException {
        identity.own(home);
        LeftoverPostmaster.end(path());
        if (!Files.isDirectory(path())) {
            create();
        }
        refuseOtherMajor();
        if (!Files.exists(passwordFile())) {
            // Lost, or removed by somebody who wants a new one: being able to do that is proof
            // enough.
            newPassword();
            single(path(), "postgres", "alter role " + USER + " password '" + password() + "'");
        }
    }

    String password() throws IOException {
        return Files.readString(passwordFile()).strip();
    }

    /**
     * Ends what {@link #prepare} is doing, and all it would do from now on; returns when no program
     * of it runs. What is half made is made anew the next time.
     */
    void abandon() {
        Process running;
        synchronized (this) {
            abandoned = true;
            running = tool;
        }
        if (running != null) {
            kill(running);
        }
    }

    /** initdb starts servers of its own, which are listed while it lives. */
    private static void kill(Process root) {
        var tree = root.descendants().toList();
        root.destroyForcibly();
        tree.forEach(ProcessHandle::destroyForcibly);
        root.onExit().join();
        tree.forEach(process -> process.onExit().join());
    }

    private Path passwordFile() {
        return home.resolve("password");
    }

    private void create() throws IOException {
        var fresh = home.resolve("data.new");
        PostgresBinaries.removeTree(fresh);
        newPassword();
        run(
                "",
                List.of(
                        binaries.program("initdb"),
                        "--pgdata=" + fresh,
                        "--username=" + USER,
                        "--auth=scram-sha-256",
                        "--pwfile=" + passwordFile(),
                        "--encoding=UTF8",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--locale=C"));
        single(fresh, "postgres", "create database " + DATABASE);
        Files.move(fresh, path(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void newPassword() throws IOException {
        var random = new byte[32];
        new SecureRandom().nextBytes(random);
        var partial = home.resolve("password.new");
        Files.deleteIfExists(partial);
        Files.createFile(partial, OWNER_ONLY);
        Files.writeString(
                partial, Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n");
        identity.own(partial);
        Files.move(partial, passwordFile(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void refuseOtherMajor() throws IOException {
        var major = Files.readString(path().resolve("PG_VERSION")).strip();
        if (!major.equals(PostgresBinaries.MAJOR)) {
            throw new EmbeddedPostgres.Failure(
                    "the data in %s is of PostgreSQL %s, this Muster ships %s; dump it with the old one and load it here"
                            .formatted(path(), major, PostgresBinaries.MAJOR));
        }
    }

    /** One statement in a server without sessions, sockets or passwords. */
    private void single(Path data, String database, String statement) throws IOException {
        run(
                statement + "\n",
                List.of(
                        binaries.program("postgres"),
                        "--single",
                        "-D",
                        data.toString(),
                        "-c",
                        "exit_on_error=on",
                        "-c",
                        "log_min_error_statement=panic",
                        database));
    }

    private void run(String input, List<String> program) throws IOException {
        var command = new ArrayList<>(identity.prefix());
        command.addAll(identity.guardPrefix());
        command.addAll(program);
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        EmbeddedPostgres.cleanEnvironment(builder);
        var process = started(builder);
        try {
            try (var stdin = process.outputWriter(StandardCharsets.UTF_8)) {
                stdin.write(input);
            }
            try (var output = process.inputReader(StandardCharsets.UTF_8)) {
                var said = output.readAllAsString();
                if (!process.waitFor(TOOL_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        || process.exitValue() != 0) {
                    throw failure(said.strip());
                }
            }
        } catch (IOException e) {
            throw failure(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgres.Failure("interrupted while preparing the database");
        } finally {
            process.destroyForcibly();
            synchronized (this) {
                tool = null;
            }
        }
    }

    private synchronized Process started(ProcessBuilder builder) throws IOException {
        if (abandoned) {
            throw failure("");
        }
        var process = builder.start();
        tool = process;
        return process;
    }

    private synchronized EmbeddedPostgres.Failure failure(String said) {
        return new EmbeddedPostgres.Failure(
                abandoned
                        ? "closed while PostgreSQL was starting"
                        : "preparing the database in " + home + " failed: " + said);
    }
}
