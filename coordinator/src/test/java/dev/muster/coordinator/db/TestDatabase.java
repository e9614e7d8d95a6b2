package dev.muster.coordinator.db;

import dev.muster.coordinator.config.DatabaseConfig;

import org.newsclub.net.unix.AFUNIXSocketFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** One real PostgreSQL for all tests of a JVM, and a database of its own for each who asks. */
public final class TestDatabase {

    private static final int POOL_SIZE = 8;
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static final class Server {
        static final EmbeddedPostgres POSTGRES = start();

        private static EmbeddedPostgres start() {
            try {
                var server = EmbeddedPostgres.start(Files.createTempDirectory("muster-test-"));
                Runtime.getRuntime().addShutdownHook(new Thread(server::close));
                // the machine outlives all of it, so a slow disk need not be waited for
                execute(server.config(), "alter system set fsync = off");
                execute(server.config(), "select pg_reload_conf()");
                makePasswordCheap(server.config());
                return server;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Tests connect often, and what it takes to guess the password is nobody's concern here. */
    private static void makePasswordCheap(DatabaseConfig config) {
        execute(
                config,
                "set scram_iterations = 1; alter role %s password '%s'"
                        .formatted(config.user(), config.password()));
    }

    /** The whole schema, made once: a copy of it is had in less time than it takes to make it. */
    private static final class Template {
        static final DatabaseConfig MIGRATED = migrated();

        private static DatabaseConfig migrated() {
            var config = empty();
            Migrations.apply(config);
            return config;
        }
    }

    private TestDatabase() {}

    /** A new database with nothing in it, in a time zone unlike the JVM's. */
    public static DatabaseConfig empty() {
        return copyOf("template1");
    }

    /** A new database with the whole schema. */
    public static DatabaseConfig fresh() {
        return copyOf(Template.MIGRATED.database());
    }

    private static DatabaseConfig copyOf(String template) {
        var server = Server.POSTGRES.config();
        var name = "test" + DATABASES.incrementAndGet();
        execute(server, "create database " + name + " template " + template);
        execute(server, "alter database " + name + " set timezone to 'Pacific/Chatham'");
        return new DatabaseConfig(
                server.host(),
                server.port(),
                name,
                server.user(),
                server.password(),
                false,
                POOL_SIZE,
                DatabaseConfig.DEFAULT_STATEMENT_TIMEOUT);
    }

    /** Runs statements as the superuser. */
    public static void execute(DatabaseConfig database, String sql) {
        try (var kept = Kept.to(database);
                var statement = kept.connection.createStatement()) {
            statement.execute(sql);
            kept.isGood = true;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** The first column of what a query answers, as text. */
    public static List<String> query(DatabaseConfig database, String sql) {
        var values = new ArrayList<String>();
        try (var kept = Kept.to(database);
                var statement = kept.connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            kept.isGood = true;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
        return values;
    }

    /** A connection that stays open for who asks next, which as a rule is the same test. */
    private static final class Kept implements AutoCloseable {
        private static final AtomicReference<Kept> LAST = new AtomicReference<>();

        private final DatabaseConfig database;
        private final Connection connection;
        private boolean isGood;

        private Kept(DatabaseConfig database, Connection connection) {
            this.database = database;
            this.connection = connection;
        }

        static Kept to(DatabaseConfig database) throws SQLException {
            var last = LAST.getAndSet(null);
            if (last != null && last.database.equals(database) && last.isAlive()) {
                return new Kept(database, last.connection);
            }
            if (last != null) {
                last.connection.close();
            }
            return new Kept(database, connect(database));
        }

        /** And as new. */
        private boolean isAlive() {
            try (var statement = connection.createStatement()) {
                return !statement.execute("discard all");
            } catch (SQLException _) {
                return false;
            }
        }

        @Override
        public void close() throws SQLException {
            var before = isGood ? LAST.getAndSet(this) : this;
            if (before != null) {
                before.connection.close();
            }
        }
    }

    /** A connection of the test's own, as the superuser. */
    public static Connection connect(DatabaseConfig database) throws SQLException {
        var properties = new Properties();
        properties.put("user", database.user());
        properties.put("password", database.password());
        properties.put("socketFactory", AFUNIXSocketFactory.FactoryArg.class.getName());
        properties.put(
                "socketFactoryArg",
                Path.of(database.host(), ".s.PGSQL." + database.port()).toString());
        properties.put("sslmode", "disable");
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost/" + database.database(), properties);
    }
}
