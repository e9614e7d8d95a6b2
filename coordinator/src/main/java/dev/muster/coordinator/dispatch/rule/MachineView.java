package dev.muster.coordinator.dispatch.rule;

import dev.muster.protocol.message.Pause;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A machine as the rules see it.
 *
 * @param status {@code active}, {@code draining} or {@code decommissioned}
 * @param because why it is that, in a sentence; null if nobody said
 * @param silence since it was last heard of; null if it never was
 * @param cpu share of its processors in use, 0 to 1; null before its first heartbeat
 * @param memory the same of its memory
 * @param pause why it asks for no work; null if it does, or never said
 * @param agentTypes what it can drive
 * @param degraded what of that it is not trusted with now
 * @param cpus processors it has
 * @param memoryBytes memory it has
 * @param mirrors fingerprints of the repositories it holds a copy of
 */
public record MachineView(
        UUID id,
        String name,
        String status,
        @Nullable String because,
        @Nullable Duration silence,
        @Nullable Double cpu,
        @Nullable Double memory,
        @Nullable Pause pause,
        Set<String> agentTypes,
        List<Degradation> degraded,
        int cpus,
        long memoryBytes,
        Set<String> mirrors) {

    public MachineView {
        agentTypes = Set.copyOf(agentTypes);
        degraded = List.copyOf(degraded);
        mirrors = Set.copyOf(mirrors);
    }

    /** The scarcer of processors and memory, as a share in use; 0 while nothing is known. */
    public double load() {
        return Math.max(cpu == null ? 0 : cpu, memory == null ? 0 : memory);
    }

    /** The same machine while it asks for work: it is heard, and says itself what it can do. */
    public MachineView asking(Set<String> offered, Set<String> mirrored) {
        return new MachineView(
                id,
                name,
                status,
                because,
                Duration.ZERO,
                cpu,
                memory,
                null,
                offered,
                degraded,
                cpus,
                memoryBytes,
                mirrored);
    }
}
