package dev.muster.ops.daemon;

import dev.muster.ops.config.Values;
import dev.muster.ops.config.WorkerSettings;
import dev.muster.ops.log.Logs;
import dev.muster.ops.terminal.Complaint;
import dev.muster.worker.StartFailure;
import dev.muster.worker.Worker;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code muster worker}: this machine as a worker, until it is told to stop. */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        description = "Runs this machine as a worker until it is stopped.",
        sortOptions = false,
        footer = {
            "",
            "Each flag is a setting of conf/worker.yaml and of the environment as well:",
            "--server is server and MUSTER_SERVER; a token had better come from MUSTER_TOKEN_FILE.",
            "",
            "Stages run in a shell, or are worked on by a coding agent whose program is here:",
            "claude, codex, cursor-agent, or one of your own (--agent-custom). An agent tells how"
                    + " a",
            "stage ended by muster-signal done|failed|ask [message], which is on its path.",
            "",
            "Examples:",
            "  muster worker --server https://muster.example.org --token mst_enr_...   first start",
            "  muster worker --server https://muster.example.org --slots 4             later ones",
            "",
            "Exit codes: 0 stopped, 1 could not start or was turned away, 2 a setting cannot be"
                    + " meant."
        })
public final class WorkerCommand implements Callable<Integer> {

    /** Printed by a worker that is somebody's child, when it has contact. */
    public static final String CONNECTED = "connected";

    /** The hidden flag of such a worker. */
    public static final String ATTACHED_FLAG = "--attached";

    private static final String DAEMON = "worker";
    private static final Duration ORPHANS_LAST_WORDS = Duration.ofSeconds(40);

    /**
     * The parent holds the other end of our standard input. Its first line is the enrolment token,
     * or empty; its end is the parent's end, however that came.
     */
    @Option(names = ATTACHED_FLAG, hidden = true)
    private boolean attached;

    @Spec private @Nullable CommandSpec spec;

    private WorkerCommand() {}

    public static CommandLine commandLine() {
        return SettingFlags.add(new CommandLine(new WorkerCommand()), WorkerSettings.ALL, DAEMON);
    }

    @Override
    public Integer call() throws Exception {
        var verb = Objects.requireNonNull(spec);
        var values = SettingFlags.read(verb, WorkerSettings.ALL, DAEMON);
        if (SettingFlags.asksToPrint(verb)) {
            verb.commandLine().getOut().print(values.printed());
            verb.commandLine().getOut().flush();
            return 0;
        }
        Logs.asConfigured(values);
        Scratch.use(values.get(WorkerSettings.DATA).resolve("scratch"));
        return run(values);
    }

    private int run(Values values) throws StartFailure, InterruptedException {
        var parts = new Parts();
        parts.closeAtExit(() -> 0);
        try {
            var token = attached ? attach() : Optional.<String>empty();
            var worker = parts.own(Worker.start(WorkerSettings.configOf(values, token)));
            if (attached) {
                announceWhenConnected(worker);
            }
            var reason = worker.awaitClosed();
            if (reason.isPresent() && !parts.isClosing()) {
                throw new Complaint(reason.get());
            }
            return 0;
        } finally {
            parts.close();
        }
    }

    /** Reads the first line, and from then on watches for the end of the parent. */
    private static Optional<String> attach() {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var token = lineOf(input);
        Thread.ofPlatform()
                .name("parent")
                .daemon()
                .start(
                        () -> {
                            while (lineOf(input) != null) {
                                // nothing else is ever said
                            }
                            endWithParent();
                        });
        return Optional.ofNullable(token).filter(line -> !line.isBlank());
    }

    private static @Nullable String lineOf(BufferedReader input) {
        try {
            return input.readLine();
        } catch (IOException e) {
            return null;
        }
    }

    /** In order if there is time; nobody waits for what an orphan still has to say. */
    private static void endWithParent() {
        Thread.ofPlatform()
                .name("orphan")
                .daemon()
                .start(
                        () -> {
                            try {
                                Thread.sleep(ORPHANS_LAST_WORDS);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            Runtime.getRuntime().halt(1);
                        });
        System.exit(0);
    }

    private static void announceWhenConnected(Worker worker) throws InterruptedException {
        while (!worker.awaitConnected(Duration.ofMinutes(1))) {
            // it keeps trying, and so does whoever waits for the word
        }
        System.out.println(CONNECTED);
        System.out.flush();
    }
}
