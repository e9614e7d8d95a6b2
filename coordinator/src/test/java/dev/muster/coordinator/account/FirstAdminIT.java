package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.TestDatabase;

import io.vertx.core.Vertx;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

class FirstAdminIT {

    @TempDir private Path data;
    private final Vertx vertx = Vertx.vertx();
    private final Passwords passwords = new Passwords();
    private Database database;

    @BeforeEach
    void open() {
        database = Database.open(vertx, TestDatabase.fresh());
    }

    @AfterEach
    void close() {
        database.close();
        passwords.close();
        vertx.close().await();
    }

    @Test
    void anEmptyDatabaseGetsAnAdminWhosePasswordIsInAFileOnlyItsOwnerReads() throws Exception {
        var password = ensure(data).orElseThrow();
        assertThat(password).hasSizeGreaterThanOrEqualTo(20);
        assertThat(data.resolve("admin-password")).hasContent(password);
        assertThat(Files.getPosixFilePermissions(data.resolve("admin-password")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(passwords.verify(password, storedHash())).isTrue();
    }

    @Test
    void theNextStartMakesNothing() {
        ensure(data);
        assertThat(ensure(data)).isEmpty();
        assertThat(ensure(data.resolve("elsewhere"))).isEmpty();
    }

    @Test
    void whatACrashLeftInTheFileIsUsed() throws Exception {
        Files.writeString(data.resolve("admin-password"), "left by an earlier start\n");
        assertThat(ensure(data)).contains("left by an earlier start");
        assertThat(passwords.verify("left by an earlier start", storedHash())).isTrue();
    }

    @Test
    void ofSeveralThatStartTogetherOneMakesIt() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var made =
                    IntStream.range(0, 6)
                            .mapToObj(
                                    i ->
                                            threads.submit(
                                                    () ->
                                                            ensure(
                                                                    Files.createDirectory(
                                                                            data.resolve(
                                                                                    "c" + i)))))
                            .toList();
            assertThat(made).extracting(Future::get).filteredOn(Optional::isPresent).hasSize(1);
        }
        try (var files = Files.find(data, 2, (path, _) -> path.endsWith("admin-password"))) {
            assertThat(files).hasSize(1);
        }
    }

    private Optional<String> ensure(Path directory) {
        return new FirstAdmin(database, passwords).ensure(directory);
    }

    private Optional<String> storedHash() {
        var rows =
                database.query(
                        "reading a hash",
                        "select password_hash from developer where name = 'admin'");
        return Optional.of(rows.iterator().next().getString(0));
    }
}
