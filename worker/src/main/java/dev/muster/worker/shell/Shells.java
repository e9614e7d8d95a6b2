package dev.muster.worker.shell;

import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.worker.journal.Journals;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.relay.Controls;
import dev.muster.worker.relay.Relay;
import dev.muster.worker.secret.Mask;
import dev.muster.worker.terminal.ShellEnvironment;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;
import dev.muster.worker.time.Background;
import dev.muster.worker.time.Time;
import dev.muster.worker.workspace.Guest;
import dev.muster.worker.workspace.Workspace;
import dev.muster.worker.workspace.WorkspaceFailure;
import dev.muster.worker.workspace.WorkspaceMissing;
import dev.muster.worker.workspace.Workspaces;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The shells of this daemon. Thread-safe. */
public final class Shells implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Shells.class);

    /** Of shells that are over, so many are remembered. */
    private static final int MOST_REMEMBERED = 500;

    private static final long SEGMENT = 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(7);
    private static final Duration LEAST_LOOK = Duration.ofMillis(50);
    private static final Duration MOST_LOOK = Duration.ofSeconds(30);

    /**
     * What shells are made with.
     *
     * @param output directory for what they print; emptied
     * @param family of the cookies that their processes carry
     */
    public record Means(
            Workspaces workspaces, Terminals terminals, Cookie.Family family, Path output) {}

    private final Means means;
    private final ShellSettings settings;
    private final Relay relay;
    private final Time time;
    private final Background idle;

    // guarded by this, both
    private final Map<String, LiveShell> shells = new LinkedHashMap<>();
    // of shells that never were, since they were ended first
    private final Set<String> barred = new LinkedHashSet<>();

    public Shells(Means means, ShellSettings settings, Relay relay, Time time) {
        this.means = means;
        this.settings = settings;
        this.relay = relay;
        this.time = time;
        this.idle = Background.start("idle-shells", this::endIdle);
    }

    private void endIdle() throws InterruptedException {
        var every = settings.idle().dividedBy(20);
        every = every.compareTo(MOST_LOOK) > 0 ? MOST_LOOK : every;
        every = every.compareTo(LEAST_LOOK) < 0 ? LEAST_LOOK : every;
        while (true) {
            time.sleep(every);
            live().forEach(shell -> shell.endIfIdle(settings.idle()));
        }
    }

    private synchronized List<LiveShell> live() {
        return shells.values().stream().filter(shell -> !shell.isOver()).toList();
    }

    /** Opens one, unless it was opened or ended. */
    public synchronized Reply open(Question.OpenShell asked) {
        var known = shells.get(asked.terminal());
        if (known != null) {
            return told(known.reply());
        }
        if (barred.contains(asked.terminal())) {
            return told(new Reply.Shell(asked.terminal(), false, "ended"));
        }
        var live = live();
        long ofTask = live.stream().filter(one -> one.task() == asked.lease().task()).count();
        if (ofTask >= settings.mostOfTask()) {
            return tooMany("The task has", ofTask, settings.mostOfTask());
        }
        if (live.size() >= settings.most()) {
            return tooMany("Its machine has", live.size(), settings.most());
        }
        return enter(asked);
    }

    private static Reply told(Reply.Shell shell) {
        return new Reply.Shells(List.of(shell));
    }

    private static Reply tooMany(String who, long now, int most) {
        return new Reply.Refused(
                Refusal.TOO_MANY_SHELLS,
                "%s %d shells open, and may have %d; end one first.".formatted(who, now, most));
    }

    /** Its place in the workspace, which is taken before it is made. */
    private final class Place implements Guest {

        private final Question.OpenShell asked;
        private @Nullable LiveShell shell; // guarded by the shells

        private Place(Question.OpenShell asked) {
            this.asked = asked;
        }

        void give() {
            means.workspaces().leave(asked.lease().task(), asked.workspace(), this);
        }

        @Override
        public void leave(String why) {
            var made = made();
            if (made != null) {
                made.leave(why);
            }
        }

        @Override
        public boolean awaitLeft(Duration atMost) throws InterruptedException {
            var made = made();
            return made == null || made.awaitLeft(atMost);
        }

        private @Nullable LiveShell made() {
            synchronized (Shells.this) {
                return shell;
            }
        }
    }

    // called with this held, so that who is sent away is made by then
    private Reply enter(Question.OpenShell asked) {
        var place = new Place(asked);
        Workspace workspace;
        try {
            workspace =
                    means.workspaces()
                            .visit(asked.lease().task(), asked.workspace(), asked.person(), place);
        } catch (WorkspaceMissing e) {
            return new Reply.Refused(Refusal.WORKSPACE_GONE, String.valueOf(e.getMessage()));
        } catch (WorkspaceFailure e) {
            return new Reply.Refused(Refusal.UNREADABLE, String.valueOf(e.getMessage()));
        }
        try {
            var shell = make(asked, workspace, place);
            place.shell = shell;
            remember(asked.terminal(), shell);
            shell.start(means.terminals()::open);
            log.info("shell opened {}", asked);
            return told(shell.reply());
        } catch (IOException e) {
            place.give();
            log.error("shell not opened {}", asked, e);
            return new Reply.Refused(
                    Refusal.SHELL_NOT_STARTED, "The machine could not start a shell: " + e);
        }
    }

    private LiveShell make(Question.OpenShell asked, Workspace workspace, Place place)
            throws IOException {
        var command = settings.command().orElseGet(means.terminals()::shell);
        var journals =
                Journals.in(means.output().resolve(asked.terminal()), 2 * LiveShell.KEPT, SEGMENT);
        var journal = journals.create(asked.lease(), () -> {});
        var size = new Controls.Size(asked.size().columns(), asked.size().rows());
        var people = relay.begin(asked.terminal(), journal, size);
        var plan =
                new LiveShell.Plan(
                        asked.terminal(),
                        asked.lease().task(),
                        command,
                        spec(asked, workspace, command.getFirst()),
                        Mask.of(asked.provision()),
                        settings.life());
        return new LiveShell(plan, journal, people, () -> over(asked.terminal(), place));
    }

    private void over(String name, Place place) {
        try {
            Files.deleteIfExists(means.output().resolve(name));
        } catch (IOException e) {
            log.warn("directory of a shell stays behind shell={} why={}", name, e.toString());
        }
        place.give();
    }

    private TerminalSpec spec(Question.OpenShell asked, Workspace workspace, String program) {
        var cookie = means.family().next();
        var extra = new HashMap<>(asked.provision().environment());
        extra.putAll(workspace.environment());
        extra.put("SHELL", program);
        // what is typed at one task is nobody's to find at another
        extra.put("HISTFILE", "/dev/null");
        var branch = workspace instanceof Workspace.Worktree(_, _, var made, _, _, _) ? made : null;
        var environment =
                new ShellEnvironment(
                        asked.lease().task(),
                        asked.lease().attempt(),
                        asked.setting().project(),
                        branch,
                        asked.setting().description(),
                        extra);
        return new TerminalSpec(
                workspace.path(), environment.variables(System.getenv(), cookie), cookie);
    }

    private void remember(String name, LiveShell shell) {
        shells.put(name, shell);
        var oldest = shells.values().iterator();
        while (shells.size() > MOST_REMEMBERED && oldest.hasNext()) {
            if (oldest.next().isOver()) {
                oldest.remove();
            }
        }
    }

    /** Ends one, and answers once it is over or soon anyway. */
    public Reply end(Question.EndShell asked) throws InterruptedException {
        LiveShell known;
        synchronized (this) {
            known = shells.get(asked.terminal());
            if (known == null) {
                bar(asked.terminal());
                return told(new Reply.Shell(asked.terminal(), false, "ended"));
            }
        }
        known.leave("ended");
        var _ = known.awaitLeft(PATIENCE);
        return told(known.reply());
    }

    // called with this held
    private void bar(String name) {
        barred.add(name);
        if (barred.size() > MOST_REMEMBERED) {
            barred.remove(barred.iterator().next());
        }
    }

    public synchronized Reply status(Question.ShellStatus asked) {
        var told = new ArrayList<Reply.Shell>();
        for (var name : asked.terminals()) {
            var known = shells.get(name);
            if (known != null) {
                told.add(known.reply());
            } else if (barred.contains(name)) {
                told.add(new Reply.Shell(name, false, "ended"));
            }
        }
        return new Reply.Shells(told);
    }

    /** Looks for idle ones no more; those that live are their workspaces' to send away. */
    @Override
    public void close() {
        idle.close();
    }
}
