package dev.muster.ops.fault;

import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.EmbeddedPostgres;
import dev.muster.protocol.message.LeaseRef;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The database of a site, which its coordinators use and the test looks into. */
final class SiteDatabase implements AutoCloseable {

    /** To look at all there is takes longer than a coordinator may. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String LOG =
            """
            select start, bytes
              from log_chunk
             where task_id = $1 and attempt = 1 and start >= $2
             order by start
             limit 32
            """;

    private static final String OUTPUT =
            """
            select coalesce((select string_agg(bytes, ''::bytea order by start)
                               from log_chunk
                              where task_id = $1 and attempt = 1), '') as log,
                   coalesce((select string_agg(bytes, ''::bytea order by start)
                               from late_log_chunk
                              where task_id = $1 and attempt = 1), '') as late
            """;

    private static final String STORED =
            """
            select coalesce(min(c.start), 0) as start,
                   coalesce(string_agg(c.bytes, ''::bytea order by c.start), '') as bytes
              from attempt a
              join log_chunk c on c.task_id = a.task_id and c.attempt = a.number
             where a.task_id = $1 and a.number = $2 and a.fence = $3 and c.start + length(c.bytes) > $4
            """;

    private final Vertx vertx = Vertx.vertx();
    private final Path home;
    private EmbeddedPostgres postgres;
    private DatabaseConfig address;
    private Database database;

    private SiteDatabase(Path home) {
        this.home = home;
        this.postgres = EmbeddedPostgres.start(home);
        this.address = postgres.config();
        this.database = Database.open(vertx, address);
    }

    /** A new one that runs, in {@code postgres} of that directory. */
    static SiteDatabase below(Path directory) {
        return new SiteDatabase(directory.resolve("postgres"));
    }

    /** Its server, unless the test has started another. */
    EmbeddedPostgres postgres() {
        return postgres;
    }

    void start() {
        postgres = EmbeddedPostgres.start(home);
    }

    /** Ends the server in order. */
    void stop() {
        postgres.close();
    }

    /** Where the server's files are. */
    Path data() {
        return home.resolve("data");
    }

    /** From now on it is the one with its socket there, and the same people in it. */
    void moveTo(Path sockets) {
        database.close();
        address = address(sockets.toString(), address.statementTimeout());
        database = Database.open(vertx, address);
    }

    private DatabaseConfig address(String host, Duration timeout) {
        return new DatabaseConfig(
                host,
                address.port(),
                address.database(),
                address.user(),
                address.password(),
                address.tls(),
                address.poolSize(),
                timeout);
    }

    /** How a coordinator is told of it. */
    String url() {
        return "postgresql://%s:%s@/%s?host=%s"
                .formatted(
                        address.user(),
                        encoded(address.password()),
                        address.database(),
                        encoded(address.host()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** How a standby is told of it. */
    String connection() {
        return "host=%s port=%d user=%s password=%s"
                .formatted(address.host(), address.port(), address.user(), address.password());
    }

    /** A number that a query answers. */
    long number(String sql) {
        return database.query("looking", sql).iterator().next().getLong(0);
    }

    /** Changes what is stored, as somebody with the database's own rights might. */
    void change(String sql) {
        database.query("changing", sql);
    }

    /** All that is stored of the log of a task's first attempt, piece by piece, in order. */
    void log(long task, Consumer<Buffer> reader) {
        var next = 0L;
        while (true) {
            var rows = database.query("reading a log", LOG, Tuple.of(task, next));
            if (rows.size() == 0) {
                return;
            }
            for (var row : rows) {
                var bytes = row.getBuffer("bytes");
                reader.accept(bytes);
                next = row.getLong("start") + bytes.length();
            }
        }
    }

    /** What is stored of what a short attempt printed: its log, and what came late. */
    record Output(Buffer log, Buffer late) {
        byte[] whole() {
            return Buffer.buffer().appendBuffer(log).appendBuffer(late).getBytes();
        }
    }

    /** Of a task's first attempt. */
    Output output(long task) {
        var row = database.query("reading output", OUTPUT, Tuple.of(task)).iterator().next();
        return new Output(row.getBuffer("log"), row.getBuffer("late"));
    }

    /**
     * What is stored of the log of an attempt from an offset on; nothing if a newer grant is of
     * another machine.
     */
    byte[] stored(LeaseRef lease, long from) {
        var arguments = Tuple.of(lease.task(), lease.attempt(), lease.fence(), from);
        var row = database.query("reading a log", STORED, arguments).iterator().next();
        var bytes = row.getBuffer("bytes").getBytes();
        int before = (int) Math.max(0, from - row.getLong("start"));
        return bytes.length == 0 ? bytes : Arrays.copyOfRange(bytes, before, bytes.length);
    }

    /** A transaction that sees the database as it is now, until it is closed. */
    Snapshot pin() throws InterruptedException {
        var begun = new CountDownLatch(1);
        var done = new CountDownLatch(1);
        var holder =
                CompletableFuture.runAsync(
                        () -> pin(begun, done), task -> Thread.ofVirtual().start(task));
        if (!begun.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("there is no snapshot");
        }
        return () -> {
            done.countDown();
            holder.join();
        };
    }

    /** What is there as long as it is open. */
    interface Snapshot extends AutoCloseable {
        @Override
        void close();
    }

    private void pin(CountDownLatch begun, CountDownLatch done) {
        database.inTransaction(
                "pinning",
                transaction -> {
                    for (var sql :
                            List.of(
                                    "set transaction isolation level repeatable read",
                                    "set local idle_in_transaction_session_timeout = 0",
                                    "select id from task limit 1")) {
                        transaction.query("pinning", sql, Tuple.tuple());
                    }
                    begun.countDown();
                    try {
                        return done.await(10, TimeUnit.MINUTES);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException("nobody interrupts it", e);
                    }
                });
    }

    /** What must hold of all that is stored, and does not. */
    List<String> violations() {
        try (var patient = Database.open(vertx, address(address.host(), PATIENCE))) {
            return new Checker(patient).violations();
        }
    }

    @Override
    public void close() {
        database.close();
        vertx.close().await();
        postgres.close();
    }
}
