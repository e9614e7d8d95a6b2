package dev.muster.worker.run;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Work;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.disk.Disk;
import dev.muster.worker.journal.JournalFailure;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.link.Contact;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.terminal.ShellEnvironment;
import dev.muster.worker.terminal.ShellTerminal;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageScript;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;
import dev.muster.worker.workspace.Workspace;
import dev.muster.worker.workspace.WorkspaceFailure;
import dev.muster.worker.workspace.Workspaces;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Runs an attempt for real: a workspace, a terminal in it, the stages one after the other. */
public final class TaskRun implements Runner {

    private static final Logger log = LoggerFactory.getLogger(TaskRun.class);

    /** How long the last bytes of a log may take to leave when the daemon ends. */
    private static final Duration LAST_BYTES = Duration.ofSeconds(3);

    private static final int LONGEST_DETAIL = 2_000;

    private final Workspaces workspaces;
    private final Terminals terminals;
    private final Cookie.Family family;
    private final Journals journals;
    private final Contact contact;
    private final Self self;

    public TaskRun(
            Workspaces workspaces,
            Terminals terminals,
            Cookie.Family family,
            Journals journals,
            Contact contact,
            Self self) {
        this.workspaces = workspaces;
        this.terminals = terminals;
        this.family = family;
        this.journals = journals;
        this.contact = contact;
        this.self = self;
    }

    @Override
    public void run(Assignment assignment, RunContext context) throws InterruptedException {
        try (var uplink = uplink(context)) {
            Fact outcome = null;
            try {
                outcome = inWorkspace(assignment, context, uplink);
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
            context.report(outcome);
        } catch (IOException e) {
            log.error("attempt could not be run {}", context.lease(), e);
            var reason = reasonOf(e, "worker_error");
            context.report(failed(context, reason, "The worker failed: " + e, null));
        }
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

    private Fact inWorkspace(Assignment assignment, RunContext context, LogUplink uplink)
            throws IOException, InterruptedException {
        Workspace workspace;
        try {
            workspace = workspaces.prepare(assignment);
        } catch (WorkspaceFailure e) {
            log.info("workspace failed {} why={}", context.lease(), e.getMessage());
            var reason = reasonOf(e, "workspace_failed");
            return failed(context, reason, e.getMessage(), null);
        }
        boolean completed = false;
        try {
            var outcome = inTerminal(assignment, context, uplink, workspace);
            completed = outcome instanceof Fact.Succeeded;
            return outcome;
        } finally {
            workspaces.release(workspace, completed);
        }
    }

    private Fact inTerminal(
            Assignment assignment, RunContext context, LogUplink uplink, Workspace workspace)
            throws IOException, InterruptedException {
        Optional<Failure> failure;
        var journal = uplink.journal();
        try (var terminal =
                terminals.open(
                        spec(assignment, workspace),
                        (bytes, from, length) ->
                                journal.append(context.elapsedMillis(), bytes, from, length))) {
            failure = stages(assignment, context, terminal, branchOf(workspace));
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
            ShellTerminal terminal,
            @Nullable String branch)
            throws IOException, InterruptedException {
        var stages = assignment.pipeline().stages();
        for (int i = 0; i < stages.size(); i++) {
            var stage = stages.get(i);
            context.report(new Fact.StageStarted(context.elapsedMillis(), i, stage.name(), branch));
            var script = StageScript.of(stage, i == stages.size() - 1);
            var end = terminal.run(script, stage.limit());
            var ended = ended(context.elapsedMillis(), i, stage, end);
            context.report(ended);
            if (!ended.ok()) {
                return Optional.of(failure(stage, end));
            }
        }
        return Optional.empty();
    }

    private static Fact.StageEnded ended(long atMillis, int index, Stage stage, StageEnd end) {
        var name = stage.name();
        return switch (end) {
            case StageEnd.Exited(int status) when status == 0 ->
                    new Fact.StageEnded(atMillis, index, name, true, status, null);
            case StageEnd.Exited(int status) ->
                    new Fact.StageEnded(atMillis, index, name, false, status, "exit_status");
            case StageEnd.ShellDied(int status, _) ->
                    new Fact.StageEnded(atMillis, index, name, false, status, "shell_died");
            case StageEnd.TimedOut _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "timeout");
            case StageEnd.Stopped _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "stopped");
            case StageEnd.OutputLost(var why) ->
                    new Fact.StageEnded(atMillis, index, name, false, null, reasonOf(why));
        };
    }

    private static Failure failure(Stage stage, StageEnd end) {
        var name = "Stage " + stage.name();
        return switch (end) {
            case StageEnd.Exited(int status) ->
                    new Failure("stage_failed", name + " ended with exit status " + status + ".");
            case StageEnd.ShellDied(_, var how) ->
                    new Failure("stage_failed", name + " failed: " + how + ".");
            case StageEnd.TimedOut(var limit) ->
                    new Failure(
                            "stage_timeout",
                            name + " ran longer than its " + limit.toSeconds() + " s.");
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

    private TerminalSpec spec(Assignment assignment, Workspace workspace) {
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
                workspace.path(), environment.variables(System.getenv(), cookie), cookie);
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
