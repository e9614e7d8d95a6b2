package dev.muster.coordinator.workspace;

import dev.muster.coordinator.db.Database;

import io.vertx.sqlclient.Tuple;

import java.util.Optional;

/** Reads where workspaces are. */
final class WorkspaceStore {

    private static final String FIND =
            """
            select number, coalesce(workspace, number) as workspace, machine_id, ended_at is null as live
              from attempt
             where task_id = $1
             order by number desc
             limit 1
            """;

    private final Database database;

    WorkspaceStore(Database database) {
        this.database = database;
    }

    Optional<Place> find(long task) {
        var rows = database.query("looking for a workspace", FIND, Tuple.of(task));
        if (rows.size() == 0) {
            return Optional.empty();
        }
        var row = rows.iterator().next();
        return Optional.of(
                new Place(
                        task,
                        row.getInteger("number"),
                        row.getInteger("workspace"),
                        row.getUUID("machine_id"),
                        row.getBoolean("live")));
    }
}
