package dev.muster.coordinator.dispatch.rule;

import dev.muster.protocol.message.Pause;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
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
        return but(other -> other.status = status);
    }

    public Machines because(String why) {
        return but(other -> other.because = why);
    }

    public Machines pausing(Pause pause) {
        return but(other -> other.pause = pause);
    }

    public Machines silent(@Nullable Long millis) {
        return but(other -> other.silence = millis == null ? null : Duration.ofMillis(millis));
    }

    public Machines load(@Nullable Double cpu, @Nullable Double memory) {
        return but(
                other -> {
                    other.cpu = cpu;
                    other.memory = memory;
                });
    }

    public Machines load(double cpu, double memory) {
        return load(Double.valueOf(cpu), Double.valueOf(memory));
    }

    public Machines degraded(String... agentTypes) {
        return but(
                other ->
                        other.degraded =
                                Arrays.stream(agentTypes)
                                        .map(type -> new Degradation(type, null, "binary_missing"))
                                        .toList());
    }

    public Machines agents(String... agentTypes) {
        return new Machines(
                view.asking(Arrays.stream(agentTypes).collect(Collectors.toSet()), view.mirrors()));
    }

    public Machines mirrors(String... fingerprints) {
        return new Machines(view.asking(view.agentTypes(), Set.of(fingerprints)));
    }

    public Machines hardware(int cpus, long memoryBytes) {
        return but(
                other -> {
                    other.cpus = cpus;
                    other.memoryBytes = memoryBytes;
                });
    }

    private Machines but(Consumer<Draft> difference) {
        var other = new Draft(view);
        difference.accept(other);
        return new Machines(other.like(view));
    }

    /** What may differ. */
    private static final class Draft {
        private String status;
        private @Nullable String because;
        private @Nullable Duration silence;
        private @Nullable Double cpu;
        private @Nullable Double memory;
        private @Nullable Pause pause;
        private List<Degradation> degraded;
        private int cpus;
        private long memoryBytes;

        private Draft(MachineView view) {
            status = view.status();
            because = view.because();
            silence = view.silence();
            cpu = view.cpu();
            memory = view.memory();
            pause = view.pause();
            degraded = view.degraded();
            cpus = view.cpus();
            memoryBytes = view.memoryBytes();
        }

        private MachineView like(MachineView view) {
            return new MachineView(
                    view.id(),
                    view.name(),
                    status,
                    because,
                    silence,
                    cpu,
                    memory,
                    pause,
                    view.agentTypes(),
                    degraded,
                    cpus,
                    memoryBytes,
                    view.mirrors());
        }
    }
}
