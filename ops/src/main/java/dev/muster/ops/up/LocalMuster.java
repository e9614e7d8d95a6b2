package dev.muster.ops.up;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.muster.coordinator.Coordinator;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.ops.config.CoordinatorSettings;
import dev.muster.ops.config.Values;
import dev.muster.ops.daemon.Parts;
import dev.muster.ops.daemon.Scratch;
import dev.muster.ops.terminal.Complaint;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Database, coordinator and workers of one machine, up and working together. */
public final class LocalMuster {

    private static final Duration WORKER_TIMEOUT = Duration.ofSeconds(90);

    /**
     * What to bring up.
     *
     * @param values of the coordinator
     * @param workers how many
     * @param localRepositories directories that the workers may clone from
     * @param name of the workers; a number is added from the second on
     */
    public record Plan(Values values, int workers, List<Path> localRepositories, String name) {
        public Plan {
            localRepositories = List.copyOf(localRepositories);
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private final DataHome home;
    private final Coordinator coordinator;
    private final URI address;

    private LocalMuster(DataHome home, Coordinator coordinator, URI address) {
        this.home = home;
        this.coordinator = coordinator;
        this.address = address;
    }

    /**
     * Brings everything up; returns when all workers have contact.
     *
     * @param parts closes everything again, also what was started when this fails
     * @param tell gets a line when something happens that a person should know of
     */
    public static LocalMuster start(Plan plan, DataHome home, Parts parts, Consumer<String> tell)
            throws InterruptedException {
        Scratch.use(home.scratch());
        var config = CoordinatorSettings.configOf(plan.values(), database(plan, home, parts));
        var coordinator = parts.own(Coordinator.start(config));
        var muster =
                new LocalMuster(
                        home, coordinator, address(config.api().host(), coordinator.port()));
        muster.startWorkers(plan, parts, tell);
        return muster;
    }

    private static DatabaseConfig database(Plan plan, DataHome home, Parts parts) {
        return CoordinatorSettings.database(plan.values())
                .orElseGet(
                        () -> CoordinatorSettings.sized(home.startDatabase(parts), plan.values()));
    }

    private static URI address(String host, int port) {
        var reachable =
                switch (host) {
                    case "0.0.0.0" -> "127.0.0.1";
                    case "::", "[::]" -> "[::1]";
                    default ->
                            host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
                };
        return URI.create("http://" + reachable + ":" + port);
    }

    private void startWorkers(Plan plan, Parts parts, Consumer<String> tell)
            throws InterruptedException {
        var started = new ArrayList<WorkerProcess>();
        for (var number = 1; number <= plan.workers(); number++) {
            started.add(parts.own(new WorkerProcess(startOf(plan, number), tell)));
        }
        var deadline = System.nanoTime() + WORKER_TIMEOUT.toNanos();
        for (var worker : started) {
            if (!worker.awaitConnected(
                    Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
                throw new Complaint(
                        "a worker had no contact within %d s; what it did is in %s"
                                .formatted(
                                        WORKER_TIMEOUT.toSeconds(), home.path().resolve("logs")));
            }
        }
    }

    private WorkerProcess.Start startOf(Plan plan, int number) {
        var data = home.worker(number);
        var label = number == 1 ? plan.name() : plan.name() + "-" + number;
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--data=" + data,
                                "--server=" + address,
                                "--name=" + label,
                                "--transport=cluster",
                                "--cluster-host=127.0.0.1",
                                "--log-file=" + home.log("worker-" + number)));
        if (!plan.localRepositories().isEmpty()) {
            var all = plan.localRepositories().stream().map(Path::toString).toList();
            arguments.add("--local-repositories=" + String.join(",", all));
        }
        return new WorkerProcess.Start("worker " + number, arguments, () -> tokenFor(data, label));
    }

    /** A worker that was killed while it enrolled has an identity, but no rights yet. */
    private Optional<String> tokenFor(Path data, String label) {
        return isEnrolled(data.resolve("identity.json"))
                ? Optional.empty()
                : Optional.of(coordinator.enrolmentToken(label));
    }

    private static boolean isEnrolled(Path identity) {
        try {
            return Files.exists(identity)
                    && JSON.readTree(identity.toFile()).hasNonNull("recoverySecret");
        } catch (IOException e) {
            return true; // the worker itself says what is wrong with it
        }
    }

    /** Where people and tools reach it. */
    public URI address() {
        return address;
    }

    /** The admin's password, if this start made the account. */
    public Optional<String> firstPassword() {
        return coordinator.firstPassword();
    }
}
