package dev.muster.coordinator.terminal;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.task.Viewer;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;

/** The rows of {@code channel_token}, {@code terminal_seat} and {@code terminal_control}. */
final class TerminalStore {

    /** What a channel token was for. */
    record Pass(TerminalId terminal, Mode mode, long developer) {}

    /** Who types. */
    record Holder(UUID seat, long epoch, String name) {}

    /**
     * How a terminal stands.
     *
     * @param machine that has it
     * @param fence of the lease under which it is written
     * @param stored up to where its log is stored
     * @param ended whether nothing more comes
     * @param holder who types; null for nobody
     * @param people everybody who is there, at whichever coordinator, as {@code {name, mode}}
     */
    record Stand(
            UUID machine,
            long fence,
            long stored,
            boolean ended,
            @Nullable Holder holder,
            JsonArray people) {}

    /** What a seat may do. */
    record Right(boolean sees, boolean types) {}

    private static final String FACTS =
            """
            select t.attempt, a.number is not null as begun, %s as types
              from task t
              left join attempt a on a.task_id = t.id and a.number = t.attempt
             where t.id = $1
            """
                    .formatted(Viewer.DECIDES);

    private static final String SHELL =
            """
            select s.attempt, s.state, may_use_shells(s.task_id, $3) as may
              from shell s
             where s.task_id = $1 and s.id = $2
            """;

    private static final String KEEP =
            """
            insert into channel_token (token_hash, task_id, attempt, terminal, mode, developer_id, expires_at)
            values ($1, $2, $3, $4, $5, $6, now() + $7::bigint * interval '1 ms')
            """;

    // Whoever shows one has used it, whatever else is wrong with what he shows.
    private static final String REDEEM =
            """
            delete from channel_token
             where token_hash = $1
            returning task_id, attempt, terminal, mode, developer_id, expires_at > now() as good
            """;

    private static final String FORGET = "delete from channel_token where expires_at < now()";

    // A view of the newest lease is not needed: whoever ends one changes its attempt.
    private static final String LOOK =
            """
            select i.n, coalesce(l.machine_id, a.machine_id) as machine_id, coalesce(l.fence, a.fence) as fence,
                   case when l.id is null then a.log_bytes else 0 end as log_bytes,
                   case when l.id is null then a.ended_at else l.ended_at end is not null as ended,
                   h.seat, h.epoch, h.name as holder,
                   coalesce(s.people, '[]'::jsonb) as people
              from unnest($1::bigint[], $2::int[], $3::text[]) with ordinality as i (task_id, attempt, terminal, n)
              join attempt a on a.task_id = i.task_id and a.number = i.attempt
              left join shell l on l.id = i.terminal and l.task_id = i.task_id and l.attempt = i.attempt
              left join lateral (select c.seat, c.epoch, d.name
                                   from terminal_control c
                                   join terminal_seat s on s.id = c.seat
                                   join developer d on d.id = s.developer_id
                                  where c.task_id = i.task_id and c.attempt = i.attempt and c.terminal = i.terminal
                                    and s.seen_at > now() - interval '15 s') h on true
              left join lateral (select jsonb_agg(jsonb_build_object('name', d.name, 'mode',
                                                  case when s.id = h.seat then 'control' else 'watch' end)
                                                  order by s.since, s.id) as people
                                   from terminal_seat s
                                   join developer d on d.id = s.developer_id
                                  where s.task_id = i.task_id and s.attempt = i.attempt and s.terminal = i.terminal
                                    and s.seen_at > now() - interval '15 s') s on true
             where i.terminal = 'main' or l.id is not null
            """;

    private static final String SEATS =
            """
            insert into terminal_seat (id, task_id, attempt, terminal, developer_id, mode)
            select * from unnest($1::uuid[], $2::bigint[], $3::int[], $4::text[], $5::bigint[], $6::text[])
            on conflict (id) do update set seen_at = now()
            """;

    private static final String RIGHTS =
            """
            select i.n,
                   case when i.terminal = 'main' then d.role = 'admin' or m.role is not null
                        else may_use_shells(i.task_id, i.developer_id) end as sees,
                   case when i.terminal = 'main'
                        then d.role = 'admin' or (m.role is not null and t.developer_id = i.developer_id)
                             or coalesce(m.role = 'maintainer', false)
                        else may_use_shells(i.task_id, i.developer_id) end as types
              from unnest($1::bigint[], $2::bigint[], $3::text[]) with ordinality as i (task_id, developer_id, terminal, n)
              join task t on t.id = i.task_id
              join developer d on d.id = i.developer_id and d.disabled_at is null
              left join project_member m on m.project_id = t.project_id and m.developer_id = i.developer_id
            """;

    // Two rows of one key exclude each other, so of two who come at once one gets it.
    private static final String TAKE =
            """
            with former as (
                select d.name
                  from terminal_control c
                  join terminal_seat s on s.id = c.seat and s.seen_at > now() - interval '15 s'
                  join developer d on d.id = s.developer_id
                 where c.task_id = $1 and c.attempt = $2 and c.terminal = $3 and c.seat <> $4
            ), taken as (
                insert into terminal_control as c (task_id, attempt, terminal, seat, epoch)
                values ($1, $2, $3, $4, nextval('terminal_epoch'))
                on conflict (task_id, attempt, terminal) do update
                   set seat = excluded.seat, epoch = excluded.epoch, since = now()
                 where c.seat <> excluded.seat
                   and ($5 or not exists (select 1 from terminal_seat s
                                           where s.id = c.seat and s.seen_at > now() - interval '15 s'))
                returning epoch
            )
            select t.epoch,
                   case when f.name is not null
                        then note_act($6, 'terminal.take', 'task', $1::text,
                                      jsonb_build_object('attempt', $2::int, 'terminal', $3::text, 'from', f.name)) end
              from taken t
              left join former f on true
            """;

    private static final String RELEASE = "delete from terminal_control where seat = $1";

    private static final String LEAVE =
            """
            with released as (
                delete from terminal_control where seat = $1
            )
            delete from terminal_seat where id = $1
            """;

    // Seats of coordinators that died; a while after they stopped to count.
    private static final String TIDY =
            "delete from terminal_seat where seen_at < now() - interval '10 min'";

    private final Database database;

    TerminalStore(Database database) {
        this.database = database;
    }

    /** The newest attempt, if a machine has it, and whether {@code viewer} may type there. */
    record Facts(int attempt, boolean begun, boolean types) {}

    Optional<Facts> facts(long task, Viewer viewer) {
        var rows =
                database.query(
                        "looking at a terminal",
                        FACTS,
                        Tuple.of(task, viewer.developer(), viewer.everywhere()));
        return rows.stream()
                .map(
                        row ->
                                new Facts(
                                        row.getInteger("attempt"),
                                        row.getBoolean("begun"),
                                        row.getBoolean("types")))
                .findFirst();
    }

    /**
     * A shell of a task.
     *
     * @param attempt by which its terminal is named
     * @param may whether somebody may use it
     */
    record Shell(int attempt, boolean open, boolean may) {}

    Optional<Shell> shell(long task, String name, Viewer viewer) {
        var arguments = Tuple.of(task, name, viewer.developer());
        return database.query("looking at a shell", SHELL, arguments).stream()
                .map(
                        row ->
                                new Shell(
                                        row.getInteger("attempt"),
                                        row.getString("state").equals("open"),
                                        row.getBoolean("may")))
                .findFirst();
    }

    void keep(Buffer hash, Pass pass, Duration life) {
        database.query(
                "keeping a channel token",
                KEEP,
                Tuple.of(
                        hash,
                        pass.terminal().task(),
                        pass.terminal().attempt(),
                        pass.terminal().name(),
                        pass.mode().word(),
                        pass.developer(),
                        life.toMillis()));
    }

    /** What a token is good for; it is good for nothing afterwards. */
    Optional<Pass> redeem(Buffer hash) {
        var rows = database.query("redeeming a channel token", REDEEM, Tuple.of(hash));
        return rows.stream()
                .filter(row -> row.getBoolean("good"))
                .map(
                        row ->
                                new Pass(
                                        new TerminalId(
                                                row.getLong("task_id"),
                                                row.getInteger("attempt"),
                                                row.getString("terminal")),
                                        Mode.of(row.getString("mode")),
                                        row.getLong("developer_id")))
                .findFirst();
    }

    void tidy() {
        database.query("forgetting channel tokens", FORGET);
        database.query("forgetting seats", TIDY);
    }

    /** How these terminals stand; what is not there is left out. */
    Map<TerminalId, Stand> look(List<TerminalId> terminals) {
        var stands = new HashMap<TerminalId, Stand>();
        for (var row : database.query("looking at terminals", LOOK, columns(terminals))) {
            stands.put(terminals.get((int) (row.getLong("n") - 1)), stand(row));
        }
        return stands;
    }

    private static Tuple columns(List<TerminalId> terminals) {
        return Tuple.tuple()
                .addArrayOfLong(terminals.stream().map(TerminalId::task).toArray(Long[]::new))
                .addArrayOfInteger(
                        terminals.stream().map(TerminalId::attempt).toArray(Integer[]::new))
                .addArrayOfString(terminals.stream().map(TerminalId::name).toArray(String[]::new));
    }

    private static Stand stand(Row row) {
        var seat = row.getUUID("seat");
        return new Stand(
                row.getUUID("machine_id"),
                row.getLong("fence"),
                row.getLong("log_bytes"),
                row.getBoolean("ended"),
                seat == null
                        ? null
                        : new Holder(seat, row.getLong("epoch"), row.getString("holder")),
                row.getJsonArray("people"));
    }

    /** Says that these seats are taken, as they are to be said again every few seconds. */
    void present(List<Seat> seats) {
        database.query(
                "keeping seats",
                SEATS,
                Tuple.tuple()
                        .addArrayOfUUID(column(seats, Seat::id, UUID[]::new))
                        .addArrayOfLong(column(seats, seat -> seat.terminal().task(), Long[]::new))
                        .addArrayOfInteger(
                                column(seats, seat -> seat.terminal().attempt(), Integer[]::new))
                        .addArrayOfString(
                                column(seats, seat -> seat.terminal().name(), String[]::new))
                        .addArrayOfLong(column(seats, Seat::developer, Long[]::new))
                        .addArrayOfString(
                                column(seats, seat -> seat.mode().word(), String[]::new)));
    }

    private static <T> T[] column(
            List<Seat> seats, Function<Seat, T> value, java.util.function.IntFunction<T[]> array) {
        return seats.stream().map(value).toArray(array);
    }

    /** What these seats may do; one that is left out may nothing. */
    Map<UUID, Right> rights(List<Seat> seats) {
        var rights = new HashMap<UUID, Right>();
        var arguments =
                Tuple.tuple()
                        .addArrayOfLong(column(seats, seat -> seat.terminal().task(), Long[]::new))
                        .addArrayOfLong(column(seats, Seat::developer, Long[]::new))
                        .addArrayOfString(
                                column(seats, seat -> seat.terminal().name(), String[]::new));
        for (var row : database.query("asking who may see terminals", RIGHTS, arguments)) {
            rights.put(
                    seats.get((int) (row.getLong("n") - 1)).id(),
                    new Right(row.getBoolean("sees"), row.getBoolean("types")));
        }
        return rights;
    }

    /**
     * Gives a seat control, unless another has it.
     *
     * @param forced whether it gets it from another, of which the audit log tells
     * @return its epoch, if it got it now
     */
    OptionalLong take(Seat seat, boolean forced, Actor by) {
        var terminal = seat.terminal();
        var rows =
                database.query(
                        "taking control of a terminal",
                        TAKE,
                        Tuple.of(
                                terminal.task(),
                                terminal.attempt(),
                                terminal.name(),
                                seat.id(),
                                forced,
                                by.json()));
        return rows.size() == 0
                ? OptionalLong.empty()
                : OptionalLong.of(rows.iterator().next().getLong("epoch"));
    }

    void release(UUID seat) {
        database.query("releasing a terminal", RELEASE, Tuple.of(seat));
    }

    void leave(UUID seat) {
        database.query("leaving a terminal", LEAVE, Tuple.of(seat));
    }
}
