package dev.muster.worker.run;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Pushed;
import dev.muster.protocol.message.Work;
import dev.muster.worker.workspace.GitFailure;
import dev.muster.worker.workspace.PushAnswer;
import dev.muster.worker.workspace.PushNote;
import dev.muster.worker.workspace.Pushes;
import dev.muster.worker.workspace.Workspace;
import dev.muster.worker.workspace.WorkspaceFailure;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * What comes of an attempt whose stages have all succeeded. What they left is pushed first, where
 * its project wants that, to a ref of the attempt's own: a machine that had lost the attempt
 * without knowing can do no harm there. The branch is moved only once the outcome was accepted, see
 * {@link Promotions}.
 *
 * <p>What cannot be pushed fails the attempt: a success whose result is nowhere would be none. Its
 * workspace stays as others do, so the work is not lost and the last stage can be retried.
 */
record Delivery(Pushes pushes) {

    private static final Logger log = LoggerFactory.getLogger(Delivery.class);

    private static final String FAILED = "push_failed";
    private static final int TRIES = 4;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    /** What took longer than that so far is not tried again. */
    private static final Duration MOST_BEFORE_A_TRY = Duration.ofMinutes(5);

    /** Pushes if it has to, and says how the attempt ends. Ended early by an interrupt. */
    Fact of(Assignment assignment, RunContext context, Workspace workspace, @Nullable Work work)
            throws InterruptedException {
        if (!assignment.isPushed()
                || work == null
                || assignment.repoUrl() == null
                || !(workspace instanceof Workspace.Worktree worktree)) {
            return succeeded(context, work);
        }
        if (work.commits() == 0) {
            return succeeded(context, work.with(new Pushed(work.head(), null)));
        }
        try {
            var note = pushes.keep(context.lease(), worktree, assignment.repoUrl(), work.head());
            return push(note, assignment, context, work);
        } catch (WorkspaceFailure | IOException e) {
            var why =
                    e instanceof IOException
                            ? "The push failed: " + e
                            : String.valueOf(e.getMessage());
            return failed(context, StageOutcome.reasonOf(e, FAILED), why, work);
        }
    }

    private Fact push(PushNote note, Assignment assignment, RunContext context, Work work)
            throws InterruptedException {
        var token = Optional.ofNullable(assignment.provision().gitToken());
        var pause = FIRST_PAUSE;
        long began = context.elapsedMillis();
        for (int go = 1; ; go++) {
            try {
                return switch (pushes.push(note, token)) {
                    case PushAnswer.Taken _ -> {
                        var ref = Pushed.refOf(context.lease());
                        log.info("work pushed {} commit={}", context.lease(), work.head());
                        yield succeeded(context, work.with(new Pushed(work.head(), ref)));
                    }
                    case PushAnswer.Refused(var why) -> failed(context, FAILED, why, work);
                };
            } catch (GitFailure e) {
                long took = context.elapsedMillis() - began;
                if (go == TRIES || took > MOST_BEFORE_A_TRY.toMillis()) {
                    throw e;
                }
                log.info("push failed, will try again {} try={}", context.lease(), go);
            }
            context.pause(pause);
            pause = pause.multipliedBy(3);
        }
    }

    private static Fact succeeded(RunContext context, @Nullable Work work) {
        return new Fact.Succeeded(context.elapsedMillis(), work);
    }

    private static Fact failed(RunContext context, String reason, String why, Work work) {
        log.info("work not pushed {} why={}", context.lease(), why);
        return new Fact.Failed(context.elapsedMillis(), reason, why, work);
    }
}
