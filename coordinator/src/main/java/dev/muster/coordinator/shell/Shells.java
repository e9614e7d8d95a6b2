package dev.muster.coordinator.shell;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.coordinator.question.Questions;
import dev.muster.coordinator.secret.Provisions;
import dev.muster.coordinator.shell.ShellStore.Asked;
import dev.muster.coordinator.shell.ShellStore.Listed;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;
import dev.muster.coordinator.time.Randomness;
import dev.muster.coordinator.workspace.Place;
import dev.muster.coordinator.workspace.Workspaces;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Opens, ends and shows shells, and asks machines how theirs are. Thread-safe. */
public final class Shells implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Shells.class);

    private static final Duration EVERY = Duration.ofSeconds(2);

    /** One that ended by itself is shown as open no longer. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** Longer than a machine is waited for, so that one question of it is under way at a time. */
    private static final Duration AGAIN = Questions.PATIENCE.plusSeconds(2);

    private static final int MOST_LISTED = 50;
    private static final int BYTES = 10;
    private static final int SILENT = 504;

    private final ShellStore store;
    private final Tasks tasks;
    private final Workspaces workspaces;
    private final Pipelines pipelines;
    private final Provisions provisions;
    private final Loop loop;

    public Shells(
            Database database,
            Tasks tasks,
            Workspaces workspaces,
            Pipelines pipelines,
            Provisions provisions,
            Loops loops) {
        this.store = new ShellStore(database);
        this.tasks = tasks;
        this.workspaces = workspaces;
        this.pipelines = pipelines;
        this.provisions = provisions;
        this.loop = loops.loop("shells", EVERY, this::pass);
    }

    public void start() {
        loop.start();
    }

    /**
     * The terminals of a task, first that of its stages, and whether who asks may open shells.
     *
     * @throws Problem 404 for a task that one does not see
     */
    List<Listed> list(long task, Viewer viewer) {
        requireSeen(task, viewer);
        return store.list(task, MOST_LISTED);
    }

    boolean mayOpen(long task, Viewer viewer) {
        return store.may(task, viewer);
    }

    private void requireSeen(long task, Viewer viewer) {
        if (!tasks.isVisible(task, viewer)) {
            throw Problem.notFound("There is no task #" + task + ".");
        }
    }

    private void requireAllowed(long task, Viewer viewer) {
        requireSeen(task, viewer);
        if (!store.may(task, viewer)) {
            throw ShellRefusal.notAllowed(task);
        }
    }

    /**
     * Opens a shell in the workspace of the task's newest attempt, whether or not that runs.
     *
     * @return how its machine says it is: one may end as it begins
     * @throws Problem 403 for whom the project does not let, 404 {@code no_workspace} if no machine
     *     was given the task, 410 if the workspace is gone, 409 if there are too many or the
     *     machine cannot be asked
     */
    Reply.Shell open(long task, Viewer viewer, Question.OpenShell.Size size) {
        requireAllowed(task, viewer);
        var place = workspaces.place(task, viewer);
        var name = "shell-" + HexFormat.of().formatHex(Randomness.bytes(BYTES));
        var question = question(name, place, viewer, size);
        store.begin(name, place, question.lease().fence(), viewer);
        try {
            var shell = told(workspaces.ask(place.machine(), question));
            store.opened(name, viewer);
            if (!shell.live()) {
                ended(shell);
            }
            return shell;
        } catch (Problem e) {
            if (e.status() == SILENT) {
                // it may have heard, and not have been heard
                store.end(name, "not_started", Actor.SYSTEM);
            } else {
                store.forget(name);
            }
            throw e;
        }
    }

    private Question.OpenShell question(
            String name, Place place, Viewer viewer, Question.OpenShell.Size size) {
        var given = store.given(place, viewer);
        var provision =
                pipelines
                        .find(given.pipeline())
                        .map(
                                pipeline ->
                                        provisions
                                                .of(Set.of(given.project()))
                                                .provision(
                                                        given.project(),
                                                        given.environment(),
                                                        pipeline.stages(),
                                                        given.repoUrl()))
                        .orElse(Provision.NONE);
        return new Question.OpenShell(
                new LeaseRef(place.task(), place.attempt(), given.fence()),
                place.workspace(),
                name,
                size,
                new Question.OpenShell.Committer(given.gitName(), given.gitEmail()),
                new Question.OpenShell.Setting(given.key(), given.description()),
                provision);
    }

    private static Reply.Shell told(Reply reply) {
        return switch (reply) {
            case Reply.Shells(var shells) -> shells.getFirst();
            case Reply.Refused refused -> throw refused(refused);
            case Reply other ->
                    throw new IllegalStateException(
                            "a machine answered another question: " + other);
        };
    }

    private static String reason(Reply.Shell shell) {
        return shell.reason() == null ? "ended" : shell.reason();
    }

    private static Problem refused(Reply.Refused refused) {
        var sentence = refused.sentence();
        return switch (refused.code()) {
            case WORKSPACE_GONE -> Problem.gone("workspace_gone", sentence);
            case TOO_MANY_SHELLS -> Problem.conflict("too_many_shells", sentence);
            case SHELL_NOT_STARTED -> Problem.conflict("shell_not_started", sentence);
            case UNREADABLE,
                    NOT_RUNNING,
                    UNKNOWN_TEMPLATE,
                    PROGRAM_MISSING,
                    UNKNOWN_TUNNEL,
                    PATH_NOT_FOUND,
                    PATH_OF_ANOTHER_KIND,
                    NO_REPOSITORY ->
                    Problem.conflict("workspace_busy", sentence);
        };
    }

    /**
     * Ends a shell; fine if it has ended. One whose machine does not hear it is told again until it
     * does.
     *
     * @throws Problem 403 for whom the project does not let, 404 if there is no such shell
     */
    void end(long task, String name, Viewer viewer) {
        requireAllowed(task, viewer);
        var found = store.find(task, name).orElseThrow(() -> ShellRefusal.unknown(task, name));
        if (found.state().equals("ended")) {
            return;
        }
        store.end(name, "closed", viewer.actor());
        try {
            end(new Asked(name, found.machine(), true));
        } catch (Problem e) {
            log.info("shell not ended yet task={} shell={} why={}", task, name, e.getMessage());
        }
    }

    private void end(Asked one) {
        if (workspaces.ask(one.machine(), new Question.EndShell(one.name()))
                instanceof Reply.Shells(var shells)) {
            shells.stream().filter(shell -> !shell.live()).forEach(this::ended);
        }
    }

    private void ended(Reply.Shell shell) {
        store.ended(shell.terminal(), reason(shell));
    }

    private void pass() {
        store.endUndue();
        store.claim(LOOK, AGAIN).stream()
                .collect(Collectors.groupingBy(Asked::machine))
                .forEach(
                        (machine, asked) ->
                                Thread.ofVirtual()
                                        .name("shells-" + machine)
                                        .start(() -> look(machine, asked)));
    }

    private void look(UUID machine, List<Asked> asked) {
        try {
            var byWish = asked.stream().collect(Collectors.partitioningBy(Asked::ending));
            byWish.get(true).forEach(this::end);
            status(machine, byWish.get(false).stream().map(Asked::name).toList());
        } catch (RuntimeException e) {
            log.debug("machine not asked of its shells machine={}", machine, e);
        }
    }

    private void status(UUID machine, List<String> names) {
        if (names.isEmpty()
                || !(workspaces.ask(machine, new Question.ShellStatus(names))
                        instanceof Reply.Shells(var shells))) {
            return;
        }
        Map<String, Reply.Shell> told =
                shells.stream().collect(Collectors.toMap(Reply.Shell::terminal, shell -> shell));
        for (var name : names) {
            var shell = told.get(name);
            if (shell == null) {
                // nothing outlives the daemon that opened it
                store.ended(name, "worker_restarted");
            } else if (!shell.live()) {
                ended(shell);
            }
        }
    }

    @Override
    public void close() {
        loop.close();
    }
}
