package dev.muster.coordinator.dispatch.rule;

import dev.muster.protocol.message.Pause;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** A healthy machine named {@code m}, and others that differ from it in what a test says. */
public record Machines(MachineView view) {

    public static Machines machine() {
        return new Machines(
                new MachineView(
                        UUID.randomUUID(),
                        "m",
                        "active",
                        null,
                        Duration.ZERO,
                        0.0,
                        0.0,
                        null,
                        Set.of("shell"),
                        List.of(),
                        4,
                        1024,
                        Set.of()));
    }

    public Machines status(String status) {
        return with(status, view.silence(), view.cpu(), view.memory(), view.degraded());
    }

    public Machines because(String why) {
        return new Machines(
                new MachineView(
                        view.id(),
                        view.name(),
                        view.status(),
                        why,
                        view.silence(),
                        view.cpu(),
                        view.memory(),
                        view.pause(),
                        view.agentTypes(),
                        view.degraded(),
                        view.cpus(),
                        view.memoryBytes(),
                        view.mirrors()));
    }

    public Machines pausing(Pause pause) {
        return new Machines(
                new MachineView(
                        view.id(),
                        view.name(),
                        view.status(),
                        view.because(),
                        view.silence(),
                        view.cpu(),
                        view.memory(),
                        pause,
                        view.agentTypes(),
                        view.degraded(),
                        view.cpus(),
                        view.memoryBytes(),
                        view.mirrors()));
    }

    public Machines silent(@Nullable Long millis) {
        var silence = millis == null ? null : Duration.ofMillis(millis);
        return with(view.status(), silence, view.cpu(), view.memory(), view.degraded());
    }

    public Machines load(@Nullable Double cpu, @Nullable Double memory) {
        return with(view.status(), view.silence(), cpu, memory, view.degraded());
    }

    public Machines load(double cpu, double memory) {
        return load(Double.valueOf(cpu), Double.valueOf(memory));
    }

    public Machines degraded(String... agentTypes) {
        var degraded =
                Arrays.stream(agentTypes)
                        .map(type -> new Degradation(type, null, "binary_missing"))
                        .toList();
        return with(view.status(), view.silence(), view.cpu(), view.memory(), degraded);
    }

    public Machines agents(String... agentTypes) {
        return new Machines(
                view.asking(Arrays.stream(agentTypes).collect(Collectors.toSet()), view.mirrors()));
    }

    public Machines mirrors(String... fingerprints) {
        return new Machines(view.asking(view.agentTypes(), Set.of(fingerprints)));
    }

    public Machines hardware(int cpus, long memoryBytes) {
        return new Machines(
                new MachineView(
                        view.id(),
                        view.name(),
                        view.status(),
                        view.because(),
                        view.silence(),
                        view.cpu(),
                        view.memory(),
                        view.pause(),
                        view.agentTypes(),
                        view.degraded(),
                        cpus,
                        memoryBytes,
                        view.mirrors()));
    }

    private Machines with(
            String status,
            @Nullable Duration silence,
            @Nullable Double cpu,
            @Nullable Double memory,
            List<Degradation> degraded) {
        return new Machines(
                new MachineView(
                        view.id(),
                        view.name(),
                        status,
                        view.because(),
                        silence,
                        cpu,
                        memory,
                        view.pause(),
                        view.agentTypes(),
                        degraded,
                        view.cpus(),
                        view.memoryBytes(),
                        view.mirrors()));
    }
}
