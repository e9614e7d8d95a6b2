package dev.muster.worker;

import dev.muster.worker.agent.AgentSettings;
import dev.muster.worker.shell.ShellSettings;
import dev.muster.worker.tunnel.TunnelSettings;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Everything a worker daemon needs to start.
 *
 * @param server base URL of any coordinator, such as {@code http://127.0.0.1:9000}
 * @param token one-time enrolment token; needed only until the daemon has an identity
 * @param name what people call the machine
 * @param data its own directory, mode 0700: identity, journals, mirrors, workspaces
 * @param slots how many attempts it runs at once, 1 to 1000
 * @param localRepositories directories on this machine that tasks may name as repositories; none
 *     unless listed
 * @param transport its way to the coordinators
 * @param clusterHost the local address its cluster member binds; used in the cluster only
 * @param answerWithin how long a coordinator's answer may take before it is asked again; a question
 *     that waits for work waits up to twice as long for it first
 * @param killGrace how long a process that was asked to end may take before it is killed
 * @param journalLimit how many bytes of log an attempt may hold back from the coordinator before
 *     its terminal is paused
 * @param agents what the operator says of the agents on this machine
 * @param disk how its disk is kept from running full
 * @param runAs user that attempts run as, for a daemon that runs as root; its own if empty
 * @param tunnels what the operator says of tunnels into workspaces
 * @param shells what the operator says of shells that people open there
 */
public record WorkerConfig(
        URI server,
        Optional<String> token,
        String name,
        Path data,
        int slots,
        List<Path> localRepositories,
        Transport transport,
        String clusterHost,
        Duration answerWithin,
        Duration killGrace,
        long journalLimit,
        AgentSettings agents,
        Disk disk,
        Optional<String> runAs,
        TunnelSettings tunnels,
        ShellSettings shells) {

    /** How many attempts a worker runs at once unless told otherwise (seed 004). */
    public static final int DEFAULT_SLOTS = 2;

    /** How long an answer may take unless told otherwise. */
    public static final Duration DEFAULT_ANSWER_WITHIN = Duration.ofSeconds(5);

    /** How long an ending process may take unless told otherwise. */
    public static final Duration DEFAULT_KILL_GRACE = Duration.ofSeconds(10);

    /** 64 MiB. */
    public static final long DEFAULT_JOURNAL_LIMIT = 64L * 1024 * 1024;

    /** Ways to the coordinators. */
    public enum Transport {
        /** One WebSocket, out to {@code server}: for machines that need not be trusted. */
        GATEWAY,
        /** Member of the coordinators' cluster: for machines trusted like a coordinator. */
        CLUSTER
    }

    /**
     * How the disk under {@code data} is kept from running full.
     *
     * @param floor bytes that must be free before another attempt is asked for; 0 for any
     * @param keepCompleted how long the workspace of an attempt that succeeded stays
     * @param keepFailed the same of one that did not
     * @param keepWork how long a workspace stays that holds work which exists nowhere else; no
     *     shorter than either
     * @param budget bytes that the workspaces of ended attempts may take; the oldest go early, but
     *     for those with such work
     */
    public record Disk(
            long floor,
            Duration keepCompleted,
            Duration keepFailed,
            Duration keepWork,
            Optional<Long> budget) {

        /** 512 MiB must be free; workspaces stay for a day, a week, and with work 30 days. */
        public static final Disk DEFAULT =
                new Disk(
                        512L * 1024 * 1024,
                        Duration.ofHours(24),
                        Duration.ofDays(7),
                        Duration.ofDays(30),
                        Optional.empty());

        public Disk {
            if (floor < 0 || budget.orElse(0L) < 0) {
                throw new IllegalArgumentException("disk.floor and disk.budget are 0 or more");
            }
            if (keepWork.compareTo(keepCompleted) < 0 || keepWork.compareTo(keepFailed) < 0) {
                throw new IllegalArgumentException(
                        "disk.keep-work must be at least disk.keep-completed and disk.keep-failed");
            }
        }

        /** The same with another floor. */
        public Disk withFloor(long bytes) {
            return new Disk(bytes, keepCompleted, keepFailed, keepWork, budget);
        }
    }

    public WorkerConfig {
        localRepositories = List.copyOf(localRepositories);
        if (slots < 1 || slots > 1000) {
            throw new IllegalArgumentException("slots are 1 to 1000, was " + slots);
        }
        if (answerWithin.compareTo(Duration.ofMillis(100)) < 0
                || answerWithin.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("answer-within is 100ms to 1m");
        }
        if (journalLimit < 64 * 1024) {
            throw new IllegalArgumentException("journal-limit is at least 64 KiB");
        }
    }

    /** With what is usual for the rest: agents as their makers install them, and no other user. */
    public WorkerConfig(
            URI server,
            Optional<String> token,
            String name,
            Path data,
            int slots,
            List<Path> localRepositories,
            Transport transport,
            String clusterHost,
            Duration killGrace,
            long journalLimit,
            Disk disk) {
        this(
                server,
                token,
                name,
                data,
                slots,
                localRepositories,
                transport,
                clusterHost,
                DEFAULT_ANSWER_WITHIN,
                killGrace,
                journalLimit,
                AgentSettings.NONE,
                disk,
                Optional.empty(),
                TunnelSettings.NONE,
                ShellSettings.DEFAULT);
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "WorkerConfig["
                + name
                + " at "
                + server
                + ", data "
                + data
                + ", slots "
                + slots
                + "]";
    }
}
