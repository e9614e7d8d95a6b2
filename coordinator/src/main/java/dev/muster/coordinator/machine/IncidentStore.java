package dev.muster.coordinator.machine;

import dev.muster.coordinator.db.Database;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import java.util.UUID;

/** Notes what an operator should know and what belongs to no task. */
final class IncidentStore {

    // Strangers can cause them: about so many of a kind are noted within a minute, the first ones.
    private static final String NOTE =
            """
            insert into incident (type, data)
            select $1, $2
             where (select count(*)
                      from (select 1 from incident where type = $1 and at > now() - interval '1 minute' limit 60) i) < 60
            """;

    private static final String NOTE_ONCE =
            """
            insert into incident (type, data)
            select $1, $2
             where not exists (select 1
                                 from incident
                                where type = $1 and at > now() - interval '1 hour' and data ->> 'machineId' = $3)
            """;

    private final Database database;

    IncidentStore(Database database) {
        this.database = database;
    }

    /** Notes it, unless it happens all the time. */
    void note(String type, JsonObject data) {
        database.query("noting an incident", NOTE, Tuple.of(type, data));
    }

    /** Notes it of a machine, unless that was done within the last hour. */
    void noteOnce(String type, UUID machine, JsonObject data) {
        var about = data.copy().put("machineId", machine.toString());
        database.query("noting an incident", NOTE_ONCE, Tuple.of(type, about, machine.toString()));
    }
}
