package dev.muster.coordinator.machine;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Call;

import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Takes machines out of service and back. */
final class ServiceStore {

    // Decommissioned is for good. Who drains again and says nothing leaves the reason as it is.
    private static final String CHANGE =
            """
            with changed as (
                update machine
                   set status = $2, status_by = $3, status_at = now(),
                       status_reason = coalesce($4::text, case when status = 'draining' and $2 = 'draining' then status_reason end)
                 where id = $1 and status <> 'decommissioned'
                returning id, name
            )
            select note_act($5, $6, 'machine', id::text, jsonb_build_object('name', name, 'reason', $4::text))
              from changed
            """;

    // Once for each time that its disk fills up, and by nobody. An operator's own drain stays as it
    // is: its reason is as good. Locked in the order of a hello. INVARIANT: presence.disk_drained
    // turns true here only.
    private static final String DRAIN_FOR_DISK =
            """
            with told as (
                select machine_id, round(disk * 100)::int as percent
                  from presence
                 where machine_id = $1 and boot = $2 and disk > $3::float8 and not disk_drained
                   for no key update
            ), drained as (
                update machine m
                   set status = 'draining', status_by = null, status_at = now(),
                       status_reason = 'Its disk is ' || t.percent || ' % full.'
                  from told t
                 where m.id = t.machine_id and (m.status = 'active' or m.status = 'draining' and m.status_by is null)
                returning m.id, m.name, m.status_reason
            ), noted as (
                insert into incident (type, data)
                select 'disk_full', jsonb_build_object('machineId', id, 'name', name, 'reason', status_reason)
                  from drained
            ), audited as (
                insert into audit_entry (actor_kind, action, target_kind, target_id, data)
                select 'system', 'machine.drain', 'machine', id::text,
                       jsonb_build_object('name', name, 'reason', status_reason)
                  from drained
            )
            update presence p
               set disk_drained = true
              from drained d
             where p.machine_id = d.id
            returning d.status_reason as reason
            """;

    private static final String LEFT =
            """
            select id from machine
             where status = 'decommissioned' and cluster
               and coalesce(status_at, registered_at) < now() - $1::bigint * interval '1 ms'
            """;

    private final Database database;

    ServiceStore(Database database) {
        this.database = database;
    }

    /** False if there is no such machine, or it was decommissioned. */
    boolean change(UUID machine, Status status, Call by, @Nullable String reason) {
        var arguments =
                Tuple.of(
                        machine,
                        status.word(),
                        by.person().id(),
                        reason,
                        Actor.of(by).json(),
                        status.act());
        return database.query("changing a machine's status", CHANGE, arguments).size() == 1;
    }

    /**
     * Drains the machine if its disk is full, unless that was done since there was last room.
     *
     * @param threshold share in use above which a disk is full
     * @return why, if it was drained now
     */
    Optional<String> drainForDisk(UUID machine, UUID boot, double threshold) {
        var arguments = Tuple.of(machine, boot, threshold);
        var rows = database.query("draining for a full disk", DRAIN_FOR_DISK, arguments);
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(rows.iterator().next().getString("reason"));
    }

    /** Machines with a right to the cluster that were decommissioned longer than that ago. */
    Set<UUID> left(Duration ago) {
        var left = new HashSet<UUID>();
        database.query("looking for machines that left", LEFT, Tuple.of(ago.toMillis()))
                .forEach(row -> left.add(row.getUUID("id")));
        return left;
    }

    /** What a person makes of a machine. */
    enum Status {
        ACTIVE,
        DRAINING,
        DECOMMISSIONED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** What the audit log calls making it so. */
        String act() {
            return switch (this) {
                case ACTIVE -> "machine.undrain";
                case DRAINING -> "machine.drain";
                case DECOMMISSIONED -> "machine.decommission";
            };
        }
    }
}
