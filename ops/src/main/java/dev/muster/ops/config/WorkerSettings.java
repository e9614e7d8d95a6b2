package dev.muster.ops.config;

import dev.muster.worker.WorkerConfig;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a worker can be told. */
public final class WorkerSettings {

    public static final Setting<URI> SERVER =
            Setting.of(
                    "server",
                    Kind.SERVER,
                    "http://127.0.0.1:9000",
                    "Address of any coordinator, as people use it in their browser.");

    public static final Setting<Optional<String>> TOKEN =
            Setting.secret(
                    "token",
                    Kind.TEXT.orNone(),
                    "One-time enrolment token; needed only at the first start.");

    public static final Setting<Optional<String>> NAME =
            Setting.of(
                    "name",
                    Kind.TEXT.orNone(),
                    "",
                    "What people call this machine; unless given, its host name.");

    public static final Setting<Path> DATA =
            Setting.of(
                    "data",
                    Kind.PATH,
                    "~/.muster/worker",
                    "Its own directory: identity, journals, mirrors, workspaces.");

    public static final Setting<Integer> SLOTS =
            Setting.of(
                    "slots",
                    Kind.count(1, 1000),
                    Integer.toString(WorkerConfig.DEFAULT_SLOTS),
                    "How many tasks it runs at once.");

    public static final Setting<List<Path>> LOCAL_REPOSITORIES =
            Setting.of(
                    "local-repositories",
                    Kind.PATH.list(),
                    "",
                    "Directories on this machine that projects may name as repositories.");

    static final Setting<WorkerConfig.Transport> TRANSPORT =
            Setting.of(
                    "transport",
                    Kind.oneOf("gateway", "cluster")
                            .as(
                                    word ->
                                            WorkerConfig.Transport.valueOf(
                                                    word.toUpperCase(Locale.ROOT))),
                    "gateway",
                    "Its way to the coordinators: gateway, one WebSocket to server; or cluster, as"
                            + " a member, for machines trusted like a coordinator; their enrolment"
                            + " token has to say so.");

    static final Setting<String> CLUSTER_HOST =
            Setting.of(
                    "cluster.host",
                    Kind.HOST,
                    "127.0.0.1",
                    "The local address on which it joins the coordinators' cluster, if"
                            + " transport is cluster.");

    static final Setting<Duration> KILL_GRACE =
            Setting.of(
                    "kill-grace",
                    Kind.DURATION,
                    "5s",
                    "How long a process that was asked to end may take before it is killed.");

    static final Setting<Long> JOURNAL_LIMIT =
            Setting.of(
                    "journal-limit",
                    Kind.SIZE,
                    "64MiB",
                    "Log that a task may hold back from the coordinator before its terminal is"
                            + " paused, at least 64KiB.");

    /** All of them, in the order people read them. */
    public static final List<Setting<?>> ALL =
            List.of(
                    SERVER,
                    TOKEN,
                    NAME,
                    DATA,
                    SLOTS,
                    LOCAL_REPOSITORIES,
                    KILL_GRACE,
                    JOURNAL_LIMIT,
                    TRANSPORT,
                    CLUSTER_HOST,
                    LogSettings.LEVEL,
                    LogSettings.FORMAT,
                    LogSettings.FILE);

    private WorkerSettings() {}

    /**
     * The whole configuration.
     *
     * @param token in place of the setting's, when there is one
     */
    public static WorkerConfig configOf(Values values, Optional<String> token) {
        try {
            return new WorkerConfig(
                    values.get(SERVER),
                    token.or(() -> values.get(TOKEN)),
                    values.get(NAME).orElseGet(WorkerSettings::hostName),
                    values.get(DATA),
                    values.get(SLOTS),
                    values.get(LOCAL_REPOSITORIES),
                    values.get(TRANSPORT),
                    values.get(CLUSTER_HOST),
                    values.get(KILL_GRACE),
                    values.get(JOURNAL_LIMIT));
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(String.valueOf(e.getMessage()), e);
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "worker"; // a machine that does not know its own name still needs one here
        }
    }
}
