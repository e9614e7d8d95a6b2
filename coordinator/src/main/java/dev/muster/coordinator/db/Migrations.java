package dev.muster.coordinator.db;

import dev.muster.coordinator.config.DatabaseConfig;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.newsclub.net.unix.AFUNIXSocketFactory;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Properties;

/**
 * Brings the schema to this version, once, however many coordinators start together: Flyway holds a
 * PostgreSQL advisory lock meanwhile. A migration and its place in the history are one transaction.
 */
public final class Migrations {

    private static final Logger log = LoggerFactory.getLogger(Migrations.class);

    private Migrations() {}

    /**
     * Applies what is missing.
     *
     * @throws SchemaFailure if the database is of a newer version, was changed by hand, or cannot
     *     be reached
     */
    public static void apply(DatabaseConfig config) {
        try {
            var flyway = flyway(config);
            refuseNewer(flyway);
            var result = flyway.migrate();
            if (result.migrationsExecuted > 0) {
                log.info(
                        "schema migrated count={} version={}",
                        result.migrationsExecuted,
                        result.targetSchemaVersion);
            }
        } catch (FlywayException e) {
            throw new SchemaFailure(
                    "The database at "
                            + config
                            + " could not be brought to this version's schema: "
                            + reason(e),
                    e);
        }
    }

    /**
     * Held for a transaction, as is the default, Flyway's lock needs a connection of its own, and
     * the history is written there: who dies between the two commits leaves a migration that is
     * done and not noted, and fails ever after. Held for the session, one connection does it all.
     */
    private static Flyway flyway(DatabaseConfig config) {
        var configuration =
                Flyway.configure()
                        .dataSource(dataSource(config))
                        .locations("classpath:db/migration")
                        .validateOnMigrate(true)
                        .ignoreMigrationPatterns(new String[0])
                        .connectRetries(5);
        configuration
                .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                .setTransactionalLock(false);
        return configuration.load();
    }

    /** What the database itself says, in a line: Flyway tells of the script in many. */
    private static String reason(Throwable failure) {
        var cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("unknown");
    }

    private static void refuseNewer(Flyway flyway) {
        var known = newestKnown(flyway.info().all());
        var current = flyway.info().current();
        if (current != null
                && current.getVersion() != null
                && current.getVersion().isNewerThan(known)) {
            throw new SchemaFailure(
                    "The database was written by a newer Muster (schema version "
                            + current.getVersion()
                            + ", this one knows up to "
                            + known
                            + "). Start that version, or restore a backup from before the"
                            + " upgrade.");
        }
    }

    private static MigrationVersion newestKnown(MigrationInfo[] migrations) {
        var newest = MigrationVersion.EMPTY;
        for (var migration : migrations) {
            if (migration.getState().isResolved() && migration.getVersion().isNewerThan(newest)) {
                newest = migration.getVersion();
            }
        }
        return newest;
    }

    private static PGSimpleDataSource dataSource(DatabaseConfig config) {
        var properties = new Properties();
        if (config.isUnixSocket()) {
            PGProperty.SOCKET_FACTORY.set(
                    properties, AFUNIXSocketFactory.FactoryArg.class.getName());
            PGProperty.SOCKET_FACTORY_ARG.set(
                    properties, config.host() + "/.s.PGSQL." + config.port());
        }
        PGProperty.SSL_MODE.set(properties, config.tls() ? "verify-full" : "disable");
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {config.isUnixSocket() ? "localhost" : config.host()});
        source.setPortNumbers(new int[] {config.port()});
        source.setDatabaseName(config.database());
        source.setUser(config.user());
        source.setPassword(config.password());
        properties.forEach((name, value) -> setProperty(source, name.toString(), value.toString()));
        return source;
    }

    private static void setProperty(PGSimpleDataSource source, String name, String value) {
        try {
            source.setProperty(name, value);
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException("the driver knows no property " + name, e);
        }
    }
}
