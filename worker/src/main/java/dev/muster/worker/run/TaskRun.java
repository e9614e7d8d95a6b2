package dev.muster.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Work;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.link.Contact;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.relay.Controls;
import dev.muster.worker.relay.Relay;
import dev.muster.worker.secret.Mask;
import dev.muster.worker.terminal.ShellEnvironment;
import dev.muster.worker.terminal.TerminalOutput;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.time.Time;
import dev.muster.worker.tunnel.Tunnels;
import dev.muster.worker.workspace.Pushes;
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

    private final Workspaces workspaces;
    private final Stages stages;
    private final Tunnels tunnels;
    private final Cookie.Family family;
    private final Journals journals;
    private final Time time;
    private final Contact contact;
    private final Self self;
    private final Relay relay;
    private final LateLogs late;
    private final Delivery delivery;

    /**
     * @param late gets what of logs is left when their attempts are over
     */
    public TaskRun(Equipment equipment, Contact contact, Self self, Relay relay, LateLogs late) {
        this.workspaces = equipment.workspaces();
        this.stages = equipment.stages();
        this.tunnels = equipment.tunnels();
        this.family = equipment.family();
        this.journals = equipment.journals();
        this.time = equipment.time();
        this.contact = contact;
        this.self = self;
        this.relay = relay;
        this.late = late;
        this.delivery = new Delivery(workspaces.pushes());
    }

    @Override
    public void run(Assignment assignment, RunContext context) throws InterruptedException {
        var masked = new MaskedContext(context, Mask.of(assignment.provision()));
        try (var uplink = uplink(masked);
                var terminal = relay.begin(uplink.journal())) {
            masked.report(outcome(assignment, masked, uplink, terminal.controls()));
        } catch (IOException e) {
            masked.report(broken(masked, e));
        } finally {
            if (context.isRevoked()) {
                // nobody may go on here by a lease that is gone
                workspaces.sendAway(
                        context.lease().task(), workspaceOf(assignment), "attempt_over");
            }
        }
    }

    private static int workspaceOf(Assignment assignment) {
        var continues = assignment.continues();
        return continues == null ? assignment.lease().attempt() : continues.attempt();
    }

    /** Runs it and sends the rest of its log. */
    private Fact outcome(
            Assignment assignment, MaskedContext context, LogUplink uplink, Controls controls)
            throws InterruptedException {
        Fact outcome = null;
        var processes = new Processes(context.lease(), family, stages);
        try (var stay = new Stay(workspaces)) {
            try {
                outcome = whatCameOf(assignment, context, uplink, controls, stay, processes);
                context.finished();
                if (!uplink.drain()) {
                    outcome = failed(context, "worker_error", "The log could not be sent.", null);
                }
            } catch (InterruptedException e) {
                // an attempt is interrupted once, so this is not
                processes.awaitGone();
                if (context.isRevoked() || !uplink.drain(LAST_BYTES) || outcome == null) {
                    throw e;
                }
            }
            return stay.endsWith(outcome);
        }
    }

    /** Whatever came of it: what it printed is still to be told. */
    private Fact whatCameOf(
            Assignment assignment,
            MaskedContext context,
            LogUplink uplink,
            Controls controls,
            Stay stay,
            Processes processes)
            throws InterruptedException {
        try {
            return inWorkspace(assignment, context, uplink, controls, stay, processes);
        } catch (IOException e) {
            // what it broke off was asked to end, and may take its grace for that
            var left = processes.awaitGone();
            return broken(
                    context, left.isEmpty() ? e : new IOException(e.getMessage() + ": " + left, e));
        }
    }

    private static Fact broken(RunContext context, IOException why) {
        log.error("attempt could not be run {}", context.lease(), why);
        var reason = StageOutcome.reasonOf(why, "worker_error");
        return failed(context, reason, "The worker failed: " + why, null);
    }

    @Override
    public List<String> mirrors() {
        return workspaces.mirrors();
    }

    @Override
    public Optional<Pushes> pushes() {
        return Optional.of(workspaces.pushes());
    }

    private LogUplink uplink(RunContext context) throws IOException {
        return new LogUplink(
                contact,
                self,
                time,
                appended -> journals.create(context.lease(), appended),
                _ -> context.leaseIsGone(),
                late::take);
    }

    private Fact inWorkspace(
            Assignment assignment,
            MaskedContext context,
            LogUplink uplink,
            Controls controls,
            Stay stay,
            Processes processes)
            throws IOException, InterruptedException {
        Workspace workspace;
        try {
            workspace = stay.begin(assignment);
        } catch (WorkspaceFailure e) {
            log.info("workspace failed {} why={}", context.lease(), e.getMessage());
            var reason =
                    e instanceof WorkspaceMissing
                            ? "workspace_missing"
                            : StageOutcome.reasonOf(e, "workspace_failed");
            return failed(context, reason, e.getMessage(), null);
        }
        if (assignment.continues() != null && !stages.awaitClosed()) {
            throw new IOException("processes of an earlier attempt live on");
        }
        return inTerminal(assignment, context, uplink, controls, workspace, processes);
    }

    private Fact inTerminal(
            Assignment assignment,
            MaskedContext context,
            LogUplink uplink,
            Controls controls,
            Workspace workspace,
            Processes processes)
            throws IOException, InterruptedException {
        Optional<StageOutcome.Failure> failure;
        var journal = uplink.journal();
        try (var output =
                        context.mask()
                                .over(
                                        (bytes, from, length) ->
                                                journal.append(
                                                        context.elapsedMillis(),
                                                        bytes,
                                                        from,
                                                        length));
                var driver =
                        stages.open(
                                assignment.agentType(),
                                () -> spec(assignment, context, workspace, processes),
                                output,
                                controls);
                var tunnel =
                        tunnels.open(
                                assignment.lease(),
                                () -> tunnelSpec(assignment, context, workspace, processes))) {
            warn(context.mask(), output);
            failure = new Course(assignment, context, driver, branchOf(workspace)).run();
            // what is left of the stages could change what is read below while it is read, and
            // would
            // outlive the window that ends nothing once the attempt has finished
            tunnel.end(); // at once with the stages, or their graces would add up
            if (!driver.closeAndAwait() || !tunnel.closeAndAwait()) {
                throw new IOException("processes of a stage that was ended live on");
            }
        }
        Work work;
        try {
            work = workspaces.work(workspace).orElse(null);
        } catch (WorkspaceFailure e) {
            var reason =
                    failure.map(StageOutcome.Failure::reason)
                            .orElseGet(() -> StageOutcome.reasonOf(e, "workspace_failed"));
            var detail = failure.map(StageOutcome.Failure::detail).orElse(e.getMessage());
            return failed(context, reason, detail, null);
        }
        return failure.isPresent()
                ? failed(context, failure.get().reason(), failure.get().detail(), work)
                : delivery.of(assignment, context, workspace, work);
    }

    private static void warn(Mask mask, TerminalOutput output) throws IOException {
        for (var name : mask.unmasked()) {
            var line =
                    ("muster: the secret " + name + " is too short to be masked\r\n")
                            .getBytes(UTF_8);
            output.accept(line, 0, line.length);
        }
    }

    private static TerminalSpec spec(
            Assignment assignment, RunContext context, Workspace workspace, Processes processes) {
        // commits are by the person who asked, unless the project says that they are by another
        var extra = new HashMap<>(workspace.environment());
        extra.putAll(assignment.provision().environment());
        return spec(assignment, context, workspace, extra, processes);
    }

    /** A tunnel is for a person's own work: what the project gives its stages is not for it. */
    private static TerminalSpec tunnelSpec(
            Assignment assignment, RunContext context, Workspace workspace, Processes processes) {
        return spec(assignment, context, workspace, workspace.environment(), processes);
    }

    private static TerminalSpec spec(
            Assignment assignment,
            RunContext context,
            Workspace workspace,
            Map<String, String> extra,
            Processes processes) {
        var cookie = processes.next();
        var environment =
                new ShellEnvironment(
                        assignment.lease().task(),
                        assignment.lease().attempt(),
                        assignment.project(),
                        branchOf(workspace),
                        assignment.description(),
                        extra);
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
        return new Fact.Failed(context.elapsedMillis(), reason, detail, work);
    }
}
