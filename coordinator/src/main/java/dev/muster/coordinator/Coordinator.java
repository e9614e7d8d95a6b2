package dev.muster.coordinator;

import dev.muster.cluster.Authority;
import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.bus.BusFaults;
import dev.muster.coordinator.cluster.Cluster;
import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Migrations;
import dev.muster.coordinator.http.Metrics;

import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** A running coordinator. Started in order, closed in reverse. */
public final class Coordinator implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Coordinator.class);

    /** A thousand machines beat two hundred times a second, for some milliseconds each. */
    private static final int FOR_HEARTBEATS = 3;

    private static final int EVENT_LOOPS =
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private @Nullable Cluster cluster;
    private @Nullable Rooms rooms;

    private Coordinator() {}

    /**
     * Starts a coordinator; returns when it serves.
     *
     * @throws StartFailure if it cannot; then nothing of it is left running
     */
    public static Coordinator start(CoordinatorConfig config) {
        var coordinator = new Coordinator();
        try {
            coordinator.open(config);
            return coordinator;
        } catch (Exception e) {
            // Vert.x throws checked exceptions undeclared: a taken port among them
            coordinator.close();
            throw new StartFailure(sentence(e, config), e);
        }
    }

    private void open(CoordinatorConfig config) throws IOException {
        makePrivate(config.data());
        var master = MasterKey.open(config.data());
        var former = MasterKey.former(config.data());
        Migrations.apply(config.database());
        var metrics = own(new Metrics());
        // Event loops only move bytes, the work is done on virtual threads: more loops than this
        // share out the same bytes in smaller portions, each at the price of a wake-up. Files of
        // ours come from the class path and are small: none is copied to a temporary directory.
        var options =
                new VertxOptions()
                        .setEventLoopPoolSize(EVENT_LOOPS)
                        .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false));
        var joined =
                own(
                        Cluster.join(
                                config.cluster(),
                                authority(master),
                                metrics.enableIn(options),
                                metrics.factory()));
        cluster = joined;
        BusFaults.arm(joined.vertx());
        var database = own(Database.open(joined.vertx(), config.database()));
        var heartbeats =
                own(Database.open(joined.vertx(), config.database(), "heartbeats", FOR_HEARTBEATS));
        var opened = own(new Rooms(config, joined, database, heartbeats, metrics, master, former));
        rooms = opened;
        opened.start();
        log.info("coordinator started port={} cluster={}", opened.port(), joined.address());
    }

    /** The same for all who share the master key, as they must to be one cluster. */
    static Authority authority(MasterKey master) {
        return new Authority(
                master.deriveBytes("cluster/authority", Authority.SEED), InstantSource.system());
    }

    private <T extends AutoCloseable> T own(T part) {
        parts.push(part);
        return part;
    }

    private static void makePrivate(Path data) throws IOException {
        var ownerOnly = PosixFilePermissions.fromString("rwx------");
        Files.createDirectories(data, PosixFilePermissions.asFileAttribute(ownerOnly));
        Files.setPosixFilePermissions(data, ownerOnly);
    }

    private static String sentence(Exception e, CoordinatorConfig config) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return "A port is taken: one of "
                        + config.api()
                        + ", "
                        + config.management()
                        + ", cluster port "
                        + config.cluster().port()
                        + ". Stop what uses it, or choose another port.";
            }
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Where the API listens. */
    public int port() {
        return running().port();
    }

    /** Where metrics and health are served. */
    public int managementPort() {
        return running().managementPort();
    }

    /** {@code host:port} where other coordinators and cluster workers join. */
    public String clusterAddress() {
        if (cluster == null) {
            throw new IllegalStateException("not started");
        }
        return cluster.address();
    }

    /** The admin's password, if this start made the account. */
    public Optional<String> firstPassword() {
        return running().firstPassword();
    }

    /** A new one-time token for a worker of whoever holds this coordinator. */
    public String enrolmentToken(String label) {
        return running().enrolmentToken(label);
    }

    private Rooms running() {
        if (rooms == null) {
            throw new IllegalStateException("not started");
        }
        return rooms;
    }

    /** Stops everything in order. May be called twice. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            var part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                log.warn("a part did not stop cleanly part={}", part.getClass().getSimpleName(), e);
            }
        }
    }
}
