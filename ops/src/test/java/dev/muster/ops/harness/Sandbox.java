package dev.muster.ops.harness;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A directory, an environment, and every process that came out of it, wherever it went: a process
 * is known by a variable it inherited, by its working directory or by its arguments.
 */
public final class Sandbox implements AutoCloseable {

    private static final Path DISTRIBUTION =
            Path.of(System.getProperty("muster.distribution", "target/distribution/muster"))
                    .toAbsolutePath();

    // stages keep LC_* of the daemon's environment, and MUSTER_* would be taken for a setting
    private static final String MARK = "LC_MUSTER_E2E";

    // half of what a start costs is the second compiler, and these JVMs rarely live long enough for
    // it
    private static final String FIRST_COMPILER_ONLY = "-XX:TieredStopAtLevel=1";

    private final Path root;
    private final String mark = UUID.randomUUID().toString();
    private final Map<String, String> environment = new HashMap<>();

    private final List<Started> started = new ArrayList<>();
    private Path distribution = DISTRIBUTION;

    private Sandbox(Path root) {
        this.root = root;
    }

    public static Sandbox in(Path directory) throws IOException {
        if (!Files.isExecutable(program())) {
            throw new AssertionError(
                    "there is no distribution in %s; build it with mvn -pl ops -am package"
                            .formatted(DISTRIBUTION));
        }
        var sandbox = new Sandbox(directory.toRealPath());
        Files.createDirectory(sandbox.temporary());
        // seconds in place of ten: tests end things all the time
        sandbox.with("MUSTER_KILL_GRACE", "1s");
        // the machine is busy with the tests themselves
        sandbox.with("MUSTER_DISPATCH_LOAD_THRESHOLD", "100");
        // nor does any person ask as often as a test
        sandbox.with("MUSTER_REQUESTS_PER_SECOND", "0");
        Bus.CHOSEN.environment().forEach(sandbox::with);
        return sandbox.withJavaOptions("");
    }

    /** What processes started from now on find in their environment. */
    public Sandbox with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** The version that is started from now on; null for the one that was built just before. */
    public void version(@Nullable Path directory) {
        distribution = directory == null ? DISTRIBUTION : directory;
    }

    /** What JVMs started from now on are given, beside what all of the sandbox are given. */
    public Sandbox withJavaOptions(String options) {
        return with(
                "MUSTER_JAVA_OPTS",
                "-Djava.io.tmpdir=%s %s %s %s"
                        .formatted(temporary(), FIRST_COMPILER_ONLY, Bus.CHOSEN.options(), options)
                        .strip());
    }

    public Path root() {
        return root;
    }

    /** With a blank in its name, as people have them. */
    public Path data() {
        return root.resolve("its data");
    }

    /** Where the JVMs put what is temporary. */
    public Path temporary() {
        return root.resolve("tmp");
    }

    /** {@code bin/muster} as it was built. */
    public static Path program() {
        return DISTRIBUTION.resolve("bin/muster");
    }

    /** A copy of the distribution, for tests that change it. */
    public Path copyOfDistribution() throws IOException {
        var copy = root.resolve("distribution");
        try (var all = Files.walk(DISTRIBUTION)) {
            for (var source : all.toList()) {
                Files.copy(
                        source,
                        copy.resolve(DISTRIBUTION.relativize(source).toString()),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return copy;
    }

    /** Starts {@code bin/muster} with {@code arguments}, in a process group of its own. */
    public Started muster(String... arguments) throws IOException {
        return muster(distribution, arguments);
    }

    public Started muster(Path distribution, String... arguments) throws IOException {
        return muster(List.of(), distribution, List.of(arguments));
    }

    /**
     * The same where another program has prepared the process.
     *
     * @param starter that program and its arguments, such as {@code ip netns exec x}; it must
     *     become what it starts
     */
    public Started muster(List<String> starter, String... arguments) throws IOException {
        return muster(starter, distribution, List.of(arguments));
    }

    /**
     * Starts it at a terminal of its own, as a person would.
     *
     * @param printed gets what the terminal shows, as soon as it does
     */
    public Started musterAtATerminal(Path printed, String... arguments) throws IOException {
        var command = new StringBuilder("exec '" + program() + "'");
        for (var argument : arguments) {
            command.append(" '").append(argument).append('\'');
        }
        return start(List.of("setsid", "script", "-qefc", command.toString(), printed.toString()));
    }

    private Started muster(List<String> starter, Path distribution, List<String> arguments)
            throws IOException {
        var command = new ArrayList<>(List.of("setsid"));
        command.addAll(starter);
        command.add(distribution.resolve("bin/muster").toString());
        command.addAll(arguments);
        return start(command);
    }

    private Started start(List<String> command) throws IOException {
        var builder = new ProcessBuilder(command).directory(root.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MUSTER_"));
        builder.environment().putAll(environment);
        builder.environment().put(MARK, mark);
        var process = new Started(builder);
        started.add(process);
        return process;
    }

    /** Every living process of it. */
    public List<RunningProcess> processes() throws IOException {
        return RunningProcess.all().stream()
                .filter(
                        process ->
                                process.environment().contains(MARK + "=" + mark)
                                        || process.directory().startsWith(root.toString())
                                        || process.command().contains(root.toString()))
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .toList();
    }

    /** The workers' own processes, by their data directories. */
    public List<RunningProcess> workers() throws IOException {
        return processes().stream()
                .filter(process -> process.command().contains("dev.muster.ops.Muster worker "))
                .toList();
    }

    public Set<Long> pids() throws IOException {
        return processes().stream().map(RunningProcess::pid).collect(Collectors.toSet());
    }

    /** Fails if a process is left after {@code grace}. */
    public void assertNothingRuns(Duration grace) throws Exception {
        try {
            Eventually.holds("no process left", grace, () -> processes().isEmpty());
        } catch (AssertionError e) {
            throw new AssertionError("processes are left: " + processes(), e);
        }
    }

    /** Ends by force what a failed test left. What was printed stays as long as the directory. */
    @Override
    public void close() throws IOException {
        for (int n = 0; n < started.size(); n++) {
            Files.writeString(root.resolve("printed-%d.log".formatted(n)), started.get(n).output());
        }
        for (var left = processes(); !left.isEmpty(); left = processes()) {
            left.forEach(RunningProcess::kill);
        }
    }
}
