package dev.muster.worker.run;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Try;
import dev.muster.protocol.message.Work;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.disk.Disk;
import dev.muster.worker.journal.JournalFailure;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.link.Contact;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.terminal.ShellEnvironment;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.workspace.Workspace;
import dev.muster.worker.workspace.WorkspaceFailure;
import dev.muster.worker.workspace.WorkspaceMissing;
import dev.muster.worker.workspace.Workspaces;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs an attempt for real: a workspace, a terminal in it, the stages one after the other. */
public final class TaskRun implements Runner {

    private static final Logger log = LoggerFactory.getLogger(TaskRun.class);

    /** How long the last bytes of a log may take to leave when the daemon ends. */
    private static final Duration LAST_BYTES = Duration.ofSeconds(3);

    private static final int LONGEST_DETAIL = 2_000;

    private final Workspaces workspaces;
    private final Stages stages;
    private final Cookie.Family family;
    private final Journals journals;
    private final Contact contact;
    private final Self self;

    public TaskRun(
            Workspaces workspaces,
            Stages stages,
            Cookie.Family family,
            Journals journals,
            Contact contact,
            Self self) {
        this.workspaces = workspaces;
        this.stages = stages;
        this.family = family;
        this.journals = journals;
        this.contact = contact;
        this.self = self;
    }

    @Override
    public void run(Assignment assignment, RunContext context) throws InterruptedException {
        try (var uplink = uplink(context)) {
            context.report(outcome(assignment, context, uplink));
        } catch (IOException e) {
            context.report(broken(context, e));
        }
    }

    /** Runs it and sends the rest of its log. */
    private Fact outcome(Assignment assignment, RunContext context, LogUplink uplink)
            throws InterruptedException {
        Fact outcome = null;
        try (var stay = new Stay(workspaces)) {
            try {
                outcome = whatCameOf(assignment, context, uplink, stay);
                context.finished();
                if (!uplink.drain()) {
                    outcome = failed(context, "worker_error", "The log could not be sent.", null);
                }
            } catch (InterruptedException e) {
                if (context.isRevoked()) {
                    uplink.discard();
                    throw e;
                }
                if (!uplink.drain(LAST_BYTES) || outcome == null) {
                    throw e;
                }
            }
            return stay.endsWith(outcome);
        }
    }

    /** Whatever came of it: what it printed is still to be told. */
    private Fact whatCameOf(Assignment assignment, RunContext context, LogUplink uplink, Stay stay)
            throws InterruptedException {
        try {
            return inWorkspace(assignment, context, uplink, stay);
        } catch (IOException e) {
            // what it broke off was asked to end, and may take its grace for that
            if (!stages.awaitClosed()) {
                log.error("processes that were killed live on {}", context.lease());
            }
            return broken(context, e);
        }
    }

    private static Fact broken(RunContext context, IOException why) {
        log.error("attempt could not be run {}", context.lease(), why);
        var reason = reasonOf(why, "worker_error");
        return failed(context, reason, "The worker failed: " + why, null);
    }

    @Override
    public List<String> mirrors() {
        return workspaces.mirrors();
    }

    private LogUplink uplink(RunContext context) throws IOException {
        return new LogUplink(
                contact,
                self,
                appended -> journals.create(context.lease(), appended),
                _ -> context.leaseIsGone());
    }

    private Fact inWorkspace(Assignment assignment, RunContext context, LogUplink uplink, Stay stay)
            throws IOException, InterruptedException {
        Workspace workspace;
        try {
            workspace = stay.begin(assignment);
        } catch (WorkspaceFailure e) {
            log.info("workspace failed {} why={}", context.lease(), e.getMessage());
            var reason =
                    e instanceof WorkspaceMissing
                            ? "workspace_missing"
                            : reasonOf(e, "workspace_failed");
            return failed(context, reason, e.getMessage(), null);
        }
        if (assignment.continues() != null && !stages.awaitClosed()) {
            throw new IOException("processes of an earlier attempt live on");
        }
        return inTerminal(assignment, context, uplink, workspace);
    }

    private Fact inTerminal(
            Assignment assignment, RunContext context, LogUplink uplink, Workspace workspace)
            throws IOException, InterruptedException {
        Optional<Failure> failure;
        var journal = uplink.journal();
        try (var driver =
                stages.open(
                        assignment.agentType(),
                        () -> spec(assignment, context, workspace),
                        (bytes, from, length) ->
                                journal.append(context.elapsedMillis(), bytes, from, length))) {
            failure = stages(assignment, context, driver, branchOf(workspace));
            // what is left of the stages could change what is read below while it is read, and
            // would
            // outlive the window that ends nothing once the attempt has finished
            if (!driver.closeAndAwait()) {
                throw new IOException("processes of a stage that was ended live on");
            }
        }
        Work work;
        try {
            work = workspaces.work(workspace).orElse(null);
        } catch (WorkspaceFailure e) {
            var reason =
                    failure.map(Failure::reason).orElseGet(() -> reasonOf(e, "workspace_failed"));
            var detail = failure.map(Failure::detail).orElse(e.getMessage());
            return failed(context, reason, detail, null);
        }
        return failure.<Fact>map(f -> failed(context, f.reason(), f.detail(), work))
                .orElseGet(() -> new Fact.Succeeded(context.elapsedMillis(), work));
    }

    /** Why the attempt failed: a stable word, and a sentence for a person. */
    private record Failure(String reason, String detail) {}

    private Optional<Failure> stages(
            Assignment assignment,
            RunContext context,
            Stages.Driver driver,
            @Nullable String branch)
            throws IOException, InterruptedException {
        var stages = assignment.pipeline().stages();
        var answers = new HashMap<String, String>();
        for (int i = firstOf(assignment); i < stages.size(); i++) {
            var failure = stage(assignment, i, context, driver, answers, branch);
            if (failure.isPresent()) {
                return failure;
            }
        }
        return Optional.empty();
    }

    private static int firstOf(Assignment assignment) {
        var continues = assignment.continues();
        return continues == null ? 0 : continues.stage();
    }

    /**
     * Asks at the stage's gate, if it has one, and runs the stage as often as it may be tried;
     * empty once it succeeded.
     *
     * @param answers of the gates so far, by the variables that carry them; gets this one's
     */
    private static Optional<Failure> stage(
            Assignment assignment,
            int index,
            RunContext context,
            Stages.Driver driver,
            Map<String, String> answers,
            @Nullable String branch)
            throws IOException, InterruptedException {
        var stages = assignment.pipeline().stages();
        var stage = stages.get(index);
        // with a gate before it the attempt began with that, and the answer proves that it was
        // heard
        boolean begins = index == firstOf(assignment) && stage.gate() == null;
        if (stage.gate() != null) {
            var opened = new Fact.GateOpened(context.elapsedMillis(), index, stage.name(), branch);
            var result = context.ask(opened);
            stage.gate().gives().ifPresent(one -> answers.put(one.environment(), result));
        }
        for (int number = 1; ; number++) {
            var go = stage.tries() == 1 ? null : new Try(number, stage.tries());
            boolean lastTry = number == stage.tries();
            var started =
                    new Fact.StageStarted(context.elapsedMillis(), index, stage.name(), branch, go);
            if (begins && number == 1) {
                context.begin(started);
            } else {
                context.report(started);
            }
            boolean last = lastTry && index == stages.size() - 1;
            var asks = new Asks(context, index, stage);
            StageEnd end;
            try {
                end = driver.run(index, stage, answers, last, asks);
            } finally {
                asks.over();
            }
            var ended = ended(context.elapsedMillis(), index, stage, end, go);
            context.report(ended);
            if (ended.ok()) {
                return Optional.empty();
            }
            if (lastTry || !isTheStagesOwn(end)) {
                return Optional.of(failure(stage, end, go));
            }
            context.pause(stage.pause());
        }
    }

    /** Whether the stage itself is to blame, so that another try makes sense. */
    private static boolean isTheStagesOwn(StageEnd end) {
        return switch (end) {
            case StageEnd.Exited _,
                    StageEnd.ShellDied _,
                    StageEnd.TimedOut _,
                    StageEnd.FellSilent _,
                    StageEnd.Told _ ->
                    true;
            case StageEnd.AgentMissing _,
                    StageEnd.AgentNotReady _,
                    StageEnd.AgentUnfit _,
                    StageEnd.Stopped _,
                    StageEnd.OutputLost _ ->
                    false;
        };
    }

    private static Fact.StageEnded ended(
            long atMillis, int index, Stage stage, StageEnd end, @Nullable Try go) {
        var name = stage.name();
        return switch (end) {
            case StageEnd.Exited(int status) when status == 0 ->
                    new Fact.StageEnded(atMillis, index, name, true, status, null, go);
            case StageEnd.Exited(int status) ->
                    new Fact.StageEnded(atMillis, index, name, false, status, "exit_status", go);
            case StageEnd.ShellDied(int status, _) ->
                    new Fact.StageEnded(atMillis, index, name, false, status, "shell_died", go);
            case StageEnd.TimedOut _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "timeout", go);
            case StageEnd.Told(boolean ok, _) ->
                    new Fact.StageEnded(
                            atMillis, index, name, ok, null, ok ? null : "agent_failed", go);
            case StageEnd.AgentMissing _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "agent_missing", go);
            case StageEnd.AgentNotReady _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "agent_not_ready", go);
            case StageEnd.AgentUnfit(var reason, _) ->
                    new Fact.StageEnded(atMillis, index, name, false, null, reason, go);
            case StageEnd.FellSilent _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "idle_timeout", go);
            case StageEnd.Stopped _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "stopped", go);
            case StageEnd.OutputLost(var why) ->
                    new Fact.StageEnded(atMillis, index, name, false, null, reasonOf(why), go);
        };
    }

    private static Failure failure(Stage stage, StageEnd end, @Nullable Try go) {
        var name = "Stage " + stage.name() + (go == null ? "" : " (" + go + ")");
        return switch (end) {
            case StageEnd.Exited(int status) ->
                    new Failure("stage_failed", name + " ended with exit status " + status + ".");
            case StageEnd.ShellDied(_, var how) ->
                    new Failure("stage_failed", name + " failed: " + how + ".");
            case StageEnd.TimedOut(var limit) ->
                    new Failure(
                            "stage_timeout",
                            name + " ran longer than its " + limit.toSeconds() + " s.");
            case StageEnd.Told(_, var message) when message.isEmpty() ->
                    new Failure("stage_failed", name + " failed, as its agent said.");
            case StageEnd.Told(_, var message) ->
                    new Failure("stage_failed", name + " failed, its agent said: " + message);
            case StageEnd.AgentMissing(var program) ->
                    new Failure(
                            "agent_missing",
                            name + " needs the program " + program + ", which is not here.");
            case StageEnd.AgentNotReady(var limit) ->
                    new Failure(
                            "worker_error",
                            name
                                    + " failed: its agent took no prompt within "
                                    + limit.toSeconds()
                                    + " s.");
            case StageEnd.AgentUnfit(var reason, var line) ->
                    new Failure(reason, name + " failed, its agent said: " + line);
            case StageEnd.FellSilent(var limit) ->
                    new Failure(
                            "stage_idle_timeout",
                            name + " printed nothing for " + limit.toSeconds() + " s.");
            case StageEnd.Stopped _ -> new Failure("worker_stopped", name + " was stopped.");
            case StageEnd.OutputLost(var why) ->
                    new Failure(
                            reasonOf(why, "worker_error"),
                            name + " was ended, its log could not be kept: " + why.getMessage());
        };
    }

    /** A full disk is nobody's fault but the machine's, whatever could not be written. */
    private static String reasonOf(Throwable why, String usual) {
        return Disk.isFull(why) ? "disk_full" : usual;
    }

    private static String reasonOf(IOException why) {
        return why instanceof JournalFailure failure ? failure.reason() : "output_lost";
    }

    private TerminalSpec spec(Assignment assignment, RunContext context, Workspace workspace) {
        var cookie = family.next();
        var environment =
                new ShellEnvironment(
                        assignment.lease().task(),
                        assignment.lease().attempt(),
                        assignment.project(),
                        branchOf(workspace),
                        assignment.description(),
                        workspace.environment());
        return new TerminalSpec(
                workspace.path(),
                environment.variables(System.getenv(), cookie),
                cookie,
                context::mostGrace);
    }

    private static @Nullable String branchOf(Workspace workspace) {
        return switch (workspace) {
            case Workspace.Worktree worktree -> worktree.branch();
            case Workspace.Empty _ -> null;
        };
    }

    private static Fact failed(
            RunContext context, String reason, String detail, @Nullable Work work) {
        var shortened =
                detail.length() > LONGEST_DETAIL ? detail.substring(0, LONGEST_DETAIL) : detail;
        return new Fact.Failed(context.elapsedMillis(), reason, shortened, work);
    }
}
