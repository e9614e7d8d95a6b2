package dev.muster.worker.identity;

import dev.muster.cluster.P256;
import dev.muster.cluster.Passport;
import dev.muster.cluster.Pem;
import dev.muster.worker.time.Background;
import dev.muster.worker.time.Backoff;
import dev.muster.worker.time.Time;
import dev.muster.worker.time.Wakeup;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The machine's token, and the certificate of one that joins the cluster: got at start, renewed at
 * three quarters of the token's life or when it is refused, for as long as the daemon runs.
 * Thread-safe.
 */
public final class Credentials implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Credentials.class);

    private static final double RENEW_AT = 0.75;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final Enrolment enrolment;
    private final IdentityFile file;
    private final Time time;
    private final Wakeup due = new Wakeup();
    // one renewal at a time: two would draw two recovery secrets, and only one could be kept
    private final ReentrantLock renewing = new ReentrantLock();

    // of a machine that joins the cluster; made anew by each daemon and kept nowhere
    private final Optional<KeyPair> keys;

    private volatile Identity identity;
    private volatile EnrolmentAnswer.@Nullable Granted granted;
    private volatile @Nullable Passport passport;
    private volatile @Nullable String refused;
    private volatile @Nullable Background keeper;

    private Credentials(
            Enrolment enrolment,
            IdentityFile file,
            Identity identity,
            Optional<KeyPair> keys,
            Time time) {
        this.enrolment = enrolment;
        this.file = file;
        this.identity = identity;
        this.keys = keys;
        this.time = time;
    }

    /**
     * Becomes the machine in {@code directory}, or enrols as a new one. Blocks until a coordinator
     * answered.
     *
     * @param inCluster whether it needs a passport to the cluster
     * @throws IdentityException if there is neither an identity nor a good token, or the machine
     *     may not join the cluster
     */
    public static Credentials obtain(
            URI server,
            DataDirectory directory,
            Optional<String> token,
            Introduction self,
            boolean inCluster,
            Time time)
            throws IdentityException, InterruptedException {
        var file = new IdentityFile(directory);
        var saved = file.load();
        var identity = saved.orElseGet(() -> new Identity(time.newId(), null, null));
        if (!identity.isEnrolled() && token.isEmpty()) {
            throw new IdentityException(
                    "This machine is not enrolled yet: start it once with an enrolment token.");
        }
        if (saved.isEmpty()) {
            file.save(identity);
        }
        var enrolment = Enrolment.with(server);
        var keys = inCluster ? Optional.of(P256.random()) : Optional.<KeyPair>empty();
        var credentials = new Credentials(enrolment, file, identity, keys, time);
        try {
            if (identity.isEnrolled()) {
                credentials.renew();
            } else {
                credentials.enrol(token.orElseThrow(), self);
            }
            return credentials;
        } catch (IdentityException | InterruptedException | RuntimeException e) {
            enrolment.close();
            throw e;
        }
    }

    private void enrol(String token, Introduction self)
            throws IdentityException, InterruptedException {
        switch (untilReached(() -> enrolment.register(identity.machineId(), token, self))) {
            case EnrolmentAnswer.Granted grant -> {
                accept(grant);
                log.info("machine enrolled machine={}", identity.machineId());
                certify();
            }
            case EnrolmentAnswer.Refused no ->
                    throw new IdentityException("The enrolment token was refused: " + no.error());
            case EnrolmentAnswer.Certified _, EnrolmentAnswer.Unreachable _ ->
                    throw new IllegalStateException();
        }
    }

    /** Keeps the token fresh from now on; {@code onLost} hears why when that ends for good. */
    public void keepFresh(Consumer<String> onLost) {
        keeper = Background.start("token", () -> keep(onLost));
    }

    private void keep(Consumer<String> onLost) throws InterruptedException {
        try {
            while (true) {
                var life = Duration.ofSeconds(Math.max(1, latest().expiresInSeconds()));
                due.await(Duration.ofMillis(Math.round(life.toMillis() * RENEW_AT)));
                renew();
            }
        } catch (IdentityException e) {
            onLost.accept(e.getMessage());
        }
    }

    /**
     * Gets a new token, a new certificate where there is one, and the cluster's present address.
     * Blocks until a coordinator answered.
     *
     * @throws IdentityException if this machine is not welcome any more
     */
    public ClusterAddress renew() throws IdentityException, InterruptedException {
        renewing.lockInterruptibly();
        try {
            switch (untilReached(this::refreshOrRecover)) {
                case EnrolmentAnswer.Granted grant -> accept(grant);
                case EnrolmentAnswer.Refused no ->
                        throw new IdentityException(
                                "The coordinator does not accept this machine any more: "
                                        + no.error());
                case EnrolmentAnswer.Certified _, EnrolmentAnswer.Unreachable _ ->
                        throw new IllegalStateException();
            }
            certify();
            return cluster();
        } finally {
            renewing.unlock();
        }
    }

    private EnrolmentAnswer refreshOrRecover() throws InterruptedException {
        var jwt = identity.workerJwt();
        if (jwt != null) {
            var answer = enrolment.refresh(jwt);
            if (!(answer instanceof EnrolmentAnswer.Refused)) {
                return answer;
            }
        }
        var secret = identity.recoverySecret();
        return secret == null
                ? new EnrolmentAnswer.Refused(401, "not_enrolled", "It was never enrolled.")
                : enrolment.recover(identity.machineId(), secret);
    }

    private void certify() throws IdentityException, InterruptedException {
        if (keys.isEmpty()) {
            return;
        }
        var pair = keys.get();
        passport =
                switch (untilReached(() -> enrolment.certify(token(), pair.getPublic()))) {
                    case EnrolmentAnswer.Certified signed -> passport(pair, signed);
                    case EnrolmentAnswer.Refused no ->
                            throw new IdentityException(
                                    "The coordinator does not let this machine into its cluster: "
                                            + no.error());
                    case EnrolmentAnswer.Granted _, EnrolmentAnswer.Unreachable _ ->
                            throw new IllegalStateException();
                };
    }

    private static Passport passport(KeyPair pair, EnrolmentAnswer.Certified signed)
            throws IdentityException {
        try {
            return new Passport(
                    pair.getPrivate(),
                    Pem.certificate(signed.certificate()),
                    Pem.certificate(signed.authority()));
        } catch (IllegalArgumentException e) {
            throw new IdentityException("The coordinator's certificates cannot be read.", e);
        }
    }

    /**
     * A disk that takes nothing ends no daemon: the secret that is on it stays good until a later
     * one is shown, so this daemon goes on with that one.
     */
    private void accept(EnrolmentAnswer.Granted grant) throws IdentityException {
        var renewed = identity.with(grant);
        try {
            file.save(renewed);
            identity = renewed;
        } catch (IdentityException e) {
            if (!identity.isEnrolled()) {
                throw e;
            }
            log.warn("the new token is kept in memory alone why={}", e.getMessage());
            identity = identity.with(grant.workerJwt());
        }
        granted = grant;
    }

    /** Asks until somebody answers; tells an outage's start and end, and nothing between. */
    private EnrolmentAnswer untilReached(Request request) throws InterruptedException {
        var backoff = new Backoff(time, FIRST_PAUSE, LONGEST_PAUSE);
        boolean down = false;
        while (true) {
            var answer = request.send();
            if (!(answer instanceof EnrolmentAnswer.Unreachable unreachable)) {
                if (down) {
                    log.info("coordinator reached again over HTTP");
                }
                return answer;
            }
            if (!down) {
                log.warn("coordinator cannot be reached, trying on why={}", unreachable.why());
                down = true;
            }
            backoff.pause();
        }
    }

    public UUID machine() {
        return identity.machineId();
    }

    /** The token to show now. */
    public String token() {
        return latest().workerJwt();
    }

    /** What it shows in the cluster. */
    public Passport passport() {
        var latest = passport;
        if (latest == null) {
            throw new IllegalStateException("this machine is in no cluster");
        }
        return latest;
    }

    /** The cluster's address as last heard. */
    public ClusterAddress cluster() {
        return latest().cluster();
    }

    private EnrolmentAnswer.Granted latest() {
        var latest = granted;
        if (latest == null) {
            throw new IllegalStateException("no token before obtain() returned");
        }
        return latest;
    }

    /** A coordinator refused {@code token}: get another, unless that already happened. */
    public void refused(String token) {
        if (token.equals(token()) && !token.equals(refused)) {
            refused = token;
            due.poke();
        }
    }

    @Override
    public void close() {
        var running = keeper;
        if (running != null) {
            running.close();
        }
        enrolment.close();
    }

    @FunctionalInterface
    private interface Request {
        EnrolmentAnswer send() throws InterruptedException;
    }
}
