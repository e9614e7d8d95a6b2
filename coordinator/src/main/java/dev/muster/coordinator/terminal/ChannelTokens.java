package dev.muster.coordinator.terminal;

import dev.muster.coordinator.account.SecretHash;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.shell.ShellRefusal;
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
     * Makes one for the terminal of a task's stages, those of its newest attempt.
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
        return made(terminal, wanted.orElse(types ? Mode.CONTROL : Mode.WATCH), viewer);
    }

    /**
     * Makes one for a shell.
     *
     * @throws Problem 404 for a task that one does not see or that has no such shell, 403 for whom
     *     the project does not let use shells, 409 if it has ended
     */
    Made makeForShell(long task, String name, Viewer viewer, Optional<Mode> wanted) {
        tasks.get(task, viewer);
        var shell =
                store.shell(task, name, viewer).orElseThrow(() -> ShellRefusal.unknown(task, name));
        if (!shell.may()) {
            throw ShellRefusal.notAllowed(task);
        }
        if (!shell.open()) {
            throw Problem.conflict("terminal_ended", "The shell " + name + " has ended.");
        }
        var terminal = new TerminalId(task, shell.attempt(), name);
        return made(terminal, wanted.orElse(Mode.CONTROL), viewer);
    }

    private Made made(TerminalId terminal, Mode mode, Viewer viewer) {
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
