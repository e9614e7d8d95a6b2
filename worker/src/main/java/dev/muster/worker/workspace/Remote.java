package dev.muster.worker.workspace;

import dev.muster.protocol.message.GitToken;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A project's repository, as one that is pushed to. What is sent comes from a repository of the
 * daemon's own, so neither a hook nor a config that an agent wrote has a say in where to and how.
 */
final class Remote {

    /** Of git's lines for programs: the mark of a refusal, from and to, and why. */
    private static final Pattern REFUSED =
            Pattern.compile("^!\t[^\t\n]*\t([^\n]+)$", Pattern.MULTILINE);

    private final Git git;
    private final Sources sources;

    Remote(Git git, Sources sources) {
        this.git = git;
        this.sources = sources;
    }

    /**
     * One ref that is to be moved.
     *
     * @param doing what that is for, to follow "git could not"
     * @param url as it was assigned
     * @param refspec both its names whole
     * @param lease what the ref has to be at, {@code ref:commit}; empty for whatever git allows
     */
    record Move(String doing, String url, String refspec, Optional<String> lease) {
        Move(String doing, String url, String refspec) {
            this(doing, url, refspec, Optional.empty());
        }
    }

    /**
     * Pushes from {@code own}, a repository that nobody but the daemon writes to.
     *
     * @throws GitFailure if the repository cannot be reached, or not in time
     * @throws WorkspaceFailure if this machine may not speak to it
     */
    PushAnswer push(Path own, Move move, Optional<GitToken> token, Duration longest)
            throws InterruptedException {
        var source = sources.admit(move.url());
        var end =
                git.end(
                        GitCall.on(own, move.doing(), arguments(move, source))
                                .over(source.transport())
                                .with(token.filter(_ -> source.transport() == Transport.HTTPS))
                                .within(longest));
        if (end.status() == 0) {
            return new PushAnswer.Taken();
        }
        var said = Complaint.tidied(end.complaint());
        var refusal = REFUSED.matcher(new String(end.output(), StandardCharsets.UTF_8));
        if (refusal.find()) {
            var why = Complaint.tidied(refusal.group(1));
            return new PushAnswer.Refused(
                    "The repository refused to %s: %s (%s)".formatted(move.doing(), why, said));
        }
        throw new GitFailure("git could not " + move.doing() + ": " + said);
    }

    private static String[] arguments(Move move, Source source) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "push",
                                "--porcelain",
                                "--no-verify",
                                "--no-signed",
                                "--no-follow-tags",
                                "--recurse-submodules=no"));
        move.lease().ifPresent(lease -> arguments.add("--force-with-lease=" + lease));
        arguments.add("--");
        arguments.add(source.url());
        arguments.add(move.refspec());
        return arguments.toArray(String[]::new);
    }
}
