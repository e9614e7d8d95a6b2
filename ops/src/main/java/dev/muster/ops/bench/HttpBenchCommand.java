package dev.muster.ops.bench;

import org.HdrHistogram.Histogram;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Prints what the HTTP API costs, beside a bare server. */
@Command(
        name = "http",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures answers per second and p99 of GET /api/web/tasks/1 and of GET /api/health,"
                    + " beside a bare",
            "Vert.x server that asks the database the same and one that answers a constant; both"
                    + " servers and the",
            "client share this process, so only the ratios mean something. Takes about a minute."
        },
        footer = {"", "Examples:", "  ops/bench http --connections 32 --rounds 9"})
public final class HttpBenchCommand implements Callable<Integer> {

    private static final double MICROS = 1e3;
    private static final Duration WARM_UP = Duration.ofSeconds(3);

    @Option(
            names = "--connections",
            defaultValue = "16",
            description = "Connections that ask, one request at a time each.")
    private int connections;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "Rounds of 2 s for each, one after the other.")
    private int rounds;

    private record Measured(String name, double perSecond, double p99) {
        static Measured of(HttpLoad.Target target, Histogram latencies, Duration length) {
            return new Measured(
                    target.name(),
                    latencies.getTotalCount() * 1e9 / length.toNanos(),
                    latencies.getValueAtPercentile(99) / MICROS);
        }
    }

    @Override
    public Integer call() throws IOException {
        var directory = Files.createTempDirectory("muster-bench-");
        try (var rig = Rig.start(directory, 1);
                var floor = new HttpFloor(rig.database())) {
            rig.project("plain", "true", Optional.empty());
            if (rig.task("plain") != 1) {
                throw new IllegalStateException("the first task is not task 1");
            }
            var measured =
                    measure(
                            List.of(
                                    new HttpLoad.Target("bare health", floor.port(), "/health", ""),
                                    new HttpLoad.Target(
                                            "API, /api/health", rig.port(), "/api/health", ""),
                                    new HttpLoad.Target(
                                            "bare, same SQL", floor.port(), "/task", ""),
                                    new HttpLoad.Target(
                                            "API, a task",
                                            rig.port(),
                                            "/api/web/tasks/1",
                                            rig.authorization())));
            beside(measured.get(1), measured.get(0));
            beside(measured.get(3), measured.get(2));
        } finally {
            BenchCommand.delete(directory);
        }
        return 0;
    }

    /** In turns, so that what else this machine does meets all alike. */
    private List<Measured> measure(List<HttpLoad.Target> targets) {
        var loads = targets.stream().map(target -> new HttpLoad(target, connections)).toList();
        try {
            loads.forEach(load -> load.run(WARM_UP));
            var length = Duration.ofSeconds(2);
            var latencies = targets.stream().map(_ -> new Histogram(3)).toList();
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < loads.size(); i++) {
                    latencies.get(i).add(loads.get(i).run(length));
                }
            }
            var measured = new ArrayList<Measured>();
            for (int i = 0; i < loads.size(); i++) {
                var all = length.multipliedBy(rounds);
                measured.add(Measured.of(targets.get(i), latencies.get(i), all));
            }
            return measured;
        } finally {
            loads.forEach(HttpLoad::close);
        }
    }

    private static void beside(Measured ours, Measured floor) {
        System.out.printf(
                Locale.ROOT,
                "%-18s %,9.0f /s   p99 %,7.0f µs%n%-18s %,9.0f /s   p99 %,7.0f µs   %.2f of the"
                        + " rate, %.1f times the p99%n",
                floor.name(),
                floor.perSecond(),
                floor.p99(),
                ours.name(),
                ours.perSecond(),
                ours.p99(),
                ours.perSecond() / floor.perSecond(),
                ours.p99() / floor.p99());
    }
}
