package dev.muster.coordinator.audit;

import dev.muster.coordinator.audit.Entry.Sealed;
import dev.muster.coordinator.audit.Entry.Target;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** Logs in memory, and keys to seal them with. */
final class Logs {

    static final Chain CHAIN = new Chain(key(1));
    static final Chain OTHER = new Chain(key(2));

    private Logs() {}

    private static SecretKey key(int first) {
        var bytes = new byte[32];
        bytes[0] = (byte) first;
        return new SecretKeySpec(bytes, Chain.ALGORITHM);
    }

    /** The i-th thing that happened. */
    static Entry entry(int i) {
        return new Entry(
                100 + i,
                Instant.parse("2026-01-01T00:00:00.000001Z").plusSeconds(i),
                new Actor("person", "7", "ann", "10.0.0.1", "r-" + i),
                "task.create",
                new Target("task", Integer.toString(i)),
                "done",
                "{\"project\": \"shop\"}");
    }

    /** A log of that many entries, as a coordinator seals them. */
    static List<Sealed> sealed(int entries) {
        var log = new ArrayList<Sealed>();
        var head = Head.BEGINNING;
        for (int i = 1; i <= entries; i++) {
            head = CHAIN.next(head, entry(i));
            log.add(new Sealed(entry(i), head));
        }
        return log;
    }

    /** What verification says of the log. */
    static Finding verify(List<Sealed> log, List<Head> heads) {
        return new Verification(
                        CHAIN,
                        (seq, most) ->
                                log.stream()
                                        .filter(one -> one.seal().seq() > seq)
                                        .sorted(
                                                (a, z) ->
                                                        Long.compare(
                                                                a.seal().seq(), z.seal().seq()))
                                        // small pages: what spans two of them is met
                                        .limit(Math.min(most, 3))
                                        .toList(),
                        heads)
                .run(_ -> {});
    }
}
