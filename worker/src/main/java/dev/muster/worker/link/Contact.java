package dev.muster.worker.link;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.muster.protocol.message.ToWorker;
import dev.muster.worker.identity.Credentials;
import dev.muster.worker.identity.IdentityException;
import dev.muster.worker.link.LinkFailure.Kind;
import dev.muster.worker.time.Background;
import dev.muster.worker.time.Backoff;
import dev.muster.worker.time.Time;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Keeps a link up for as long as the daemon runs: dials, greets, waits for its loss, asks over HTTP
 * for what it needs to dial again, and does. Attempts live on meanwhile; their requests wait.
 * Thread-safe.
 */
public final class Contact implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Contact.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /** What is said first on every new link. */
    @FunctionalInterface
    public interface Greeting {
        void greet(Link link) throws LinkFailure, InterruptedException;
    }

    private final Dialer dialer;
    private final Credentials credentials;
    private final Duration patience;
    private final Time time;
    private final Consumer<String> onEnd;

    // the link to use, or the one to wait for; guarded by this
    private CompletableFuture<Link> current = new CompletableFuture<>();
    private volatile @Nullable Background keeper;
    private volatile long heardAt;

    /**
     * Connects nothing yet.
     *
     * @param patience how long an answer may take before the question is put again
     * @param onEnd hears why contact ended for good, such as a newer daemon in this one's place
     */
    public Contact(
            Dialer dialer,
            Credentials credentials,
            Duration patience,
            Time time,
            Consumer<String> onEnd) {
        this.dialer = dialer;
        this.credentials = credentials;
        this.patience = patience;
        this.time = time;
        this.onEnd = onEnd;
        this.heardAt = time.nanos();
    }

    /** Starts to connect, and returns at once. */
    public void start(Greeting greeting, Consumer<ToWorker> orders) {
        keeper = Background.start("contact", () -> keep(greeting, orders));
    }

    private void keep(Greeting greeting, Consumer<ToWorker> orders) throws InterruptedException {
        var backoff = new Backoff(time, FIRST_PAUSE, LONGEST_PAUSE);
        var address = credentials.cluster();
        boolean toldDown = false;
        try {
            while (true) {
                boolean renews = dialer.needsNewAddress();
                try (var link = dialer.dial(address, orders)) {
                    greeting.greet(link);
                    log.info("contact made cluster={}", address.name());
                    toldDown = false;
                    backoff.reset();
                    announce(link);
                    link.awaitLost();
                    log.warn("contact lost, connecting anew; attempts run on");
                } catch (LinkFailure e) {
                    if (e.kind() == Kind.REPLACED) {
                        endReplaced();
                        return;
                    }
                    renews |= e.kind() == LinkFailure.Kind.UNAUTHORISED;
                    if (!toldDown) {
                        log.warn("no contact yet, trying on why={}", e.getMessage());
                        toldDown = true;
                    }
                } catch (RuntimeException e) {
                    log.error("connecting failed, will try again", e);
                } finally {
                    withdraw();
                }
                backoff.pause();
                if (renews) {
                    address = credentials.renew();
                }
            }
        } catch (IdentityException e) {
            onEnd.accept(e.getMessage());
        }
    }

    private synchronized void announce(Link link) {
        heardAt = time.nanos(); // the greeting was answered
        current.complete(link);
    }

    private synchronized void withdraw() {
        if (current.isDone()) {
            current = new CompletableFuture<>();
        }
    }

    private synchronized CompletableFuture<Link> current() {
        return current;
    }

    /** Whether there was contact within {@code atMost}. */
    public boolean awaitConnected(Duration atMost) throws InterruptedException {
        try {
            link(atMost);
            return true;
        } catch (LinkFailure _) {
            return false;
        }
    }

    private Link link(Duration atMost) throws LinkFailure, InterruptedException {
        try {
            return current().get(atMost.toNanos(), NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new LinkFailure(Kind.UNANSWERED, "no contact with a coordinator", e);
        }
    }

    /** How long an answer may take before the question is put again. */
    public Duration patience() {
        return patience;
    }

    /**
     * Asks once. Without contact, the wait for it counts.
     *
     * @throws LinkFailure at the latest when {@code timeout} has passed twice
     */
    public <T> T ask(String address, Object message, Class<T> answer, Duration timeout)
            throws LinkFailure, InterruptedException {
        var link = link(timeout);
        var token = credentials.token();
        try {
            var answered = link.ask(address, message, answer, timeout);
            heardAt = time.nanos();
            return answered;
        } catch (LinkFailure e) {
            if (e.kind() != Kind.UNANSWERED) {
                heardAt = time.nanos();
            }
            switch (e.kind()) {
                case UNAUTHORISED -> credentials.refused(token);
                case REPLACED -> endReplaced();
                case INVALID, UNAVAILABLE, UNANSWERED -> {}
            }
            throw e;
        }
    }

    /**
     * Asks until answered, with pauses that grow.
     *
     * @throws LinkFailure if repeating will not help: {@code INVALID} or {@code REPLACED}
     */
    public <T> T insist(String address, Object message, Class<T> answer)
            throws LinkFailure, InterruptedException {
        return insist(address, _ -> message, answer, Duration.ZERO);
    }

    /**
     * The same where a try may differ from the one before it, or is not answered at once.
     *
     * @param messageOfTry the message of each try, counted from 1
     * @param parked how long the coordinator may keep it before it answers
     * @throws LinkFailure if repeating will not help: {@code INVALID} or {@code REPLACED}
     */
    public <T> T insist(
            String address, IntFunction<?> messageOfTry, Class<T> answer, Duration parked)
            throws LinkFailure, InterruptedException {
        var backoff = new Backoff(time, FIRST_PAUSE, LONGEST_PAUSE);
        for (int go = 1; ; go++) {
            try {
                return ask(address, messageOfTry.apply(go), answer, parked.plus(patience));
            } catch (LinkFailure e) {
                if (!e.mayPass()) {
                    throw e;
                }
                log.debug("request unanswered, repeating address={} try={}", address, go, e);
            }
            backoff.pause();
        }
    }

    /** Whether anything was answered, or refused, since that moment of {@link Time#nanos}. */
    public boolean isHeardSince(long nanos) {
        return heardAt - nanos > 0;
    }

    /** The link does not answer any more: connect anew, whatever it believes of itself. */
    public void distrust() {
        var link = current().getNow(null);
        if (link != null) {
            log.warn("requests stay unanswered");
            link.lose();
        }
    }

    private void endReplaced() {
        onEnd.accept(
                "A newer worker with this machine's identity took over, or the machine was"
                        + " decommissioned, so this one stopped; each worker needs a data directory"
                        + " of its own.");
    }

    /** Gives contact up. Requests under way fail; later ones find none. */
    @Override
    public void close() {
        var running = keeper;
        if (running != null) {
            running.close();
        }
    }
}
