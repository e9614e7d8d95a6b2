package dev.muster.coordinator.model;

import dev.muster.protocol.message.LeaseRef;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/** How the model and the database are written down, so that they can be laid side by side. */
final class Lines {

    private Lines() {}

    static String task(
            long id,
            String project,
            String state,
            @Nullable String reason,
            int attempt,
            long fence,
            @Nullable UUID machine,
            @Nullable Integer stage) {
        return "#%d %s is %s reason=%s attempt=%d fence=%d machine=%s stage=%s"
                .formatted(id, project, state, reason, attempt, fence, brief(machine), stage);
    }

    static String queued(long id, int priority, @Nullable UUID pinned) {
        return "#%d waits priority=%d pinned=%s".formatted(id, priority, brief(pinned));
    }

    /** {@code heard} ago, {@code left} to go, in half minutes. */
    static String lease(
            LeaseRef lease,
            UUID machine,
            UUID boot,
            long heard,
            long left,
            boolean renewed,
            boolean lost) {
        return "#%d leased attempt=%d fence=%d machine=%s boot=%s heard=-%d left=%d renewed=%s lost=%s"
                .formatted(
                        lease.task(),
                        lease.attempt(),
                        lease.fence(),
                        brief(machine),
                        brief(boot),
                        heard,
                        left,
                        renewed,
                        lost);
    }

    static String attempt(
            long id,
            int number,
            UUID machine,
            long fence,
            boolean began,
            @Nullable String outcome,
            @Nullable String reason,
            int facts,
            int losses,
            @Nullable Integer workspace) {
        return "#%d attempt %d machine=%s fence=%d began=%s outcome=%s reason=%s facts=%d losses=%d workspace=%s"
                .formatted(
                        id,
                        number,
                        brief(machine),
                        fence,
                        began,
                        outcome,
                        reason,
                        facts,
                        losses,
                        workspace);
    }

    static String log(long id, int attempt, long bytes, long lines, String text) {
        return "#%d log of %d bytes=%d lines=%d '%s'"
                .formatted(id, attempt, bytes, lines, text.replace('\n', '/'));
    }

    static String gate(
            long id,
            int n,
            int attempt,
            int stage,
            @Nullable String outcome,
            @Nullable String result) {
        return "#%d gate %d attempt=%d stage=%d outcome=%s result=%s"
                .formatted(id, n, attempt, stage, outcome, result);
    }

    static String event(long id, int n, int attempt, String what) {
        return "#%d event %d attempt=%d %s".formatted(id, n, attempt, what);
    }

    static String move(@Nullable String from, String to, @Nullable String reason) {
        return from + " > " + to + (reason == null ? "" : " since " + reason);
    }

    /** Times are so many half minutes ago. */
    static String machine(
            UUID machine, String status, @Nullable UUID boot, int former, long seen, long contact) {
        return "machine %s %s boot=%s former=%d seen=-%d contact=-%d"
                .formatted(brief(machine), status, brief(boot), former, seen, contact);
    }

    /** Times are so many half minutes ago. */
    static String sweep(long swept, long heard, @Nullable Long crowd) {
        return "sweep swept=-%d heard=-%d crowd=%s".formatted(swept, heard, crowd);
    }

    static String order(String what, LeaseRef lease, UUID machine) {
        return what + " " + lease + " machine=" + brief(machine);
    }

    /** Short, and still nobody else's. */
    static @Nullable String brief(@Nullable UUID id) {
        return id == null ? null : id.toString().substring(0, 8);
    }
}
