package dev.muster.coordinator.audit;

import dev.muster.coordinator.audit.Entry.Sealed;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.db.Duty;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;
import dev.muster.coordinator.time.Stopwatch;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives entries their place in the log, a second after they were written at most: numbers without a
 * gap, each sealed together with the one before. One coordinator at a time does it for all.
 */
public final class Sealing implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Sealing.class);

    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Duration TOLD_EVERY = Duration.ofHours(1);
    private static final int MOST_AT_ONCE = 500;

    private final Database database;
    private final Chain chain;
    private final Heads heads;
    private final Loop loop;
    // only the loop's thread touches these; newest is what was sealed here last
    private @Nullable Sealed newest;
    private @Nullable Stopwatch sinceTold;
    private boolean isKept = true;

    public Sealing(Database database, Loops loops, Chain chain, Heads heads) {
        this.database = database;
        this.chain = chain;
        this.heads = heads;
        this.loop = loops.loop("audit sealing", EVERY, this::sealAll);
    }

    public void start() {
        loop.start();
    }

    private void sealAll() {
        List<Sealed> sealed;
        do {
            sealed = database.inTransaction("sealing audit entries", this::sealSome);
            if (!sealed.isEmpty()) {
                // only now that it is committed: what the file says must have been true
                newest = sealed.getLast();
                isKept = false;
            }
        } while (sealed.size() == MOST_AT_ONCE);
        if (newest != null) {
            keep(newest);
        }
    }

    /**
     * INVARIANT: the lock lasts as long as the transaction does, so whoever has it sees the true
     * head, and nobody else goes on from there.
     */
    private List<Sealed> sealSome(Transaction transaction) {
        if (!transaction.takes(Duty.AUDIT_SEALING)) {
            return List.of();
        }
        lookBack(transaction);
        var entries = AuditStore.unsealed(transaction, MOST_AT_ONCE);
        if (entries.isEmpty()) {
            return List.of();
        }
        var head = AuditStore.head(transaction);
        var sealed = new ArrayList<Sealed>(entries.size());
        for (var entry : entries) {
            head = chain.next(head, entry);
            sealed.add(new Sealed(entry, head));
        }
        AuditStore.seal(transaction, sealed);
        return sealed;
    }

    /**
     * Whether what was sealed here last is still there: who cuts the log off while it grows is
     * found out at once, and not only by the next verification.
     */
    private void lookBack(Transaction transaction) {
        if (newest == null) {
            return;
        }
        var seal = newest.seal();
        if (AuditStore.macOf(transaction, seal.seq()).filter(seal.mac()::equals).isEmpty()) {
            log.error("the audit log was changed from outside, verify it head={}", seal);
            AuditStore.noteChange(transaction, seal);
            newest = null;
        }
    }

    /** Puts the head where the database's owner cannot reach it. */
    private void keep(Sealed head) {
        if (!isKept) {
            heads.append(head.seal(), head.entry().at());
            isKept = true;
        }
        if (sinceTold == null || sinceTold.elapsed().compareTo(TOLD_EVERY) >= 0) {
            log.info("audit log head={}", head.seal());
            sinceTold = Stopwatch.started();
        }
    }

    @Override
    public void close() {
        loop.close();
    }
}
