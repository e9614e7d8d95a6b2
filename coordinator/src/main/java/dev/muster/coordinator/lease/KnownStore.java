package dev.muster.coordinator.lease;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.lease.Reconciliation.Known;
import dev.muster.protocol.message.LeaseRef;

import io.vertx.sqlclient.Tuple;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** How attempts stand whose leases are not their machine's any more. */
final class KnownStore {

    // A released attempt has fence 0, so who held it before has an older one than the task.
    private static final String KNOWN =
            """
            select case when t.id is null or h.fence > t.fence or h.attempt > t.attempt then 'UNKNOWN'
                        when a.machine_id <> $1 and h.fence = t.fence then 'UNKNOWN'
                        when h.fence < t.fence or h.attempt < t.attempt or a.fence <> h.fence then 'SUPERSEDED'
                        when t.state = 'CANCELLED' then 'CANCELLED'
                        when g.task_id is not null then 'GIVEN_UP'
                        else 'ENDED' end as known
              from unnest($2::bigint[], $3::int[], $4::bigint[]) with ordinality as h (task_id, attempt, fence, n)
              left join task t on t.id = h.task_id
              left join attempt a on a.task_id = h.task_id and a.number = h.attempt
              left join given_up g on g.task_id = h.task_id and g.attempt = h.attempt
             order by h.n
            """;

    private final Database database;

    KnownStore(Database database) {
        this.database = database;
    }

    Map<LeaseRef, Known> of(UUID machine, List<LeaseRef> named) {
        var known = new HashMap<LeaseRef, Known>();
        var arguments =
                Tuple.of(
                        machine,
                        named.stream().map(LeaseRef::task).toArray(Long[]::new),
                        named.stream().map(LeaseRef::attempt).toArray(Integer[]::new),
                        named.stream().map(LeaseRef::fence).toArray(Long[]::new));
        int i = 0;
        for (var row : database.query("looking at named attempts", KNOWN, arguments)) {
            known.put(named.get(i++), Known.valueOf(row.getString("known")));
        }
        return known;
    }
}
