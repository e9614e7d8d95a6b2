package dev.muster.ops.config;

import dev.muster.worker.WorkerConfig;
import dev.muster.worker.agent.AgentSettings;
import dev.muster.worker.agent.AgentType;
import dev.muster.worker.shell.ShellSettings;
import dev.muster.worker.tunnel.TunnelSettings;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

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

    static final Setting<Duration> ANSWER_WITHIN =
            Setting.of(
                    "answer-within",
                    Kind.DURATION,
                    "5s",
                    "How long a coordinator's answer may take before it is asked again, 100ms to"
                            + " 1m; longer where the line is slow.");

    static final Setting<Duration> KILL_GRACE =
            Setting.of(
                    "kill-grace",
                    Kind.DURATION,
                    "10s",
                    "How long a process that was asked to end may take before it is killed; less"
                            + " when the machine is about to lose its task and has less time.");

    static final Setting<Long> JOURNAL_LIMIT =
            Setting.of(
                    "journal-limit",
                    Kind.SIZE,
                    "64MiB",
                    "Log that a task may hold back from the coordinator before its terminal is"
                            + " paused, at least 64KiB.");

    static final Setting<Optional<String>> RUN_AS =
            Setting.of(
                    "run-as",
                    Kind.TEXT.orNone(),
                    "",
                    "User that tasks run as, with no more rights than its own, if the worker runs"
                            + " as root; unless given, they run as the worker does.");

    static final Setting<List<String>> AGENT_CLAUDE =
            Setting.of(
                    "agent.claude",
                    Kind.ARGUMENTS,
                    "claude",
                    "The program that drives stages of agent type claude, and arguments for it.");

    static final Setting<List<String>> AGENT_CODEX =
            Setting.of(
                    "agent.codex",
                    Kind.ARGUMENTS,
                    "codex",
                    "The program that drives stages of agent type codex, and arguments for it.");

    static final Setting<List<String>> AGENT_CURSOR =
            Setting.of(
                    "agent.cursor",
                    Kind.ARGUMENTS,
                    "cursor-agent",
                    "The program that drives stages of agent type cursor, and arguments for it.");

    static final Setting<Optional<List<String>>> AGENT_CUSTOM =
            Setting.of(
                    "agent.custom",
                    Kind.ARGUMENTS.orNone(),
                    "",
                    "An agent of your own, which drives stages of agent type custom.");

    static final Setting<AgentType.Delivery> AGENT_CUSTOM_PROMPT =
            Setting.of(
                    "agent.custom-prompt",
                    Kind.oneOf("argument", "paste")
                            .as(word -> AgentType.Delivery.valueOf(word.toUpperCase(Locale.ROOT))),
                    "argument",
                    "How it gets its prompt: as its last argument, or pasted into its terminal.");

    static final Setting<List<AgentType.Completion>> AGENT_CUSTOM_COMPLETION =
            Setting.of(
                    "agent.custom-completion",
                    Kind.oneOf("signal", "marker", "exit")
                            .as(word -> AgentType.Completion.valueOf(word.toUpperCase(Locale.ROOT)))
                            .list(),
                    "signal,exit",
                    "By what it tells that a stage is finished: it runs muster-signal, prints the"
                            + " line that its prompt asks for, or exits.");

    static final Setting<List<String>> TUNNEL_CODE =
            Setting.of(
                    "tunnel.code",
                    Kind.ARGUMENTS,
                    "code tunnel --accept-server-license-terms --name {name}",
                    "The program that makes tunnels of template code, and arguments for it; {path},"
                            + " {task} and {name} stand for the workspace, its task and a name.");

    static final Setting<List<String>> TUNNEL_CURSOR =
            Setting.of(
                    "tunnel.cursor",
                    Kind.ARGUMENTS,
                    "cursor tunnel --accept-server-license-terms --name {name}",
                    "The same of template cursor.");

    static final Setting<Optional<List<String>>> TUNNEL_CUSTOM =
            Setting.of(
                    "tunnel.custom",
                    Kind.ARGUMENTS.orNone(),
                    "",
                    "A program of your own, which makes tunnels of template custom.");

    static final Setting<Pattern> TUNNEL_CUSTOM_CONNECTION =
            Setting.of(
                    "tunnel.custom-connection",
                    Kind.PATTERN,
                    "\\S+://\\S+",
                    "What it prints once one can connect; its first group, or all of it, says"
                            + " how.");

    static final Setting<Optional<List<String>>> SHELL =
            Setting.of(
                    "shell",
                    Kind.ARGUMENTS.orNone(),
                    "",
                    "The program, and arguments for it, that people get who open a shell in a"
                            + " workspace; unless given, the shell that runs stages.");

    static final Setting<Integer> SHELLS_PER_TASK =
            Setting.of(
                    "shells.per-task",
                    Kind.count(0, 100),
                    Integer.toString(ShellSettings.DEFAULT.mostOfTask()),
                    "How many shells people may have open in a task's workspace at once.");

    static final Setting<Integer> SHELLS_PER_MACHINE =
            Setting.of(
                    "shells.per-machine",
                    Kind.count(0, 100),
                    Integer.toString(ShellSettings.DEFAULT.most()),
                    "How many shells of all tasks together; 0 for none.");

    static final Setting<Duration> SHELLS_IDLE =
            Setting.of(
                    "shells.idle",
                    Kind.DURATION,
                    "1h",
                    "After how long without anybody at it and without output a shell ends.");

    static final Setting<Duration> SHELLS_LIFE =
            Setting.of(
                    "shells.life",
                    Kind.DURATION,
                    "12h",
                    "After how long a shell ends in any case, at most 24h.");

    static final Setting<Long> DISK_FLOOR =
            Setting.of(
                    "disk.floor",
                    Kind.SIZE,
                    "512MiB",
                    "How much of the disk under data must be free before another task is asked"
                            + " for.");

    static final Setting<Duration> DISK_KEEP_COMPLETED =
            Setting.of(
                    "disk.keep-completed",
                    Kind.DURATION,
                    "24h",
                    "How long the workspace of a task that completed stays.");

    static final Setting<Duration> DISK_KEEP_FAILED =
            Setting.of(
                    "disk.keep-failed",
                    Kind.DURATION,
                    "168h",
                    "How long the workspace of a task that failed or was cancelled stays.");

    static final Setting<Duration> DISK_KEEP_WORK =
            Setting.of(
                    "disk.keep-work",
                    Kind.DURATION,
                    "720h",
                    "How long a workspace stays that holds files not committed or commits not"
                            + " pushed; no shorter than the two above.");

    static final Setting<Optional<Long>> DISK_BUDGET =
            Setting.of(
                    "disk.budget",
                    Kind.SIZE.orNone(),
                    "",
                    "How much the workspaces of ended tasks may take together; beyond it the oldest"
                            + " go early, but for those with such work. Unless given, no limit.");

    /** All of them, in the order people read them. */
    public static final List<Setting<?>> ALL =
            List.of(
                    SERVER,
                    TOKEN,
                    NAME,
                    DATA,
                    SLOTS,
                    LOCAL_REPOSITORIES,
                    RUN_AS,
                    KILL_GRACE,
                    JOURNAL_LIMIT,
                    SHELL,
                    TRANSPORT,
                    ANSWER_WITHIN,
                    DISK_FLOOR,
                    DISK_KEEP_COMPLETED,
                    DISK_KEEP_FAILED,
                    DISK_KEEP_WORK,
                    DISK_BUDGET,
                    CLUSTER_HOST,
                    AGENT_CLAUDE,
                    AGENT_CODEX,
                    AGENT_CURSOR,
                    AGENT_CUSTOM,
                    AGENT_CUSTOM_PROMPT,
                    AGENT_CUSTOM_COMPLETION,
                    TUNNEL_CODE,
                    TUNNEL_CURSOR,
                    TUNNEL_CUSTOM,
                    TUNNEL_CUSTOM_CONNECTION,
                    SHELLS_PER_TASK,
                    SHELLS_PER_MACHINE,
                    SHELLS_IDLE,
                    SHELLS_LIFE,
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
                    values.get(ANSWER_WITHIN),
                    values.get(KILL_GRACE),
                    values.get(JOURNAL_LIMIT),
                    agents(values),
                    new WorkerConfig.Disk(
                            values.get(DISK_FLOOR),
                            values.get(DISK_KEEP_COMPLETED),
                            values.get(DISK_KEEP_FAILED),
                            values.get(DISK_KEEP_WORK),
                            values.get(DISK_BUDGET)),
                    values.get(RUN_AS),
                    tunnels(values),
                    new ShellSettings(
                            values.get(SHELL),
                            values.get(SHELLS_PER_TASK),
                            values.get(SHELLS_PER_MACHINE),
                            values.get(SHELLS_IDLE),
                            values.get(SHELLS_LIFE)));
        } catch (IllegalArgumentException e) {
            throw new ConfigFault(String.valueOf(e.getMessage()), e);
        }
    }

    private static AgentSettings agents(Values values) {
        return new AgentSettings(
                Map.of(
                        "claude", values.get(AGENT_CLAUDE),
                        "codex", values.get(AGENT_CODEX),
                        "cursor", values.get(AGENT_CURSOR)),
                values.get(AGENT_CUSTOM)
                        .map(
                                command ->
                                        new AgentSettings.Custom(
                                                command,
                                                values.get(AGENT_CUSTOM_PROMPT),
                                                Set.copyOf(values.get(AGENT_CUSTOM_COMPLETION)))));
    }

    private static TunnelSettings tunnels(Values values) {
        return new TunnelSettings(
                Map.of("code", values.get(TUNNEL_CODE), "cursor", values.get(TUNNEL_CURSOR)),
                values.get(TUNNEL_CUSTOM)
                        .map(
                                command ->
                                        new TunnelSettings.Custom(
                                                command, values.get(TUNNEL_CUSTOM_CONNECTION))));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "worker"; // a machine that does not know its own name still needs one here
        }
    }
}
