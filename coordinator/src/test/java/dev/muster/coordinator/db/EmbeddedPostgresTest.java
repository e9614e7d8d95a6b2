package dev.muster.coordinator.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.config.DatabaseConfig;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Against the real server, in a directory that the tests share so that it is made only once. */
final class EmbeddedPostgresTest {

    @TempDir static Path home;

    private static final String LONG_NAME = "a-directory-with-a-long-name".repeat(5);

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (var resource : opened.reversed()) {
            resource.close();
        }
    }

    @Test
    void dataSurvivesARestart() throws Exception {
        try (var first = EmbeddedPostgres.start(home)) {
            run(
                    first.config(),
                    "create table kept (word text)",
                    "insert into kept values ('here')");
        }

        try (var second = EmbeddedPostgres.start(home)) {
            assertThat(ask(second.config(), "select word from kept")).isEqualTo("here");
            run(second.config(), "drop table kept");
        }
    }

    @Test
    void whatIsCommittedIsSynced() throws Exception {
        var postgres = started(home);

        for (var setting : List.of("fsync", "full_page_writes", "synchronous_commit")) {
            assertThat(ask(postgres.config(), "show " + setting)).isEqualTo("on");
        }
    }

    @Test
    void aWrongPasswordIsRefused() {
        var config = started(home).config();
        var wrong =
                new DatabaseConfig(
                        config.host(),
                        config.port(),
                        config.database(),
                        config.user(),
                        "wrong",
                        false,
                        2,
                        config.statementTimeout());

        assertThatThrownBy(() -> ask(wrong, "select 1"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("password authentication failed");
    }

    @Test
    void nothingListensOnTcp() throws Exception {
        var postgres = started(home);

        assertThat(ask(postgres.config(), "show listen_addresses")).isEmpty();
        assertThat(listeningTcpSocketsOf(postgres.pid())).isEmpty();
    }

    @Test
    void nobodyElseCanReadItsFiles() throws Exception {
        var postgres = started(home);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
                .isEqualTo("rwx------");
        assertThat(permissions(home.resolve("password"))).isEqualTo("rw-------");
        assertThat(permissions(Path.of(postgres.config().host()))).isEqualTo("rwx------");
    }

    @Test
    void aSecondStartOfTheSameDirectoryIsRefused() {
        started(home);

        assertThatThrownBy(() -> EmbeddedPostgres.start(home))
                .isInstanceOf(EmbeddedPostgres.Failure.class)
                .hasMessageContaining("is in use by this process");
    }

    @Test
    void anotherProcessIsNamedToTheSecondComer() throws Exception {
        var other = inAnotherJvm();

        assertThatThrownBy(() -> EmbeddedPostgres.start(home))
                .isInstanceOf(EmbeddedPostgres.Failure.class)
                .hasMessageContaining("in use by process " + other.jvm().pid());
    }

    @Test
    void theServerEndsWithAKilledParentAndItsDataIsTakenOver() throws Exception {
        var other = inAnotherJvm();
        var server = ProcessHandle.of(other.server()).orElseThrow();

        other.jvm().destroyForcibly().waitFor();

        var next = started(home);
        assertThat(ask(next.config(), "select 'well'")).isEqualTo("well");
        assertThat(server.onExit().get(10, TimeUnit.SECONDS).isAlive()).isFalse();
    }

    @Test
    void aServerThatEndsUnaskedIsStartedAgain() throws Exception {
        var postgres = started(home);
        var first = ProcessHandle.of(postgres.pid()).orElseThrow();

        first.destroyForcibly();
        first.onExit().get(10, TimeUnit.SECONDS);

        eventually(() -> ask(postgres.config(), "select 'back'").equals("back"));
        assertThat(postgres.pid()).isNotEqualTo(first.pid());
    }

    @Test
    void aRecycledProcessNumberIsNotTakenForAServer(@TempDir Path other) throws Exception {
        try (var postgres = EmbeddedPostgres.start(home)) {
            assertThat(postgres.pid()).isPositive();
        }
        // A process of the same number as the last server's, but not a server.
        Files.writeString(
                home.resolve("data/postmaster.pid"),
                ProcessHandle.current().pid() + "\n" + other + "\n");

        assertThat(ask(started(home).config(), "select 'well'")).isEqualTo("well");
    }

    @Test
    void aLostPasswordIsReplaced() throws Exception {
        EmbeddedPostgres.start(home).close();
        Files.delete(home.resolve("password"));

        assertThat(ask(started(home).config(), "select 'well'")).isEqualTo("well");
    }

    @Test
    void dataOfAnotherMajorVersionIsRefused(@TempDir Path old) throws Exception {
        Files.createDirectory(old.resolve("data"));
        Files.writeString(old.resolve("data/PG_VERSION"), "15\n");

        assertThatThrownBy(() -> EmbeddedPostgres.start(old))
                .isInstanceOf(EmbeddedPostgres.Failure.class)
                .hasMessageContaining("is of PostgreSQL 15");
    }

    @Test
    void aLongPathGetsItsSocketElsewhereAndLeavesNothingThere(@TempDir Path root) throws Exception {
        Path sockets;
        try (var postgres = EmbeddedPostgres.start(root.resolve(LONG_NAME).resolve("has spaces"))) {
            assertThat(ask(postgres.config(), "select 'well'")).isEqualTo("well");
            sockets = Path.of(postgres.config().host());
            assertThat(sockets).isDirectory();
            assertThat(permissions(sockets)).isEqualTo("rwx------");
        }
        assertThat(sockets).doesNotExist();
    }

    @Test
    void closingTwiceIsClosingOnce() {
        var postgres = EmbeddedPostgres.start(home);
        postgres.close();
        postgres.close();

        assertThat(home.resolve("data/postmaster.pid")).doesNotExist();
    }

    @Test
    void closingEndsAFirstStartAndTheNextOneSucceeds(@TempDir Path fresh) throws Exception {
        var postgres = EmbeddedPostgres.in(fresh);
        var starting = CompletableFuture.runAsync(postgres::start, Thread::startVirtualThread);
        while (programsIn(fresh).isEmpty() && !starting.isDone()) {
            Thread.onSpinWait();
        }

        postgres.close();

        assertThat(programsIn(fresh)).isEmpty();
        assertThatThrownBy(starting::join)
                .hasCauseInstanceOf(EmbeddedPostgres.Failure.class)
                .hasMessageContaining("closed while PostgreSQL was starting");
        EmbeddedPostgres.start(fresh).close();
    }

    /** What initdb starts names its directory too, or works in it. */
    private static List<ProcessHandle> programsIn(Path directory) {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .filter(process -> isIn(directory, process.pid()))
                .toList();
    }

    private static boolean isIn(Path directory, long pid) {
        try {
            var arguments = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
            return arguments.contains(directory.toString());
        } catch (IOException e) {
            return false; // gone meanwhile
        }
    }

    // ---- a second process --------------------------------------------------------------------

    /** Starts the server of the directory in its argument, says its process id, and waits. */
    static final class Holder {
        public static void main(String[] args) throws Exception {
            var postgres = EmbeddedPostgres.start(Path.of(args[0]));
            System.out.println("server " + postgres.pid());
            Thread.currentThread().join();
        }
    }

    private record Other(Process jvm, long server) {}

    private Other inAnotherJvm() throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var jvm =
                new ProcessBuilder(
                                java,
                                "-XX:+UseSerialGC",
                                "-Xmx128m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Holder.class.getName(),
                                home.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        opened.add(() -> jvm.destroyForcibly().waitFor());
        var reader = jvm.inputReader(StandardCharsets.UTF_8);
        for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith("server ")) {
                return new Other(jvm, Long.parseLong(line.substring("server ".length())));
            }
        }
        throw new AssertionError("the other JVM started no server");
    }

    // ---- words -------------------------------------------------------------------------------

    private EmbeddedPostgres started(Path directory) {
        var postgres = EmbeddedPostgres.start(directory);
        opened.add(postgres);
        return postgres;
    }

    private static Connection connect(DatabaseConfig config) throws SQLException {
        var socket = config.host() + "/.s.PGSQL." + config.port();
        var properties = new Properties();
        properties.setProperty("user", config.user());
        properties.setProperty("password", config.password());
        properties.setProperty(
                "socketFactory", "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg");
        properties.setProperty("socketFactoryArg", socket);
        properties.setProperty("sslMode", "disable");
        var database = URLEncoder.encode(config.database(), StandardCharsets.UTF_8);
        return DriverManager.getConnection("jdbc:postgresql://localhost/" + database, properties);
    }

    private static void run(DatabaseConfig config, String... statements) throws SQLException {
        try (var connection = connect(config);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String ask(DatabaseConfig config, String sql) throws SQLException {
        try (var connection = connect(config);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private interface Question {
        boolean holds() throws Exception;
    }

    private static void eventually(Question question) throws InterruptedException {
        var deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!holdsNow(question)) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static boolean holdsNow(Question question) {
        try {
            return question.holds();
        } catch (Exception e) {
            return false;
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static List<String> listeningTcpSocketsOf(long pid) throws IOException {
        try (var handles = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            var own = handles.map(EmbeddedPostgresTest::target).toList();
            return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
                    .map(Path::of)
                    .filter(Files::exists)
                    .flatMap(EmbeddedPostgresTest::lines)
                    .map(line -> line.strip().split("\\s+"))
                    .filter(columns -> columns.length > 9 && columns[3].equals("0A"))
                    .map(columns -> "socket:[" + columns[9] + "]")
                    .filter(own::contains)
                    .toList();
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }
}
