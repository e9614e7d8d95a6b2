package dev.muster.ops.client;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.Set;

/** A task as it is now. */
public record Task(
        long id,
        String status,
        int attempt,
        @Nullable Integer stageIndex,
        @Nullable String stage,
        @Nullable String reason,
        @Nullable String detail,
        @Nullable Work work) {

    private static final Set<String> ENDS = Set.of("COMPLETED", "FAILED", "CANCELLED");

    /** What its attempt left in git. */
    public record Work(
            @Nullable String branch,
            @Nullable String base,
            @Nullable String head,
            int commits,
            int filesChanged,
            int insertions,
            int deletions) {}

    public boolean hasEnded() {
        return ENDS.contains(status);
    }

    public boolean isCompleted() {
        return status.equals("COMPLETED");
    }

    /** Reason and detail, as far as there are any. */
    public Optional<String> why() {
        if (reason == null) {
            return Optional.ofNullable(detail);
        }
        return Optional.of(detail == null ? reason : reason + ": " + detail);
    }
}
