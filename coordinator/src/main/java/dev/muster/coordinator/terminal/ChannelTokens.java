package dev.muster.coordinator.terminal;

import dev.muster.coordinator.account.SecretHash;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;
import dev.muster.coordinator.time.Randomness;
import dev.muster.protocol.terminal.TerminalSockets;

import java.time.Duration;
import java.util.Base64;
import java.util.Optional;

/** What opens a terminal's socket, once. Only its hash is kept. Thread-safe. */
final class ChannelTokens {

    static final Duration LIFE = Duration.ofSeconds(60);

    private static final String PREFIX = "mst_pty_";
    private static final int BYTES = 24;

    /** One that was made just now, which nobody can be told again. */
    record Made(String token, TerminalStore.Pass pass) {}

    private final TerminalStore store;
    private final Tasks tasks;

    ChannelTokens(TerminalStore store, Tasks tasks) {
        this.store = store;
        this.tasks = tasks;
    }

    /**
     * Makes one for the newest attempt of a task.
     *
     * @param wanted how to sit there; empty for as one may
     * @throws Problem 404 for a task that one does not see, 403 for typing where one may only look,
     *     409 when no machine has the task yet
     */
    Made make(long task, Viewer viewer, Optional<Mode> wanted) {
        tasks.get(task, viewer);
        var facts = store.facts(task, viewer).filter(TerminalStore.Facts::begun);
        if (facts.isEmpty()) {
            throw Problem.conflict(
                    "no_terminal",
                    "Task #" + task + " has no terminal yet: it waits for a machine.");
        }
        boolean types = facts.get().types();
        if (!types && wanted.filter(mode -> mode == Mode.CONTROL).isPresent()) {
            throw Problem.forbidden(
                    "not_your_task",
                    "Whoever created task #"
                            + task
                            + ", maintainers of its project and admins type into its terminal; you"
                            + " may watch.");
        }
        var terminal = new TerminalId(task, facts.get().attempt(), TerminalSockets.MAIN);
        var mode = wanted.orElse(types ? Mode.CONTROL : Mode.WATCH);
        var pass = new TerminalStore.Pass(terminal, mode, viewer.developer());
        var token = draw();
        store.keep(SecretHash.of(token), pass, LIFE);
        return new Made(token, pass);
    }

    /** A random word that nobody guesses. */
    static String draw() {
        return PREFIX
                + Base64.getUrlEncoder().withoutPadding().encodeToString(Randomness.bytes(BYTES));
    }

    /** What a token was for, if it was good; never again. */
    Optional<TerminalStore.Pass> redeem(String token) {
        return token.startsWith(PREFIX) ? store.redeem(SecretHash.of(token)) : Optional.empty();
    }
}
