package dev.muster.worker.workspace;

import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Presence;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.question.WorkspacePath;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * What people may see of workspaces. Whatever an agent left there, or does there meanwhile, an
 * answer comes in bounded time, is bounded itself, and has nothing from elsewhere. Thread-safe.
 */
public final class Looks {

    private static final Logger log = LoggerFactory.getLogger(Looks.class);

    /** More files are not counted: a look takes seconds at most. */
    private static final long MOST_FILES = 200_000;

    private final Places places;
    private final Occupancy occupancy;
    private final Comparison comparison;
    private final Browsing browsing;
    private final Keeping keeping;

    /** Says until when a workspace stays whose attempt ended. */
    @FunctionalInterface
    interface Keeping {
        Instant until(String name, Ending ending) throws InterruptedException;
    }

    Looks(
            Places places,
            Occupancy occupancy,
            Comparison comparison,
            Browsing browsing,
            Keeping keeping) {
        this.places = places;
        this.occupancy = occupancy;
        this.comparison = comparison;
        this.browsing = browsing;
        this.keeping = keeping;
    }

    /** How it is; never a refusal because it is gone. */
    public Reply workspace(Question.Workspace asked) throws InterruptedException {
        var reply = in(asked.task(), asked.attempt(), this::workspace);
        return reply instanceof Reply.Refused(var code, _) && code == Refusal.WORKSPACE_GONE
                ? Reply.Workspace.GONE
                : reply;
    }

    /** What lies in one of its directories. */
    public Reply tree(Question.Tree asked) throws InterruptedException {
        return in(
                asked.task(),
                asked.attempt(),
                name -> browsing.tree(name, WorkspacePath.parse(asked.path()), asked.depth()));
    }

    /** A part of one of its files. */
    public Reply file(Question.File asked) throws InterruptedException {
        var path = WorkspacePath.parse(asked.path());
        return in(
                asked.task(),
                asked.attempt(),
                name -> browsing.file(name, path, asked.offset(), asked.limit()));
    }

    /** What was changed in it since it was made. */
    public Reply diff(Question.Diff asked) throws InterruptedException {
        var path = WorkspacePath.parse(asked.path() == null ? "" : asked.path());
        return in(
                asked.task(),
                asked.attempt(),
                name -> {
                    var worktree = comparison.worktree(name);
                    return worktree.isPresent()
                            ? comparison.diff(worktree.get(), path)
                            : new Reply.Refused(
                                    Refusal.NO_REPOSITORY,
                                    "This workspace has no repository to compare with.");
                });
    }

    /** A look into the workspace of a name, which is there. */
    @FunctionalInterface
    private interface Look {
        Reply into(String name) throws InterruptedException, IOException;
    }

    private Reply in(long task, int attempt, Look look) throws InterruptedException {
        var name = Places.name(task, attempt);
        if (!occupancy.lookIn(name)) {
            return gone();
        }
        try {
            return Checkout.isReal(places.tree(name)) ? look.into(name) : gone();
        } catch (IOException | WorkspaceFailure e) {
            log.info("workspace could not be looked at name={} why={}", name, e.toString());
            return new Reply.Refused(
                    Refusal.UNREADABLE, "The workspace could not be looked at now: " + sentence(e));
        } finally {
            occupancy.lookAway(name);
        }
    }

    private static Reply.Refused gone() {
        return new Reply.Refused(
                Refusal.WORKSPACE_GONE, "The workspace is not on its machine any more.");
    }

    private static String sentence(Exception e) {
        return e instanceof WorkspaceFailure
                ? String.valueOf(e.getMessage())
                : "something in it cannot be read.";
    }

    private Reply workspace(String name) throws InterruptedException, IOException {
        boolean live = occupancy.isUsed(name);
        var ending = live ? Optional.<Ending>empty() : Ending.read(places.ending(name));
        var worktree = comparison.worktree(name);
        var git =
                worktree.isPresent() ? comparison.git(worktree.get()) : Optional.<Reply.Git>empty();
        return new Reply.Workspace(
                live ? Presence.LIVE : Presence.KEPT,
                places.tree(name).toString(),
                worktree.isPresent() ? comparison.branch(worktree.get()).orElse(null) : null,
                git.orElse(null),
                places.bytes(name, MOST_FILES),
                ending.isPresent() ? keeping.until(name, ending.get()).toString() : null);
    }
}
