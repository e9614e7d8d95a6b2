package dev.muster.coordinator.machine;

import dev.muster.coordinator.db.Database;
import dev.muster.protocol.message.Hello;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The rows of {@code machine} and {@code presence}. */
final class MachineStore {

    /** A machine as people see it; {@code silence} is how long it was not heard of. */
    record Machine(
            UUID id,
            String name,
            String status,
            int slots,
            int busy,
            String[] capabilities,
            JsonObject hardware,
            @Nullable String version,
            @Nullable Double cpu,
            @Nullable Double memory,
            @Nullable Double disk,
            JsonArray degraded,
            @Nullable OffsetDateTime seenAt,
            @Nullable Duration silence,
            OffsetDateTime registeredAt,
            @Nullable Change change) {}

    /** What was made of a machine, and how long it was not heard of. */
    record State(UUID id, String name, String status, @Nullable Duration silence) {}

    /**
     * What was last made of a machine.
     *
     * @param by a person; null for the coordinator itself
     */
    record Change(@Nullable String by, OffsetDateTime at, @Nullable String reason) {}

    /**
     * What admins are told of a machine besides.
     *
     * @param cluster whether it may join the coordinators' cluster
     * @param boot names the daemon that speaks for it
     * @param tokenId of the token that let it in, with the rest of that token
     * @param incidents noted of it within the last 30 days
     * @param incident the last of them: {@code type} and {@code at}
     */
    record Background(
            boolean cluster,
            @Nullable UUID boot,
            @Nullable Long tokenId,
            @Nullable String tokenLabel,
            @Nullable String tokenBy,
            @Nullable OffsetDateTime enrolledAt,
            int incidents,
            @Nullable JsonObject incident) {}

    // One daemon speaks for a machine. Another takes its place when it is known to be dead, or was
    // silent while it could be heard; a daemon that was replaced never speaks again: its hello came
    // late, or it is a copy of the machine.
    private static final String HELLO =
            """
            with greeted as (
                update presence p
                   set boot = $2, seen_at = now(),
                       contact_since = case when p.boot = $2 and p.seen_at > now() - $7::bigint * interval '1 ms'
                                            then coalesce(p.contact_since, now()) else now() end,
                       former = case when p.boot is null or p.boot = $2 then p.former
                                     else (p.boot || p.former)[1:20] end
                  from machine m
                 where p.machine_id = $1 and $2 <> all(p.former)
                   and m.id = p.machine_id and m.status <> 'decommissioned'
                   and (p.boot is null or p.boot in ($2, $6) or p.seen_at is null
                        or greatest(p.seen_at, (select heard_since from sweep where id = 1))
                           < now() - $7::bigint * interval '1 ms')
                returning p.machine_id
            )
            update machine m
               set slots = $3, capabilities = $4, version = $5
              from greeted g
             where m.id = g.machine_id
            """;

    private static final String WHY_NOT =
            """
            select m.status = 'decommissioned' as gone, $2 = any(p.former) as former
              from machine m
              join presence p on p.machine_id = m.id
             where m.id = $1
            """;

    private static final String SELECT =
            """
            select m.id, m.name, m.status, m.slots, m.capabilities, m.hardware, m.version, m.registered_at,
                   m.status_reason, m.status_at, d.name as status_by,
                   p.cpu, p.memory, p.disk, p.seen_at,
                   (extract(epoch from now() - p.seen_at) * 1000)::bigint as silence,
                   (select count(*)
                      from lease l
                      join task t on t.id = l.task_id
                     where l.machine_id = m.id and takes_slot(t.state, t.reason))::int as busy,
                   (select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                               'agentType', d.agent_type, 'why', d.why,
                               'until', to_char(d.until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))))
                      from degradation d
                     where d.machine_id = m.id) as degraded
              from machine m
              join presence p on p.machine_id = m.id
              left join developer d on d.id = m.status_by
            """;

    private static final String LIST = SELECT + " order by m.name limit $1 offset $2";

    private static final String FIND = SELECT + " where m.id = $1";

    private static final String STATES =
            """
            select m.id, m.name, m.status, (extract(epoch from now() - p.seen_at) * 1000)::bigint as silence
              from machine m
              join presence p on p.machine_id = m.id
            """;

    private static final String COUNT = "select count(*) from machine";

    // No more than a hundred incidents are counted: strangers can cause them.
    private static final String BACKGROUND =
            """
            select m.id, m.cluster, p.boot, t.id as token_id, t.label, t.used_at, d.name as token_by,
                   i.noted as incidents, i.last as incident
              from unnest($1::uuid[]) as wanted (id)
              join machine m on m.id = wanted.id
              join presence p on p.machine_id = m.id
              left join lateral (select id, label, used_at, created_by
                                   from enrolment_token
                                  where machine_id = m.id
                                  order by id desc
                                  limit 1) t on true
              left join developer d on d.id = t.created_by
              left join lateral (select count(*)::int as noted,
                                        (array_agg(jsonb_build_object(
                                            'type', type,
                                            'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                                         ) order by id desc))[1] as last
                                   from (select id, type, at
                                           from incident
                                          where data ->> 'machineId' = m.id::text
                                            and at > now() - interval '30 days'
                                          order by id desc
                                          limit 100) newest) i on true
            """;

    private static final String CONNECTED =
            """
            select count(*)
              from presence p
              join machine m on m.id = p.machine_id
             where p.seen_at > now() - $1::bigint * interval '1 ms' and m.status <> 'decommissioned'
            """;

    private final Database database;

    MachineStore(Database database) {
        this.database = database;
    }

    /**
     * Lets the daemon speak for its machine.
     *
     * @param alive a daemon heard of within that time is alive
     */
    Greeting hello(Hello hello, Duration alive) {
        var arguments =
                Tuple.of(
                        hello.machine(),
                        hello.boot(),
                        hello.slots(),
                        hello.capabilities().toArray(String[]::new),
                        hello.version(),
                        hello.after(),
                        alive.toMillis());
        if (database.query("greeting a machine", HELLO, arguments).rowCount() == 1) {
            return Greeting.WELCOME;
        }
        var why =
                database.query("asking why not", WHY_NOT, Tuple.of(hello.machine(), hello.boot()));
        if (why.size() == 0 || why.iterator().next().getBoolean("gone")) {
            return Greeting.GONE;
        }
        return why.iterator().next().getBoolean("former") ? Greeting.FORMER : Greeting.TWIN;
    }

    List<Machine> list(int limit, int offset) {
        var machines = new ArrayList<Machine>();
        database.query("listing machines", LIST, Tuple.of(limit, offset))
                .forEach(row -> machines.add(machine(row)));
        return machines;
    }

    Optional<Machine> find(UUID machine) {
        var rows = database.query("looking for a machine", FIND, Tuple.of(machine));
        return rows.size() == 0 ? Optional.empty() : Optional.of(machine(rows.iterator().next()));
    }

    /** How every machine is. */
    List<State> states() {
        var states = new ArrayList<State>();
        for (var row : database.query("looking at machines", STATES)) {
            var silence = row.getLong("silence");
            states.add(
                    new State(
                            row.getUUID("id"),
                            row.getString("name"),
                            row.getString("status"),
                            silence == null ? null : Duration.ofMillis(silence)));
        }
        return states;
    }

    Map<UUID, Background> background(List<UUID> machines) {
        var ids = machines.toArray(UUID[]::new);
        var background = new HashMap<UUID, Background>();
        database.query("reading machines' background", BACKGROUND, Tuple.of(ids))
                .forEach(row -> background.put(row.getUUID("id"), background(row)));
        return background;
    }

    private static Background background(Row row) {
        return new Background(
                row.getBoolean("cluster"),
                row.getUUID("boot"),
                row.getLong("token_id"),
                row.getString("label"),
                row.getString("token_by"),
                row.getOffsetDateTime("used_at"),
                row.getInteger("incidents"),
                row.getJsonObject("incident"));
    }

    /** How many were heard of within that time. */
    long connected(Duration within) {
        return database.query("counting workers", CONNECTED, Tuple.of(within.toMillis()))
                .iterator()
                .next()
                .getLong(0);
    }

    long count() {
        return database.query("counting machines", COUNT).iterator().next().getLong(0);
    }

    private static Machine machine(Row row) {
        var silence = row.getLong("silence");
        var degraded = row.getJsonArray("degraded");
        return new Machine(
                row.getUUID("id"),
                row.getString("name"),
                row.getString("status"),
                row.getInteger("slots"),
                row.getInteger("busy"),
                row.getArrayOfStrings("capabilities"),
                row.getJsonObject("hardware"),
                row.getString("version"),
                row.getDouble("cpu"),
                row.getDouble("memory"),
                row.getDouble("disk"),
                degraded == null ? new JsonArray() : degraded,
                row.getOffsetDateTime("seen_at"),
                silence == null ? null : Duration.ofMillis(silence),
                row.getOffsetDateTime("registered_at"),
                change(row));
    }

    private static @Nullable Change change(Row row) {
        var at = row.getOffsetDateTime("status_at");
        return at == null
                ? null
                : new Change(row.getString("status_by"), at, row.getString("status_reason"));
    }

    static JsonArray words(String[] words) {
        return new JsonArray(List.of((Object[]) words));
    }
}
