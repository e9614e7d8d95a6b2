package dev.muster.coordinator.settings;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Call;

import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The rows of {@code setting}. */
final class SettingStore {

    /** What somebody set, and when. */
    record Row(double value, OffsetDateTime at, @Nullable String by) {}

    /** All that is set; the version changes with it. */
    record Rows(long version, Map<String, Row> byKey) {}

    private static final String READ =
            """
            select v.version, s.name, (s.value #>> '{}')::float8 as value, s.changed_at, d.name as changed_by
              from settings_version v
              left join setting s on true
              left join developer d on d.id = s.changed_by
             where v.id = 1
            """;

    // Whoever changes settings changes the version first, so two who do so come one after the
    // other.
    private static final String CHANGE =
            """
            with moved as (
                update settings_version
                   set version = version + 1
                 where id = 1 and ($1::bigint is null or version = $1)
                returning version
            ), wanted as (
                select * from unnest($2::text[], $3::float8[]) as w (name, value)
            ), was as (
                select jsonb_object_agg(w.name, jsonb_build_object('from', s.value, 'to', w.value)) as change
                  from wanted w
                  left join setting s on s.name = w.name
            ), unset as (
                delete from setting s
                 using moved, wanted w
                 where s.name = w.name and w.value is null
            ), kept as (
                insert into setting (name, value, changed_by)
                select w.name, to_jsonb(w.value), $4
                  from wanted w, moved
                 where w.value is not null
                    on conflict (name)
                    do update set value = excluded.value, changed_at = now(), changed_by = excluded.changed_by
            )
            select note_act($5, 'settings.change', 'settings', 'all', was.change)
              from moved, was
            """;

    private final Database database;

    SettingStore(Database database) {
        this.database = database;
    }

    Rows read() {
        var byKey = new HashMap<String, Row>();
        long version = 0;
        for (var row : database.query("reading settings", READ)) {
            version = row.getLong("version");
            var name = row.getString("name");
            if (name != null) {
                byKey.put(
                        name,
                        new Row(
                                row.getDouble("value"),
                                row.getOffsetDateTime("changed_at"),
                                row.getString("changed_by")));
            }
        }
        return new Rows(version, byKey);
    }

    /**
     * Sets these; null for what shall be as coordinators were started.
     *
     * @param version that must be the present one; null for any
     * @return false if it is another
     */
    boolean change(Map<String, @Nullable Double> wanted, @Nullable Long version, Call by) {
        Set<String> names = wanted.keySet();
        var arguments =
                Tuple.of(
                        version,
                        names.toArray(String[]::new),
                        names.stream().map(wanted::get).toArray(Double[]::new),
                        by.person().id(),
                        Actor.of(by).json());
        return database.query("changing settings", CHANGE, arguments).size() == 1;
    }
}
