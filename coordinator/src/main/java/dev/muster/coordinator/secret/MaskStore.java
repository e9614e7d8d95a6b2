package dev.muster.coordinator.secret;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.secret.SecretStore.Sealed;

import io.vertx.sqlclient.Tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what masks are made of. */
final class MaskStore {

    /** Of which project a task is, and the version of its secrets. */
    record Version(long project, long version) {}

    /** All secrets of a project at one time. */
    record AllSealed(long version, List<Sealed> secrets) {}

    private static final String VERSION =
            """
            select p.id, p.secrets_version
              from task t
              join project p on p.id = t.project_id
             where t.id = $1
            """;

    // One statement: the version is the one of these secrets.
    private static final String SEALED =
            """
            select p.secrets_version, s.name, s.sealed, k.id, k.wrapped
              from project p
              left join secret s on s.project_id = p.id
              left join secret_key k on k.id = s.key_id
             where p.id = $1
            """;

    private final Database database;

    MaskStore(Database database) {
        this.database = database;
    }

    /** Empty if there is no such task. */
    Optional<Version> versionOf(long task) {
        var rows = database.query("looking for secrets", VERSION, Tuple.of(task)).iterator();
        if (!rows.hasNext()) {
            return Optional.empty();
        }
        var row = rows.next();
        return Optional.of(new Version(row.getLong("id"), row.getLong("secrets_version")));
    }

    AllSealed sealed(long project) {
        long version = 0;
        var secrets = new ArrayList<Sealed>();
        for (var row : database.query("reading secrets to mask", SEALED, Tuple.of(project))) {
            version = row.getLong("secrets_version");
            if (row.getString("name") != null) {
                secrets.add(
                        new Sealed(
                                project,
                                row.getString("name"),
                                row.getBuffer("sealed").getBytes(),
                                new KeyStore.Wrapped(
                                        row.getUUID("id"), row.getBuffer("wrapped").getBytes())));
            }
        }
        return new AllSealed(version, secrets);
    }
}
