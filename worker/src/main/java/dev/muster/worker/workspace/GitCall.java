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
 * @param arguments subcommand first; values that are not the daemon's own stand behind {@code --}
 */
record GitCall(
        String doing,
        Path repository,
        Optional<Path> workTree,
        Transport transport,
        Duration atMost,
        Optional<GitToken> token,
        List<String> arguments) {

    private static final Duration USUAL = Duration.ofMinutes(1);

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
                List.of(arguments));
    }

    GitCall within(Duration longest) {
        return new GitCall(doing, repository, workTree, transport, longest, token, arguments);
    }

    GitCall over(Transport allowed) {
        return new GitCall(doing, repository, workTree, allowed, atMost, token, arguments);
    }

    GitCall with(Optional<GitToken> shown) {
        return new GitCall(doing, repository, workTree, transport, atMost, shown, arguments);
    }

    GitCall withFiles(Path files) {
        return new GitCall(
                doing, repository, Optional.of(files), transport, atMost, token, arguments);
    }
}
