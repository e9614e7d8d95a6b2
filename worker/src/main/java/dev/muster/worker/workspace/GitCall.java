package dev.muster.worker.workspace;

import dev.muster.protocol.message.GitToken;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One run of git.
 *
 * @param doing what it is for, to follow "git could not"
 * @param repository the git directory, always named: git never searches for one
 * @param workTree files to work on, where the call needs any
 * @param atMost after this long it is killed
 * @param token what the other side is shown if it asks; never for a call that reads what an agent
 *     wrote
 * @param pipes files in the place of its input and output, opened with the daemon's own rights
 * @param arguments subcommand first; values that are not the daemon's own stand behind {@code --}
 */
record GitCall(
        String doing,
        Path repository,
        Optional<Path> workTree,
        Transport transport,
        Duration atMost,
        Optional<GitToken> token,
        Optional<Pipes> pipes,
        List<String> arguments) {

    private static final Duration USUAL = Duration.ofMinutes(1);

    /** What it reads, and a file that gets what it writes; where there is none it is kept. */
    record Pipes(Path input, Optional<Path> output) {}

    GitCall {
        arguments = List.copyOf(arguments);
    }

    static GitCall on(Path repository, String doing, String... arguments) {
        return new GitCall(
                doing,
                repository,
                Optional.empty(),
                Transport.NONE,
                USUAL,
                Optional.empty(),
                Optional.empty(),
                List.of(arguments));
    }

    GitCall within(Duration longest) {
        return new GitCall(
                doing, repository, workTree, transport, longest, token, pipes, arguments);
    }

    GitCall over(Transport allowed) {
        return new GitCall(doing, repository, workTree, allowed, atMost, token, pipes, arguments);
    }

    GitCall with(Optional<GitToken> shown) {
        return new GitCall(doing, repository, workTree, transport, atMost, shown, pipes, arguments);
    }

    GitCall withFiles(Path files) {
        return new GitCall(
                doing, repository, Optional.of(files), transport, atMost, token, pipes, arguments);
    }

    /** Reads {@code input} instead of nothing. */
    GitCall reading(Path input) {
        return piped(new Pipes(input, Optional.empty()));
    }

    /** The same, and writes to {@code output}. */
    GitCall reading(Path input, Path output) {
        return piped(new Pipes(input, Optional.of(output)));
    }

    private GitCall piped(Pipes files) {
        return new GitCall(
                doing,
                repository,
                workTree,
                transport,
                atMost,
                token,
                Optional.of(files),
                arguments);
    }
}
