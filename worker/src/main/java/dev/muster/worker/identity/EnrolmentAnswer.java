package dev.muster.worker.identity;

import org.jspecify.annotations.Nullable;

/** How a request for an identity or a token ended. */
sealed interface EnrolmentAnswer {

    /**
     * A token.
     *
     * @param expiresInSeconds from now
     * @param recoverySecret a new one to keep instead of the old; null when the old one stays
     */
    record Granted(
            String workerJwt,
            long expiresInSeconds,
            @Nullable String recoverySecret,
            ClusterAddress cluster)
            implements EnrolmentAnswer {

        /** Without its secrets. */
        @Override
        public String toString() {
            return "Granted[for " + expiresInSeconds + " s, " + cluster + "]";
        }
    }

    /** A certificate, and that of the authority whose members it may trust; in PEM. */
    record Certified(String certificate, String authority) implements EnrolmentAnswer {}

    /**
     * A coordinator said no; the same request will get the same answer.
     *
     * @param code a stable word
     * @param error one sentence for a person
     */
    record Refused(int status, String code, String error) implements EnrolmentAnswer {}

    /** No coordinator could answer now. */
    record Unreachable(String why) implements EnrolmentAnswer {}
}
