package dev.muster.coordinator.machine;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;

import java.util.UUID;

/** Notes what an operator should know and what belongs to no task. */
final class IncidentStore {

    // Strangers can cause them: about so many of a kind are noted within a minute, the first ones.
    private static final String NOTE =
            """
            with noted as (
                insert into incident (type, data)
                select $1, $2::jsonb
                 where (select count(*)
                          from (select 1 from incident where type = $1 and at > now() - interval '1 minute' limit 60) i) < 60
                returning data
            )
            select note_denial($3, $4, 'machine', data ->> 'machineId', data - 'machineId' || jsonb_build_object('why', $1::text))
              from noted
            """;

    private static final String NOTE_ONCE =
            """
            with noted as (
                insert into incident (type, data)
                select $1, $2::jsonb
                 where not exists (select 1
                                     from incident
                                    where type = $1 and at > now() - interval '1 hour'
                                      and data ->> 'machineId' = $2::jsonb ->> 'machineId')
                returning data
            )
            select note_denial($3, $4, 'machine', data ->> 'machineId', data - 'machineId' || jsonb_build_object('why', $1::text))
              from noted
            """;

    private final Database database;

    IncidentStore(Database database) {
        this.database = database;
    }

    /**
     * Notes that a machine, or what calls itself so, was refused; unless it happens all the time.
     *
     * @param action that it wanted
     */
    void note(String type, UUID machine, JsonObject data, Actor by, String action) {
        database.query("noting an incident", NOTE, arguments(type, machine, data, by, action));
    }

    /** The same, unless that was done of the machine within the last hour. */
    void noteOnce(String type, UUID machine, JsonObject data, Actor by, String action) {
        database.query("noting an incident", NOTE_ONCE, arguments(type, machine, data, by, action));
    }

    private static Tuple arguments(
            String type, UUID machine, JsonObject data, Actor by, String action) {
        var about = data.copy().put("machineId", machine.toString());
        return Tuple.of(type, about, by.json(), action);
    }
}
