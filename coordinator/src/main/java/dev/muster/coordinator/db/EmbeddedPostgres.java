package dev.muster.coordinator.db;

import dev.muster.coordinator.config.DatabaseConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A real PostgreSQL in a directory of its own, for those who bring none.
 *
 * <p>Data is kept, synced to disk and behind a password; the server listens on a Unix socket only,
 * in a directory nobody else may enter. It ends with this process, however this process ends, and
 * is started again should it end on its own.
 *
 * <p>Layout of the directory, mode 0700: {@code lock}, {@code password}, {@code data/}, {@code
 * run/} (the socket, unless the path is too long for one).
 */
public final class EmbeddedPostgres implements AutoCloseable {

    /** Why there is no server, in a sentence for the person who wanted one. */
    public static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;

        Failure(String message) {
            super(message);
        }

        Failure(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private static final int PORT = 5432; // names the socket file, nothing listens on TCP
    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** Sized for one small machine. Statements stay out of the log: they may hold people's data. */
    private static final Map<String, String> SETTINGS =
            Map.ofEntries(
                    Map.entry("listen_addresses", ""),
                    Map.entry("unix_socket_permissions", "0700"),
                    Map.entry("port", Integer.toString(PORT)),
                    Map.entry("fsync", "on"),
                    Map.entry("full_page_writes", "on"),
                    Map.entry("synchronous_commit", "on"),
                    Map.entry("max_connections", "100"),
                    Map.entry("shared_buffers", "128MB"),
                    Map.entry("huge_pages", "off"),
                    Map.entry("max_wal_size", "1GB"),
                    Map.entry("checkpoint_timeout", "15min"),
                    Map.entry("wal_compression", "on"),
                    Map.entry("autovacuum_naptime", "20s"),
                    Map.entry("jit", "off"),
                    Map.entry("timezone", "UTC"),
                    Map.entry("log_timezone", "UTC"),
                    Map.entry("log_destination", "stderr"),
                    Map.entry("logging_collector", "off"),
                    Map.entry("log_line_prefix", ""),
                    Map.entry("log_checkpoints", "off"),
                    Map.entry("log_error_verbosity", "terse"),
                    Map.entry("log_min_error_statement", "panic"));

    private final Path home;
    private final PostgresBinaries binaries;
    private final PostgresIdentity identity;
    private final DataDirectory files;
    private final DirectoryLock lock;

    private volatile @Nullable SocketDirectory sockets;
    private volatile @Nullable Postmaster postmaster;
    private volatile String password = "";
    private boolean closed; // guarded by this: nothing is launched from then on

    private EmbeddedPostgres(Path home, DirectoryLock lock) throws IOException {
        this.home = home;
        this.lock = lock;
        this.identity = PostgresIdentity.ofThisMachine();
        this.binaries = PostgresBinaries.unpackedIn(cache(home, identity));
        this.files = new DataDirectory(home, binaries, identity);
    }

    /**
     * The server of {@code directory}, not started yet. Whoever may be stopped meanwhile keeps it
     * before starting it: closing ends a start as well.
     *
     * @throws Failure when another process already runs the server there
     */
    public static EmbeddedPostgres in(Path directory) {
        try {
            Files.createDirectories(directory.toAbsolutePath().normalize(), PRIVATE);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            var lock = DirectoryLock.take(directory);
            try {
                return new EmbeddedPostgres(directory.toRealPath(), lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (DirectoryLock.Held e) {
            throw new Failure("the database directory " + e.getMessage(), e);
        } catch (IOException e) {
            throw cannotStart(directory, e);
        }
    }

    /**
     * How to reach the server that another process runs in {@code directory} now; empty if none
     * does.
     *
     * @throws IOException if there is no such directory, or it is somebody else's
     */
    public static Optional<DatabaseConfig> running(Path directory) throws IOException {
        try (var _ = DirectoryLock.take(directory)) {
            return Optional.empty();
        } catch (DirectoryLock.Held _) {
            var password = Files.readString(directory.resolve("password")).strip();
            return Optional.of(
                    config(
                            SocketDirectory.ofServer(directory.resolve("data")).path().toString(),
                            password,
                            DatabaseConfig.DEFAULT_POOL_SIZE,
                            DatabaseConfig.DEFAULT_STATEMENT_TIMEOUT));
        }
    }

    private static DatabaseConfig config(
            String sockets, String password, int poolSize, Duration statementTimeout) {
        return new DatabaseConfig(
                sockets,
                PORT,
                DataDirectory.DATABASE,
                DataDirectory.USER,
                password,
                false,
                poolSize,
                statementTimeout);
    }

    /** The same, started; closed again if it does not. */
    public static EmbeddedPostgres start(Path directory) {
        var postgres = in(directory);
        try {
            postgres.start();
            return postgres;
        } catch (RuntimeException e) {
            postgres.close();
            throw e;
        }
    }

    /**
     * Makes the directory's files on first use and starts the server; returns when it takes
     * connections. With existing data this takes some 50 ms.
     *
     * @throws Failure when it cannot, or is closed meanwhile
     */
    public void start() {
        try {
            files.prepare();
            password = files.password();
            launch().start();
        } catch (IOException e) {
            throw cannotStart(home, e);
        }
    }

    private static Failure cannotStart(Path directory, IOException e) {
        return new Failure("the database in " + directory + " cannot be started: " + e, e);
    }

    /** How to reach it, with the default pool. */
    public DatabaseConfig config() {
        return config(DatabaseConfig.DEFAULT_POOL_SIZE, DatabaseConfig.DEFAULT_STATEMENT_TIMEOUT);
    }

    /** How to reach it, with a pool of one's own size. */
    public DatabaseConfig config(int poolSize, Duration statementTimeout) {
        var directory = sockets;
        if (directory == null) {
            throw new IllegalStateException("not started");
        }
        return config(directory.path().toString(), password, poolSize, statementTimeout);
    }

    /** The server's process id, -1 when there is none. */
    public long pid() {
        var server = postmaster;
        return server == null ? -1 : server.pid();
    }

    /** Ends open sessions, syncs, and returns when the server is gone. May be called twice. */
    @Override
    public void close() {
        files.abandon();
        synchronized (this) {
            closed = true;
        }
        var server = postmaster;
        if (server != null) {
            server.stop();
        }
        try {
            var directory = sockets;
            if (directory != null) {
                directory.close();
            }
            lock.close();
        } catch (IOException e) {
            throw new Failure("the database directory " + home + " was not given up", e);
        }
    }

    private synchronized Postmaster launch() throws IOException {
        if (closed) {
            throw new Failure("closed while PostgreSQL was starting");
        }
        var directory = SocketDirectory.below(home);
        sockets = directory;
        identity.own(directory.path());
        var server = new Postmaster(serverCommand(directory), identity.guarded(), files.path());
        postmaster = server;
        return server;
    }

    private List<String> serverCommand(SocketDirectory directory) {
        // In this order: the kernel forgets the guard when a process changes its user.
        var command = new ArrayList<>(identity.prefix());
        command.addAll(identity.guardPrefix());
        command.addAll(List.of(binaries.program("postgres"), "-D", files.path().toString()));
        command.addAll(List.of("-c", "unix_socket_directories=" + directory.path()));
        SETTINGS.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        return command;
    }

    /** Programs are shared by all data directories of a user. */
    private static Path cache(Path home, PostgresIdentity identity) {
        if (identity.isOtherUser()) {
            return Path.of("/var/cache/muster"); // nobody cannot run what lies in root's home
        }
        var named = System.getenv("XDG_CACHE_HOME");
        var user = Path.of(System.getProperty("user.home"));
        var cache = named == null || named.isBlank() ? user.resolve(".cache") : Path.of(named);
        if (Files.isWritable(Files.isDirectory(cache) ? cache : user)) {
            return cache.resolve("muster");
        }
        return home.resolve("programs"); // a service account may have no home of its own
    }

    /** A stray PGDATA or locale of the user's must not reach the server. */
    static void cleanEnvironment(ProcessBuilder builder) {
        var path = System.getenv("PATH");
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("PATH", path == null ? "/usr/bin:/bin" : path);
    }
}
