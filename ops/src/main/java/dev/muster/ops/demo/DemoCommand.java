package dev.muster.ops.demo;

import ch.qos.logback.classic.Level;

import dev.muster.ops.client.MusterClient;
import dev.muster.ops.client.NewProject;
import dev.muster.ops.client.Task;
import dev.muster.ops.config.CoordinatorSettings;
import dev.muster.ops.daemon.Parts;
import dev.muster.ops.daemon.Scratch;
import dev.muster.ops.log.Logs;
import dev.muster.ops.terminal.Screen;
import dev.muster.ops.up.DataHome;
import dev.muster.ops.up.LocalMuster;
import dev.muster.ops.up.OneMachine;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code muster demo}: a task from nothing to a commit. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "Shows the whole of Muster at work in a temporary directory, without a question.",
        sortOptions = false,
        footer = {
            "",
            "Brings up a coordinator, a database and a worker, makes a project of a copy of"
                    + " Muster's own",
            "repository, and runs a task of three stages on it: survey, check, report. Needs git.",
            "",
            "Examples:",
            "  muster demo",
            "  muster demo --keep       stay up afterwards, to look around",
            "",
            "Exit codes: 0 the task completed, 1 it did not, 2 wrong usage."
        })
public final class DemoCommand implements Callable<Integer> {

    private static final String PROJECT = "demo";

    @Option(names = "--keep", description = "Stay up when the task has ended, until Ctrl-C.")
    private boolean keep;

    private final Screen screen = Screen.stdout();

    private DemoCommand() {}

    public static CommandLine commandLine() {
        return new CommandLine(new DemoCommand());
    }

    @Override
    public Integer call() throws Exception {
        var parts = new Parts();
        // 0 says that the task completed, also to whoever ends a demonstration that stays up
        var status = new AtomicInteger(1);
        parts.closeAtExit(status::get);
        try {
            var directory = Files.createTempDirectory("muster-demo-").toRealPath();
            parts.own(() -> Scratch.remove(directory));
            var repository = DemoRepository.in(directory);
            screen.line(
                    "A repository, copied from " + repository.origin() + ": " + repository.path());
            var muster = bringUp(directory, parts);
            var password = muster.firstPassword().orElseThrow();
            try (var client = new MusterClient(muster.address())) {
                client.login("admin", password);
                var begun = System.nanoTime();
                var task = runTask(client, directory, repository);
                status.set(task.isCompleted() ? 0 : 1);
                tell(task, Duration.ofNanos(System.nanoTime() - begun));
                if (keep) {
                    stay(muster, password, directory, parts);
                } else {
                    screen.line(
                            "Go on: 'muster demo --keep' stays up to look around; 'muster up' is"
                                    + " the real thing.");
                }
                return status.get();
            }
        } finally {
            parts.close();
        }
    }

    private LocalMuster bringUp(Path directory, Parts parts) throws InterruptedException {
        var data = directory.resolve("data");
        // Any free port: a demonstration gets along with whatever else runs here.
        var values =
                OneMachine.settle(
                        Map.of(
                                CoordinatorSettings.DATA.name(), data.toString(),
                                CoordinatorSettings.HOST.name(), "127.0.0.1",
                                CoordinatorSettings.PORT.name(), "0",
                                CoordinatorSettings.DATABASE_URL.name(), "",
                                // one task on whatever else runs here: it need not wait for quiet
                                CoordinatorSettings.DISPATCH_LOAD_THRESHOLD.name(), "100"));
        var home = parts.own(DataHome.take(data));
        Logs.toFileAndErrorsToTerminal(data.resolve("logs").resolve("muster.log"), Level.INFO);
        screen.now("bringing up PostgreSQL, a coordinator and a worker ...");
        var plan = new LocalMuster.Plan(values, 1, List.of(directory), "demo-worker");
        var muster = LocalMuster.start(plan, home, parts, screen::line);
        screen.line("Muster is ready: " + muster.address());
        return muster;
    }

    private Task runTask(MusterClient client, Path directory, DemoRepository repository)
            throws InterruptedException {
        var pipeline = DemoPipeline.in(directory.resolve("stages"));
        client.createProject(
                new NewProject(
                        PROJECT,
                        "Demonstration",
                        repository.path().toString(),
                        repository.branch(),
                        "shell",
                        pipeline));
        var task = client.createTask(PROJECT, "Find out what is in here and report it");
        screen.line("Task #" + task.id() + " is queued.");
        return new TaskWatch(client, screen, pipeline.size()).untilEnd(task.id());
    }

    private void tell(Task task, Duration took) {
        if (task.isCompleted()) {
            screen.good("Task #%d COMPLETED in %d s.".formatted(task.id(), took.toSeconds()));
        } else {
            screen.bad(
                    "Task #%d %s: %s"
                            .formatted(
                                    task.id(),
                                    task.status(),
                                    task.why().orElse("no reason known")));
        }
        var work = task.work();
        if (work != null && work.branch() != null) {
            screen.line(
                    "Branch %s: commits %d, files changed %d, lines +%d -%d."
                            .formatted(
                                    work.branch(),
                                    work.commits(),
                                    work.filesChanged(),
                                    work.insertions(),
                                    work.deletions()));
        }
    }

    private void stay(LocalMuster muster, String password, Path directory, Parts parts)
            throws InterruptedException {
        screen.line("Staying up at " + muster.address() + "; sign in as admin with " + password);
        screen.line(
                "All of it is in " + directory + ", which Ctrl-C removes with everything else.");
        parts.awaitClosed();
    }
}
