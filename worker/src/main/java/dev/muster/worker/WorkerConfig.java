package dev.muster.worker;

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
 * @param killGrace how long a process that was asked to end may take before it is killed
 * @param journalLimit how many bytes of log an attempt may hold back from the coordinator before
 *     its terminal is paused
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
        Duration killGrace,
        long journalLimit) {

    /** How many attempts a worker runs at once unless told otherwise (seed 004). */
    public static final int DEFAULT_SLOTS = 2;

    /** How long an ending process may take unless told otherwise. */
    public static final Duration DEFAULT_KILL_GRACE = Duration.ofSeconds(5);

    /** 64 MiB. */
    public static final long DEFAULT_JOURNAL_LIMIT = 64L * 1024 * 1024;

    /** Ways to the coordinators. */
    public enum Transport {
        /** One WebSocket, out to {@code server}: for machines that need not be trusted. */
        GATEWAY,
        /** Member of the coordinators' cluster: for machines trusted like a coordinator. */
        CLUSTER
    }

    public WorkerConfig {
        localRepositories = List.copyOf(localRepositories);
        if (slots < 1 || slots > 1000) {
            throw new IllegalArgumentException("slots are 1 to 1000, was " + slots);
        }
        if (journalLimit < 64 * 1024) {
            throw new IllegalArgumentException("journal-limit is at least 64 KiB");
        }
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
