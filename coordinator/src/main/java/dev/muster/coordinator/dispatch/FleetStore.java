package dev.muster.coordinator.dispatch;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.dispatch.rule.Degradation;
import dev.muster.coordinator.dispatch.rule.MachineView;
import dev.muster.protocol.message.Pause;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Reads machines as the rules see them. */
public final class FleetStore {

    /**
     * A machine as it is now.
     *
     * @param boot the daemon that speaks for it; null if none ever did
     * @param free slots without a task that uses them
     */
    public record Known(MachineView machine, @Nullable UUID boot, int free) {}

    private static final String FLEET =
            """
            select m.id, m.name, m.status, m.status_reason, m.capabilities, m.slots, %s as busy,
                   greatest((m.hardware ->> 'cpus')::numeric::int, 1) as cpus,
                   (m.hardware ->> 'memoryBytes')::numeric::bigint as ram,
                   p.boot, p.cpu, p.memory, p.pause, (extract(epoch from now() - p.seen_at) * 1000)::bigint as silence,
                   (select jsonb_agg(jsonb_build_object('agentType', d.agent_type, 'until', d.until, 'why', d.why))
                      from degradation d
                     where d.machine_id = m.id) as degraded
              from machine m
              join presence p on p.machine_id = m.id
            """;

    private static final String SOME = FLEET.formatted("0") + " where m.id = any($1)";

    // A task that waits for a person's answer uses no slot.
    private static final String BUSY =
            """
            (select count(*)
               from lease l
               join task t on t.id = l.task_id
              where l.machine_id = m.id and takes_slot(t.state, t.reason))::int\
            """;

    private static final String ALL =
            FLEET.formatted(BUSY)
                    + " where m.status <> 'decommissioned' or m.id = $1 order by m.name";

    private final Database database;

    public FleetStore(Database database) {
        this.database = database;
    }

    /**
     * Those of {@code machines} that are enrolled. Whether they have a free slot is not looked up.
     */
    List<Known> some(Collection<UUID> machines) {
        var arguments = Tuple.of(machines.toArray(UUID[]::new));
        return known(database.query("looking at machines that ask for work", SOME, arguments));
    }

    /** All that were not decommissioned, and {@code besides} in any case, by name. */
    public List<Known> all(@Nullable UUID besides) {
        return known(database.query("looking at all machines", ALL, Tuple.of(besides)));
    }

    private static List<Known> known(RowSet<Row> rows) {
        var known = new ArrayList<Known>(rows.size());
        rows.forEach(row -> known.add(known(row)));
        return known;
    }

    private static Known known(Row row) {
        var silence = row.getLong("silence");
        var memory = row.getLong("ram");
        var pause = row.getString("pause");
        return new Known(
                new MachineView(
                        row.getUUID("id"),
                        row.getString("name"),
                        row.getString("status"),
                        row.getString("status_reason"),
                        silence == null ? null : Duration.ofMillis(silence),
                        row.getDouble("cpu"),
                        row.getDouble("memory"),
                        pause == null ? null : Pause.valueOf(pause),
                        Set.of(row.getArrayOfStrings("capabilities")),
                        degraded(row.getJsonArray("degraded")),
                        row.getInteger("cpus"),
                        memory == null ? 0 : memory,
                        Set.of()),
                row.getUUID("boot"),
                row.getInteger("slots") - row.getInteger("busy"));
    }

    private static List<Degradation> degraded(@Nullable JsonArray degraded) {
        if (degraded == null) {
            return List.of();
        }
        return degraded.stream()
                .map(JsonObject.class::cast)
                .map(
                        one -> {
                            var until = one.getString("until");
                            return new Degradation(
                                    one.getString("agentType"),
                                    until == null ? null : OffsetDateTime.parse(until).toInstant(),
                                    one.getString("why"));
                        })
                .toList();
    }
}
