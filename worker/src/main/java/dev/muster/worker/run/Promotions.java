package dev.muster.worker.run;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.Promotion.Result;
import dev.muster.protocol.message.PromotionAnswer;
import dev.muster.protocol.message.PromotionAnswer.Decision;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.time.Backoff;
import dev.muster.worker.time.Time;
import dev.muster.worker.workspace.PushAnswer;
import dev.muster.worker.workspace.PushNote;
import dev.muster.worker.workspace.Pushes;
import dev.muster.worker.workspace.WorkspaceFailure;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Settles what attempts have pushed, each on a virtual thread of its own: once an attempt is over
 * here, a coordinator is asked whether its outcome was accepted. Then the branch is moved and that
 * is told; or what was pushed is cleared away. Asked, and not remembered, because a daemon that
 * died may not have heard the answer; the token for the repository comes with it, for none is ever
 * written down. Thread-safe.
 *
 * <p>INVARIANT: no branch is moved but for an attempt of which a coordinator just said that it
 * succeeded, by the lease and with the commit that were told; such an attempt is for good.
 */
final class Promotions implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Promotions.class);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private static final Duration CLOSE = Duration.ofSeconds(10);

    /** About an hour and a half; then people have to move the branch themselves. */
    private static final int MOST_TRIES = 25;

    private final Contact contact;
    private final Self self;
    private final Time time;
    private final Attempts attempts;
    private final Pushes pushes;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("promotion-", 0).factory());

    /** What is to be told. */
    private record Told(Result result, @Nullable String detail) {}

    Promotions(Contact contact, Self self, Time time, Attempts attempts, Pushes pushes) {
        this.contact = contact;
        this.self = self;
        this.time = time;
        this.attempts = attempts;
        this.pushes = pushes;
    }

    /** Goes on with what a former daemon left, and with what is pushed from now on. */
    void start() {
        pushes.onKept(this::begin);
        pushes.unsettled().forEach(this::begin);
    }

    private void begin(PushNote note) {
        try {
            threads.execute(() -> settleQuietly(note));
        } catch (RejectedExecutionException _) {
            // the daemon ends, and the next one finds the note
        }
    }

    private void settleQuietly(PushNote note) {
        try {
            settle(note);
        } catch (InterruptedException _) {
            // the same
        } catch (LinkFailure e) {
            log.warn("what was pushed stays unsettled {} why={}", note.lease(), e.getMessage());
        } catch (RuntimeException e) {
            log.error("settling what was pushed ended by a bug {}", note.lease(), e);
        }
    }

    private void settle(PushNote note) throws InterruptedException, LinkFailure {
        attempts.awaitGone(note.lease());
        var backoff = new Backoff(time, FIRST_PAUSE, LONGEST_PAUSE);
        int tried = 0;
        var answer = ask(note, null);
        while (!isSettled(note, answer, tried + 1 == MOST_TRIES)) {
            tried += answer.decision() == Decision.PROMOTE ? 1 : 0;
            backoff.pause();
            answer = ask(note, null);
        }
        pushes.forget(note);
    }

    private boolean isSettled(PushNote note, PromotionAnswer answer, boolean isLast)
            throws InterruptedException, LinkFailure {
        return switch (answer.decision()) {
            case WAIT -> false;
            case DONE -> true;
            case DROP -> {
                // whatever token there is, it is for the repository that the project has now
                if (note.repoUrl().equals(answer.repoUrl())) {
                    clearAway(note, Optional.ofNullable(answer.gitToken()));
                }
                log.info("what was pushed is dropped {}", note.lease());
                yield true;
            }
            case PROMOTE -> {
                var told = promote(note, answer, isLast);
                if (told.isPresent()) {
                    ask(note, told.get());
                }
                yield told.isPresent();
            }
        };
    }

    /** Asks whether it may be promoted, or tells what came of that. */
    private PromotionAnswer ask(PushNote note, @Nullable Told told)
            throws InterruptedException, LinkFailure {
        var promotion =
                new Promotion(
                        Wire.VERSION,
                        self.machine(),
                        note.lease(),
                        note.commit(),
                        told == null ? null : told.result(),
                        told == null ? null : told.detail());
        return contact.insist(Addresses.PROMOTE, promotion, PromotionAnswer.class);
    }

    /** What came of it; nothing if it is to be tried again. */
    private Optional<Told> promote(PushNote note, PromotionAnswer answer, boolean isLast)
            throws InterruptedException {
        if (!note.repoUrl().equals(answer.repoUrl())) {
            var why = "The project has another repository than the one it was pushed to.";
            return Optional.of(new Told(Result.REFUSED, why));
        }
        var token = Optional.ofNullable(answer.gitToken());
        try {
            switch (pushes.promote(note, token)) {
                case PushAnswer.Taken _ -> {
                    log.info("branch moved {} branch={}", note.lease(), note.branch());
                    clearAway(note, token);
                    return Optional.of(new Told(Result.PROMOTED, null));
                }
                case PushAnswer.Refused(var why) -> {
                    log.info("branch not moved {} why={}", note.lease(), why);
                    return Optional.of(new Told(Result.REFUSED, why));
                }
            }
        } catch (WorkspaceFailure e) {
            log.info("branch not moved yet {} why={}", note.lease(), e.getMessage());
            var told = new Told(Result.FAILED, e.getMessage());
            return isLast ? Optional.of(told) : Optional.empty();
        }
    }

    /** Once: what is left of it is a ref that nobody needs. */
    private void clearAway(PushNote note, Optional<GitToken> token) throws InterruptedException {
        try {
            pushes.withdraw(note, token);
        } catch (WorkspaceFailure e) {
            log.info("a ref is left {} why={}", note.lease(), e.getMessage());
        }
    }

    /** What is not settled waits for the next daemon. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("promotions did not end in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
