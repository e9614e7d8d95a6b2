package dev.muster.coordinator.gate;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.task.Cancellation;
import dev.muster.coordinator.task.HeldLease;
import dev.muster.coordinator.task.Viewer;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.pipeline.Gate;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** Takes the one answer to a gate: who gave it, what becomes of the task, all in one commit. */
final class AnswerStore {

    /** What came of an answer. */
    sealed interface Outcome {
        /** It counts, and the machine must hear of it. */
        record Answered(UUID machine, GateAnswer answer) implements Outcome {}

        /** It was no, so the task is cancelled, and the machine must end it. */
        record Cancelled(HeldLease running) implements Outcome {}

        /** The person may see it, and it is for others to confirm. */
        record NotAllowed() implements Outcome {}

        /** There is nothing that it could answer. */
        record NotOpen(Why why) implements Outcome {}
    }

    /** Why nothing is open for an answer. */
    enum Why {
        NO_GATE,
        OTHER_GATE,
        ANSWERED,
        TIMED_OUT,
        OVER
    }

    private static final String LOCK_LEASE =
            "select machine_id, attempt, fence from lease where task_id = $1 for update";

    private static final String LOCK_TASK =
            """
            select t.attempt, %s as confirms
              from task t
             where t.id = $1
               for update of t
            """
                    .formatted(Viewer.DECIDES);

    // The one that is meant, and the one that is open. A statement of its own: it must see what
    // those did who held the locks before.
    private static final String FIND =
            """
            select g.id, g.kind, g.outcome, g.expires_at <= clock_timestamp() as overdue,
                   g.stage = $2 and case when $3::uuid is null then g.attempt = $4 else g.id = $3 end as meant
              from gate g
             where g.task_id = $1
               and (g.outcome is null or g.id = $3 or (g.attempt = $4 and g.stage = $2))
             order by g.opened_at desc
            """;

    private final Database database;

    AnswerStore(Database database) {
        this.database = database;
    }

    /** Answers in the name of {@code viewer}, who may see the task. */
    Outcome answer(long task, Viewer viewer, Reply reply) {
        return database.inTransaction(
                "answering at a gate", transaction -> answer(transaction, task, viewer, reply));
    }

    private static Outcome answer(Transaction transaction, long task, Viewer viewer, Reply reply) {
        var leases = transaction.query("locking a lease", LOCK_LEASE, Tuple.of(task));
        var asked = Tuple.of(task, viewer.developer(), viewer.everywhere());
        var row = transaction.query("locking a task", LOCK_TASK, asked).iterator().next();
        var which = Tuple.of(task, reply.stage(), reply.gate(), row.getInteger("attempt"));
        var gates = transaction.query("looking for a gate", FIND, which);
        var meant = meant(gates);
        if (meant == null) {
            return new Outcome.NotOpen(isAnyOpen(gates) ? Why.OTHER_GATE : Why.NO_GATE);
        }
        if (meant.getString("kind").equals("confirm") && !row.getBoolean("confirms")) {
            return new Outcome.NotAllowed();
        }
        var closed = closed(meant);
        if (closed != null) {
            return new Outcome.NotOpen(closed);
        }
        CloseStore.answer(transaction, meant.getUUID("id"), reply.result(), viewer);
        if (meant.getString("kind").equals("confirm") && reply.result().equals(Gate.CANCEL)) {
            return new Outcome.Cancelled(Cancellation.cancelHeld(transaction, task, viewer));
        }
        CloseStore.goOn(transaction, List.of(task));
        return answered(task, reply, leases.iterator().next());
    }

    private static @Nullable Row meant(RowSet<Row> gates) {
        for (var gate : gates) {
            if (gate.getBoolean("meant")) {
                return gate;
            }
        }
        return null;
    }

    private static boolean isAnyOpen(RowSet<Row> gates) {
        for (var gate : gates) {
            if (gate.getString("outcome") == null) {
                return true;
            }
        }
        return false;
    }

    /** Why the gate takes no answer any more; null if it does. */
    private static @Nullable Why closed(Row gate) {
        var outcome = gate.getString("outcome");
        if (outcome == null) {
            // it is expired by a sweep, which may be late
            return gate.getBoolean("overdue") ? Why.TIMED_OUT : null;
        }
        return switch (outcome) {
            case "answered" -> Why.ANSWERED;
            case "fallback", "timed_out" -> Why.TIMED_OUT;
            default -> Why.OVER;
        };
    }

    private static Outcome answered(long task, Reply reply, Row lease) {
        var held = new LeaseRef(task, lease.getInteger("attempt"), lease.getLong("fence"));
        return new Outcome.Answered(
                lease.getUUID("machine_id"), new GateAnswer(held, reply.stage(), reply.result()));
    }
}
