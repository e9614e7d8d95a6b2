package dev.muster.ops.config;

import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.DispatchConfig;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.config.WebConfig;
import dev.muster.coordinator.db.EmbeddedPostgres;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a coordinator can be told. */
public final class CoordinatorSettings {

    public static final Setting<Path> DATA =
            Setting.of(
                    "data",
                    Kind.PATH,
                    "~/.muster",
                    "Its own directory: keys, the first password and, unless there is a"
                            + " database.url, the database.");

    public static final Setting<String> HOST =
            Setting.of(
                    "host",
                    Kind.HOST,
                    "127.0.0.1",
                    "Address that people, tools and workers reach it on; 0.0.0.0 for all.");

    public static final Setting<Integer> PORT =
            Setting.of("port", Kind.PORT, "9000", "Port of that address; 0 takes any free one.");

    public static final Setting<Boolean> ALLOW_PLAIN_HTTP =
            Setting.of(
                    "allow-plain-http",
                    Kind.YES_OR_NO,
                    "false",
                    "Serve an address that other machines reach, without TLS. Only where a proxy"
                            + " in front of it or the network itself encrypts.");

    static final Setting<List<String>> ORIGINS =
            Setting.of(
                    "origins",
                    Kind.TEXT.list(),
                    "",
                    "Pages that may open terminals besides its own address, such as"
                            + " https://muster.example.com where a proxy is in front of it.");

    static final Setting<Optional<URI>> ADVERTISE_URL =
            Setting.of(
                    "advertise-url",
                    Kind.SERVER.orNone(),
                    "",
                    "Where workers reach this very coordinator, if not at its own address; each of"
                            + " several behind one name has one of its own.");

    public static final Setting<String> MANAGEMENT_HOST =
            Setting.of(
                    "management.host",
                    Kind.HOST,
                    "127.0.0.1",
                    "Address of metrics and health, which ask for no password.");

    public static final Setting<Integer> MANAGEMENT_PORT =
            Setting.of(
                    "management.port",
                    Kind.PORT,
                    "9001",
                    "Port of metrics and health; 0 takes any free one.");

    public static final Setting<Optional<DatabaseUrl>> DATABASE_URL =
            Setting.secret(
                    "database.url",
                    DatabaseUrl.KIND.orNone(),
                    "PostgreSQL 15 or newer to keep everything in. Unless given, Muster runs one of"
                            + " its own in the data directory.");

    static final Setting<Integer> DATABASE_POOL_SIZE =
            Setting.of(
                    "database.pool-size",
                    Kind.count(2, 200),
                    Integer.toString(DatabaseConfig.DEFAULT_POOL_SIZE),
                    "Connections to the database; three more are for heartbeats alone.");

    static final Setting<Duration> DATABASE_STATEMENT_TIMEOUT =
            Setting.of(
                    "database.statement-timeout",
                    Kind.DURATION,
                    "5s",
                    "Longest a statement may run in the database, 100ms to 60s.");

    public static final Setting<String> CLUSTER_HOST =
            Setting.of(
                    "cluster.host",
                    Kind.HOST,
                    "127.0.0.1",
                    "The one local address on which it meets other coordinators and cluster"
                            + " workers; never 0.0.0.0.");

    public static final Setting<Integer> CLUSTER_PORT =
            Setting.of(
                    "cluster.port",
                    Kind.PORT,
                    "5701",
                    "Port of that address; 0 takes any free one.");

    static final Setting<List<String>> CLUSTER_MEMBERS =
            Setting.of(
                    "cluster.members",
                    Kind.HOST_PORT.list(),
                    "",
                    "Other coordinators to join; none for the first or only one. They all share a"
                            + " copy of one master.key and one database.");

    static final Setting<Duration> LEASE_START_DEADLINE =
            Setting.of(
                    "lease.start-deadline",
                    Kind.DURATION,
                    "30s",
                    "How long a granted task may stay unmentioned by its machine before another"
                            + " gets it; at least three heartbeats.");

    static final Setting<Duration> LEASE_HEARTBEAT =
            Setting.of(
                    "lease.heartbeat",
                    Kind.DURATION,
                    "5s",
                    "How often a machine reports, 50ms to 1m.");

    static final Setting<Duration> LEASE_GRACE =
            Setting.of(
                    "lease.grace",
                    Kind.DURATION,
                    "10m",
                    "How long a silent machine keeps its tasks; at least lease.start-deadline.");

    static final Setting<Duration> PRESENCE_UNREACHABLE_AFTER =
            Setting.of(
                    "presence.unreachable-after",
                    Kind.DURATION,
                    "15s",
                    "Silence after which a machine is shown as unreachable; at least two"
                            + " heartbeats.");

    static final Setting<Duration> PRESENCE_OFFLINE_AFTER =
            Setting.of(
                    "presence.offline-after",
                    Kind.DURATION,
                    "45s",
                    "Silence after which a machine is offline and its running tasks wait for it,"
                            + " at most 24h.");

    static final Setting<Integer> PRESENCE_DISK_THRESHOLD =
            Setting.of(
                    "presence.disk-threshold",
                    Kind.count(1, 100),
                    "90",
                    "Percent of the disk under its workspaces in use above which a machine is"
                            + " drained, until a person undrains it; 100 for never.");

    public static final Setting<Integer> DISPATCH_LOAD_THRESHOLD =
            Setting.of(
                    "dispatch.load-threshold",
                    Kind.count(1, 100),
                    "85",
                    "Percent of a machine's processors or memory in use from which it is given"
                            + " nothing more; 100 for never.");

    static final Setting<Duration> DISPATCH_AGEING =
            Setting.of(
                    "dispatch.ageing",
                    Kind.DURATION,
                    "1m",
                    "In which a waiting task rises by one point of priority, 1s to 168h.");

    static final Setting<Integer> REQUESTS_PER_SECOND =
            Setting.of(
                    "requests.per-second",
                    Kind.count(0, 1_000_000),
                    "200",
                    "How many requests a second one person, or one address of which nobody is"
                        + " known, may send for long; 0 for any number. Workers are not counted.");

    static final Setting<Integer> REQUESTS_BURST =
            Setting.of(
                    "requests.burst",
                    Kind.count(0, 1_000_000),
                    "2000",
                    "How many of them at once after a pause; at least requests.per-second.");

    static final Setting<Integer> FAILURES_PER_SECOND =
            Setting.of(
                    "terminals.failures-per-second",
                    Kind.count(0, 1_000_000),
                    "3",
                    "How often a second opening a terminal may fail for long, from one address; 0"
                        + " for any number. Behind a proxy, which is one address, that is of all.");

    static final Setting<Integer> FAILURES_BURST =
            Setting.of(
                    "terminals.failures-burst",
                    Kind.count(0, 1_000_000),
                    "10",
                    "How often at once after a pause; at least terminals.failures-per-second.");

    /** All of them, in the order people read them. */
    public static final List<Setting<?>> ALL =
            List.of(
                    DATA,
                    HOST,
                    PORT,
                    ALLOW_PLAIN_HTTP,
                    ORIGINS,
                    ADVERTISE_URL,
                    MANAGEMENT_HOST,
                    MANAGEMENT_PORT,
                    DATABASE_URL,
                    DATABASE_POOL_SIZE,
                    DATABASE_STATEMENT_TIMEOUT,
                    CLUSTER_HOST,
                    CLUSTER_PORT,
                    CLUSTER_MEMBERS,
                    LEASE_START_DEADLINE,
                    LEASE_HEARTBEAT,
                    LEASE_GRACE,
                    PRESENCE_UNREACHABLE_AFTER,
                    PRESENCE_OFFLINE_AFTER,
                    PRESENCE_DISK_THRESHOLD,
                    DISPATCH_LOAD_THRESHOLD,
                    DISPATCH_AGEING,
                    REQUESTS_PER_SECOND,
                    REQUESTS_BURST,
                    FAILURES_PER_SECOND,
                    FAILURES_BURST,
                    LogSettings.LEVEL,
                    LogSettings.FORMAT,
                    LogSettings.FILE);

    private CoordinatorSettings() {}

    /** Refuses what no single setting shows; to be asked before anything is started. */
    public static void check(Values values) {
        configOf(
                values,
                new DatabaseConfig("/", 5432, "x", "x", "x", false, 2, Duration.ofSeconds(5)));
        if (!values.get(ALLOW_PLAIN_HTTP) && isOpenToOthers(values)) {
            throw new ConfigFault(
                    List.of(
                            "host: %s is reachable from other machines, and passwords would travel unencrypted; keep it at 127.0.0.1 behind a proxy that speaks TLS, or add %s=true"
                                    .formatted(values.get(HOST), ALLOW_PLAIN_HTTP.flag())));
        }
    }

    /** Whether other machines reach the API. */
    public static boolean isOpenToOthers(Values values) {
        return !Loopback.isLoopback(values.get(HOST));
    }

    /** The database to use in place of one of our own. */
    public static Optional<DatabaseConfig> database(Values values) {
        var poolSize = values.get(DATABASE_POOL_SIZE);
        var timeout = values.get(DATABASE_STATEMENT_TIMEOUT);
        return values.get(DATABASE_URL).map(url -> url.with(poolSize, timeout));
    }

    /** A database of our own, as the settings want it used. */
    public static DatabaseConfig sized(EmbeddedPostgres postgres, Values values) {
        return postgres.config(
                values.get(DATABASE_POOL_SIZE), values.get(DATABASE_STATEMENT_TIMEOUT));
    }

    /** The whole configuration, once there is a database. */
    public static CoordinatorConfig configOf(Values values, DatabaseConfig database) {
        try {
            return new CoordinatorConfig(
                    values.get(DATA),
                    new Listen(values.get(HOST), values.get(PORT)),
                    new Listen(values.get(MANAGEMENT_HOST), values.get(MANAGEMENT_PORT)),
                    database,
                    new ClusterConfig(
                            values.get(CLUSTER_HOST),
                            values.get(CLUSTER_PORT),
                            values.get(CLUSTER_MEMBERS)),
                    new LeaseConfig(
                            values.get(LEASE_START_DEADLINE),
                            values.get(LEASE_HEARTBEAT),
                            values.get(LEASE_GRACE)),
                    new PresenceConfig(
                            values.get(PRESENCE_UNREACHABLE_AFTER),
                            values.get(PRESENCE_OFFLINE_AFTER),
                            values.get(PRESENCE_DISK_THRESHOLD) / 100.0),
                    new DispatchConfig(
                            values.get(DISPATCH_LOAD_THRESHOLD) / 100.0,
                            values.get(DISPATCH_AGEING),
                            DispatchConfig.DEFAULT.inspectEvery()),
                    new RequestLimit(values.get(REQUESTS_PER_SECOND), values.get(REQUESTS_BURST)),
                    new RequestLimit(values.get(FAILURES_PER_SECOND), values.get(FAILURES_BURST)),
                    new WebConfig(values.get(ORIGINS), values.get(ADVERTISE_URL)));
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(String.valueOf(e.getMessage()), e);
        }
    }
}
