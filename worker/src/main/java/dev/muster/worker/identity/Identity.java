package dev.muster.worker.identity;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * What makes this daemon the same machine after a restart.
 *
 * @param machineId chosen here, once
 * @param recoverySecret gets a new token when the last one is refused; null until enrolled
 * @param workerJwt the last token; null until enrolled
 */
record Identity(UUID machineId, @Nullable String recoverySecret, @Nullable String workerJwt) {

    boolean isEnrolled() {
        return recoverySecret != null;
    }

    /** With what a coordinator granted; a grant without a new secret leaves the old one good. */
    Identity with(EnrolmentAnswer.Granted granted) {
        var secret = granted.recoverySecret() == null ? recoverySecret : granted.recoverySecret();
        return new Identity(machineId, secret, granted.workerJwt());
    }

    /** With another token, and the secret of before. */
    Identity with(String token) {
        return new Identity(machineId, recoverySecret, token);
    }

    /** Without its secrets. */
    @Override
    public String toString() {
        return "Identity[" + machineId + "]";
    }
}
