package dev.muster.coordinator.tunnel;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.http.RequestKey;
import dev.muster.coordinator.question.Questions;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;
import dev.muster.coordinator.time.Randomness;
import dev.muster.coordinator.tunnel.TunnelStore.Tunnel;
import dev.muster.coordinator.tunnel.TunnelStore.Wanted;
import dev.muster.coordinator.workspace.Place;
import dev.muster.coordinator.workspace.Workspaces;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.TunnelState;

import java.time.Duration;
import java.util.Optional;

/** Starts, stops and shows tunnels. Thread-safe. */
public final class Tunnels {

    /** How a tunnel is stays interesting only so long. */
    private static final Duration GLANCE = Duration.ofSeconds(3);

    /** Until then the order to start one may be under way. */
    private static final Duration UNDER_WAY = Questions.PATIENCE.plusSeconds(5);

    private final TunnelStore store;
    private final Tasks tasks;
    private final Workspaces workspaces;

    public Tunnels(Database database, Tasks tasks, Workspaces workspaces) {
        this.store = new TunnelStore(database);
        this.tasks = tasks;
        this.workspaces = workspaces;
    }

    /**
     * A tunnel as it is shown.
     *
     * @param now what its machine tells; empty if it was not asked or did not answer
     * @param mayConnect whether the viewer may be told how
     */
    record Shown(Tunnel tunnel, Optional<Reply.Tunnel> now, boolean mayConnect) {}

    /** What came of a wish for one. */
    sealed interface Start {
        /** It was made. */
        record Made(Shown shown) implements Start {}

        /** There was one. */
        record There(Shown shown) implements Start {}

        /** The same request made one before: this is how it is now. */
        record Repeated(Shown shown) implements Start {}
    }

    /**
     * Starts the task's tunnel, unless it has one.
     *
     * @throws Problem 403 for who may only look, 409 if it cannot have one
     */
    Start start(long task, Viewer viewer, Wanted wanted) {
        requireOwner(task, viewer);
        if (wanted.request() != null && isRepeated(wanted.request(), viewer)) {
            return new Start.Repeated(repeated(task, viewer));
        }
        var place = workspaces.place(task, viewer);
        if (!place.live()) {
            throw Problem.conflict(
                    "task_not_running",
                    "Task #" + task + " does not run now; a tunnel lives only while it does.");
        }
        var start = tryToStart(place, viewer, wanted);
        // one that the row had for open may be over on its machine
        return start instanceof Start.There(var shown)
                        && shown.now().filter(now -> now.state().isOver()).isPresent()
                ? tryToStart(place, viewer, wanted)
                : start;
    }

    private boolean isRepeated(RequestKey request, Viewer viewer) {
        var named = store.named(viewer.developer(), request);
        if (named.isPresent() && !named.get().same()) {
            throw Problem.otherRequest();
        }
        return named.isPresent();
    }

    /** As it is now; if its machine may never have heard of it, that is told once more. */
    private Shown repeated(long task, Viewer viewer) {
        var tunnel = store.newest(task).orElseThrow();
        return tunnel.state() == TunnelState.STARTING && tunnel.toldAt() == null
                ? put(tunnel)
                : status(task, viewer).orElseThrow();
    }

    private Start tryToStart(Place place, Viewer viewer, Wanted wanted) {
        boolean made = begin(place, viewer, wanted);
        var tunnel = store.newest(place.task()).orElseThrow();
        if (tunnel.state() == TunnelState.CLOSING) {
            throw Problem.conflict(
                    "tunnel_closing", "The task's tunnel is being closed; ask again shortly.");
        }
        var shown = put(tunnel);
        return made ? new Start.Made(shown) : new Start.There(shown);
    }

    /** Has the machine start it, unless it did. */
    private Shown put(Tunnel tunnel) {
        var asked =
                new Question.StartTunnel(
                        tunnel.task(),
                        tunnel.attempt(),
                        tunnel.id(),
                        tunnel.template(),
                        tunnel.lifeSeconds());
        return ask(tunnel, asked, Questions.PATIENCE);
    }

    private boolean begin(Place place, Viewer viewer, Wanted wanted) {
        try {
            return store.begin(Randomness.uuid(), place, viewer, wanted);
        } catch (DatabaseFailure e) {
            if (e.violates("tunnel_by_request")) {
                throw Problem.conflict(
                        "request_in_progress",
                        "The first request with this Idempotency-Key is still under way; ask"
                                + " again shortly.");
            }
            throw e;
        }
    }

    /** Asks the machine, notes what it tells, and refuses what it refuses. */
    private Shown ask(Tunnel tunnel, Question question, Duration patience) {
        return switch (workspaces.ask(tunnel.machine(), question, patience)) {
            case Reply.Tunnel told -> {
                store.told(tunnel.id(), told);
                yield new Shown(again(tunnel), Optional.of(told), true);
            }
            case Reply.Refused refused -> throw refused(tunnel, refused);
            case Reply other ->
                    throw new IllegalStateException(
                            "a machine answered another question: " + other);
        };
    }

    private Tunnel again(Tunnel tunnel) {
        return store.newest(tunnel.task()).orElse(tunnel);
    }

    private Problem refused(Tunnel tunnel, Reply.Refused refused) {
        var code =
                switch (refused.code()) {
                    case PROGRAM_MISSING -> "tunnel_program_missing";
                    case UNKNOWN_TEMPLATE -> "unknown_tunnel_template";
                    case NOT_RUNNING -> "task_not_running";
                    case UNKNOWN_TUNNEL,
                            WORKSPACE_GONE,
                            PATH_NOT_FOUND,
                            PATH_OF_ANOTHER_KIND,
                            NO_REPOSITORY,
                            UNREADABLE,
                            TOO_MANY_SHELLS,
                            SHELL_NOT_STARTED ->
                            "tunnel_refused";
                };
        store.refuse(tunnel.id(), code, refused.sentence());
        return Problem.conflict(code, refused.sentence());
    }

    /**
     * Ends the task's tunnel; as it is, if it has none that is open.
     *
     * @throws Problem 403 for who may only look; 504 if its machine does not answer, which will
     *     hear of it when somebody asks how it is
     */
    Optional<Shown> stop(long task, Viewer viewer) {
        requireOwner(task, viewer);
        var tunnel = store.newest(task);
        if (tunnel.isEmpty() || tunnel.get().state().isOver()) {
            return tunnel.map(over -> new Shown(over, Optional.empty(), true));
        }
        var id = tunnel.get().id();
        store.closing(id, viewer);
        return Optional.of(ask(tunnel.get(), new Question.StopTunnel(id), Questions.PATIENCE));
    }

    /** How the task's tunnel is, or was when its machine was last heard; empty if it had none. */
    Optional<Shown> status(long task, Viewer viewer) {
        boolean owns = isOwner(task, viewer);
        return store.newest(task)
                .map(tunnel -> tunnel.state().isOver() ? last(tunnel) : look(tunnel))
                .map(shown -> new Shown(shown.tunnel(), shown.now(), owns));
    }

    private static Shown last(Tunnel tunnel) {
        return new Shown(tunnel, Optional.empty(), false);
    }

    private Shown look(Tunnel tunnel) {
        // who was told to stop, and may not have heard, is told again
        var question =
                tunnel.state() == TunnelState.CLOSING
                        ? new Question.StopTunnel(tunnel.id())
                        : new Question.TunnelStatus(tunnel.id());
        Reply reply;
        try {
            reply = workspaces.ask(tunnel.machine(), question, GLANCE);
        } catch (Problem _) {
            return last(tunnel);
        }
        if (reply instanceof Reply.Tunnel told) {
            store.told(tunnel.id(), told);
            return new Shown(again(tunnel), Optional.of(told), false);
        }
        if (tunnel.toldAt() == null && tunnel.age().compareTo(UNDER_WAY) < 0) {
            return last(tunnel);
        }
        if (tunnel.toldAt() == null) {
            store.end(tunnel.id(), "not_started", "Its machine never heard that it was to start.");
        } else {
            store.end(
                    tunnel.id(),
                    "worker_restarted",
                    "The worker on its machine was started anew, and no tunnel outlives it.");
        }
        return last(again(tunnel));
    }

    private void requireOwner(long task, Viewer viewer) {
        if (!isOwner(task, viewer)) {
            throw Problem.forbidden(
                    "not_your_task",
                    "Only who created task #" + task + " and admins may open or close its tunnel.");
        }
    }

    private boolean isOwner(long task, Viewer viewer) {
        return tasks.get(task, viewer).createdBy().id() == viewer.developer()
                || viewer.everywhere();
    }
}
