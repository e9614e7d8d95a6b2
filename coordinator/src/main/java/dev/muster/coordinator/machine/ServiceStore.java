package dev.muster.coordinator.machine;

import dev.muster.coordinator.db.Database;

import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.UUID;

/** Takes machines out of service and back. */
final class ServiceStore {

    // Decommissioned is for good.
    private static final String CHANGE =
            """
            update machine
               set status = $2, status_by = $3, status_reason = $4, status_at = now()
             where id = $1 and status <> 'decommissioned'
            """;

    private final Database database;

    ServiceStore(Database database) {
        this.database = database;
    }

    /** False if there is no such machine, or it was decommissioned. */
    boolean change(UUID machine, Status status, long developer, @Nullable String reason) {
        var arguments = Tuple.of(machine, status.word(), developer, reason);
        return database.query("changing a machine's status", CHANGE, arguments).rowCount() == 1;
    }

    /** What a person makes of a machine. */
    enum Status {
        ACTIVE,
        DRAINING,
        DECOMMISSIONED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
