package dev.muster.worker;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.agent.AgentTypes;
import dev.muster.worker.agent.Agents;
import dev.muster.worker.identity.DataDirectory;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.link.Contact;
import dev.muster.worker.process.ControlGroups;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.process.Sweeper;
import dev.muster.worker.question.Respondent;
import dev.muster.worker.relay.Relay;
import dev.muster.worker.run.Equipment;
import dev.muster.worker.run.LateLogs;
import dev.muster.worker.run.Runner;
import dev.muster.worker.run.Self;
import dev.muster.worker.run.Stages;
import dev.muster.worker.run.TaskRun;
import dev.muster.worker.shell.ShellSettings;
import dev.muster.worker.shell.Shells;
import dev.muster.worker.signal.SignalHome;
import dev.muster.worker.terminal.Terminals;
import dev.muster.worker.time.Background;
import dev.muster.worker.time.Time;
import dev.muster.worker.tunnel.TunnelLimits;
import dev.muster.worker.tunnel.TunnelTemplates;
import dev.muster.worker.tunnel.Tunnels;
import dev.muster.worker.user.RunAs;
import dev.muster.worker.user.RunAsFailure;
import dev.muster.worker.workspace.WorkspaceFailure;
import dev.muster.worker.workspace.Workspaces;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What real attempts are run with, in the daemon's directory. */
final class Workshop implements Tools {

    private static final Logger log = LoggerFactory.getLogger(Workshop.class);

    private static final Duration UPKEEP_EVERY = Duration.ofMinutes(15);
    private static final Time TIME = Time.system();

    private final Workspaces workspaces;
    private final Sweeper sweeper;
    private final Terminals terminals;
    private final Agents agents;
    private final Tunnels tunnels;
    private final Journals journals;
    private final List<LeaseRef> leftBehind;
    private final Cookie.Family family;
    private final Background upkeep;
    private final ShellSettings shellSettings;
    private final Path shellOutput;
    private volatile @Nullable Shells shells;
    private volatile @Nullable LateLogs late;

    private Workshop(
            WorkerConfig config, DataDirectory directory, Optional<RunAs> user, Sweeper sweeper)
            throws IOException, InterruptedException, RunAsFailure {
        this.sweeper = sweeper;
        family = Cookie.Family.of(directory.path());
        var reaped = sweeper.reap(family);
        if (reaped > 0) {
            log.warn("processes of a former daemon ended count={}", reaped);
        }
        workspaces = Workspaces.open(config, user, TIME::now);
        if (user.isPresent()) {
            user.get().requirePassage(directory.path());
            log.info("attempts run as user={}", user.get());
        }
        terminals = Terminals.in(directory.path().resolve("terminals"), sweeper, user);
        var home = SignalHome.in(directory.path().resolve("agents"), user);
        agents = new Agents(AgentTypes.of(config.agents()), home);
        tunnels =
                new Tunnels(terminals, TunnelTemplates.of(config.tunnels()), TunnelLimits.DEFAULT);
        journals = Journals.in(directory.path().resolve("journals"), config.journalLimit());
        leftBehind = journals.leftBehind();
        shellSettings = config.shells();
        shellOutput = Files.createDirectories(directory.path().resolve("shells"));
        Terminals.empty(shellOutput);
        upkeep = Background.start("upkeep", () -> keepTidy(workspaces));
    }

    private static void keepTidy(Workspaces workspaces) throws InterruptedException {
        while (true) {
            try {
                workspaces.tidy();
            } catch (RuntimeException e) {
                log.error("upkeep failed, will try again", e);
            }
            TIME.sleep(TIME.jittered(UPKEEP_EVERY, 0.2));
        }
    }

    /** Ends first what a crash left running: before anything may be claimed. */
    static Workshop open(WorkerConfig config, DataDirectory directory, Optional<RunAs> user)
            throws StartFailure, InterruptedException {
        var sweeper = new Sweeper(config.killGrace(), Sweeper.PERIOD, ControlGroups.ofThisDaemon());
        try {
            return new Workshop(config, directory, user, sweeper);
        } catch (RunAsFailure e) {
            sweeper.close();
            throw new StartFailure(String.valueOf(e.getMessage()), e);
        } catch (IOException | WorkspaceFailure e) {
            sweeper.close();
            throw new StartFailure(
                    "The worker cannot work in " + directory.path() + ": " + e.getMessage(), e);
        } catch (InterruptedException | RuntimeException e) {
            sweeper.close();
            throw e;
        }
    }

    @Override
    public Runner runner(Contact contact, Self self, Relay relay) {
        var stages = new Stages(terminals, agents);
        var sending = new LateLogs(contact, self, TIME, journals);
        late = sending;
        // their leases died with the daemon that wrote them, so they are of no log any more
        leftBehind.forEach(sending::take);
        return new TaskRun(
                new Equipment(workspaces, stages, tunnels, family, journals, TIME),
                contact,
                self,
                relay,
                sending);
    }

    @Override
    public Respondent respondent(Relay relay) {
        var means = new Shells.Means(workspaces, terminals, family, shellOutput);
        var opened = new Shells(means, shellSettings, relay, TIME);
        shells = opened;
        return new Answering(workspaces.looks(), tunnels, opened);
    }

    /** Returns when no process of any attempt lives, or after a bounded time. */
    @Override
    public void close() {
        upkeep.close();
        var opened = shells;
        if (opened != null) {
            opened.close();
        }
        workspaces.close();
        tunnels.close();
        terminals.close();
        sweeper.close();
        var sending = late;
        if (sending != null) {
            sending.close();
        }
    }
}
