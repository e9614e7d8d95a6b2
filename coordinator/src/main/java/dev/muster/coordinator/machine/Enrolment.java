package dev.muster.coordinator.machine;

import dev.muster.coordinator.account.SecretHash;
import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.DatabaseFailure;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.machine.EnrolmentStore.Admission;
import dev.muster.coordinator.machine.EnrolmentStore.Recovery;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Lets machines in, once per token, and back in by their recovery secret. Thread-safe. */
public final class Enrolment {

    private static final Logger log = LoggerFactory.getLogger(Enrolment.class);

    private static final String TOKEN_PREFIX = "mst_enr_";

    /** How long a token is good unless its maker says less. */
    static final Duration TOKEN_LIFE = Duration.ofHours(24);

    /** A new token: what is kept of it, and the token itself, which is never shown again. */
    record Made(EnrolmentStore.Token token, String secret) {}

    /**
     * A machine that is back.
     *
     * @param generation of its tokens from now on
     * @param next the secret to come back with the next time
     */
    record Recovered(int generation, String next) {}

    private final EnrolmentStore store;
    private final IncidentStore incidents;

    public Enrolment(Database database) {
        this.store = new EnrolmentStore(database);
        this.incidents = new IncidentStore(database);
    }

    /** Makes a token for a machine of this coordinator's own start-up, which joins its cluster. */
    public String tokenFor(String label) {
        return make(label, null, TOKEN_LIFE, true, Actor.SYSTEM).secret();
    }

    /**
     * Makes a token that is good once.
     *
     * @param cluster whether the machine may join the cluster, where it can see and answer all that
     *     is said on the bus
     */
    Made make(String label, @Nullable Long developer, Duration life, boolean cluster, Actor by) {
        var secret = Secret.draw(TOKEN_PREFIX);
        var token = store.create(SecretHash.of(secret), label, developer, life, cluster, by);
        return new Made(token, secret);
    }

    List<EnrolmentStore.Token> list(int limit, int offset) {
        return store.list(limit, offset);
    }

    long count() {
        return store.count();
    }

    /**
     * @throws Problem 404 if there is none
     */
    EnrolmentStore.Token get(long id) {
        return store.find(id)
                .orElseThrow(() -> Problem.notFound("There is no worker token " + id + "."));
    }

    /**
     * Makes a token good for nothing. One that was revoked before stays so.
     *
     * @throws Problem 404 if there is none, 409 if it let a machine in
     */
    EnrolmentStore.Token revoke(long id, Call by) {
        if (store.revoke(id, Actor.of(by))) {
            log.info("enrolment token revoked token={} by={}", id, by.person().id());
        }
        var token = get(id);
        if (token.machine() != null) {
            throw Problem.conflict(
                    "token_used",
                    "This token let machine "
                            + token.machine()
                            + " in and is good for no other; to shut that one out, decommission"
                            + " it.");
        }
        return token;
    }

    /** Admits {@code applicant} and answers its recovery secret. */
    String register(EnrolmentStore.Applicant applicant, String token, Actor by) {
        var recovery = Secret.draw("mst_rec_");
        switch (admit(applicant, token, recovery, by)) {
            case ADMITTED ->
                    log.info(
                            "machine enrolled machine={} name={}",
                            applicant.id(),
                            applicant.name());
            case TOKEN_UNKNOWN ->
                    throw Problem.unauthorized(
                            "token_unknown",
                            Secret.isWhole(TOKEN_PREFIX, token)
                                    ? "This enrolment token is not known. Ask an admin for one."
                                    : "This is no whole enrolment token: a part is missing or"
                                            + " mistyped.");
            case TOKEN_EXPIRED ->
                    throw Problem.unauthorized(
                            "token_expired",
                            "This enrolment token has expired. Ask an admin for one.");
            case TOKEN_REVOKED -> {
                tried("revoked_enrolment_token", applicant, by);
                throw Problem.unauthorized(
                        "token_revoked", "This enrolment token was revoked. Ask an admin for one.");
            }
            case TOKEN_USED -> {
                tried("enrolment_token_reused", applicant, by);
                throw Problem.unauthorized(
                        "token_used",
                        "This enrolment token was used before. Each works once; ask an admin for"
                                + " one.");
            }
            case MACHINE_KNOWN ->
                    throw Problem.conflict(
                            "machine_known",
                            "A machine with this id is enrolled already; recover it instead.");
        }
        return recovery;
    }

    private Admission admit(
            EnrolmentStore.Applicant applicant, String token, String recovery, Actor by) {
        try {
            return store.admit(applicant, SecretHash.of(token), SecretHash.of(recovery), by);
        } catch (DatabaseFailure e) {
            if (e.violates("machine_name_key")) {
                throw Problem.conflict(
                        "machine_name_taken",
                        "Another machine is named '"
                                + applicant.name()
                                + "'. Choose another name.");
            }
            throw e;
        }
    }

    /**
     * Somebody else holds a copy of a token, or a machine was set up twice: a person should look.
     */
    private void tried(String incident, EnrolmentStore.Applicant applicant, Actor by) {
        log.warn(
                "machine refused why={} machine={} from={}",
                incident,
                applicant.id(),
                by.address());
        incidents.note(
                incident,
                applicant.id(),
                new JsonObject().put("name", applicant.name()).put("from", by.address()),
                by,
                "machine.enrol");
    }

    /**
     * Only some machines may join the cluster.
     *
     * @throws Problem 403 if the machine may not join the cluster
     */
    void requireClusterRight(UUID machine) {
        var right = store.mayJoinCluster(machine);
        if (right.isEmpty()) {
            throw Problem.forbidden(
                    "machine_decommissioned", "The machine was decommissioned, which is for good.");
        }
        if (!right.get()) {
            log.warn("certificate refused machine={}", machine);
            throw Problem.forbidden(
                    "cluster_not_allowed",
                    "This machine was not enrolled for the coordinators' cluster. Let it use the"
                            + " gateway, or enrol it anew with a token made for the cluster.");
        }
    }

    /** A certificate was signed for the machine, and will be given out. */
    void certified(UUID machine, Actor by) {
        store.noteCertified(machine, by);
    }

    /**
     * Whether who shows a good token may have another.
     *
     * @throws Problem 401 if the machine recovered since, or was decommissioned
     */
    void requireNewest(Caller.Machine machine) {
        if (!store.isNewest(machine.id(), machine.generation())) {
            log.warn("token not prolonged machine={}", machine.id());
            throw Problem.unauthorized(
                    "token_retired",
                    "The machine was decommissioned, or recovered since, which ends its older"
                            + " tokens.");
        }
    }

    /**
     * Checks a recovery secret and answers the next one; the present one stays good until that one
     * is used. The machine's tokens of before are good for nothing from now on.
     *
     * @throws Problem 401 if it is not the machine's, or was only before; then a copy of the
     *     machine is in use, and it is drained
     */
    Recovered recover(UUID machine, String secret, Actor by) {
        var next = Secret.draw("mst_rec_");
        return switch (store.recover(machine, SecretHash.of(secret), SecretHash.of(next), by)) {
            case Recovery.Back(var generation) -> {
                log.info("machine recovered machine={}", machine);
                yield new Recovered(generation, next);
            }
            case Recovery.Copied _ -> {
                log.warn("machine status=draining machine={} why=a copy of it is in use", machine);
                throw refused(machine, by);
            }
            case Recovery.Unknown _ -> throw refused(machine, by);
        };
    }

    private Problem refused(UUID machine, Actor by) {
        log.warn("recovery refused machine={} from={}", machine, by.address());
        incidents.note(
                "recovery_refused",
                machine,
                new JsonObject().put("from", by.address()),
                by,
                "machine.recover");
        return Problem.unauthorized(
                "recovery_refused",
                "This recovery secret is not this machine's, or not any more. Enrol the machine"
                        + " anew.");
    }
}
