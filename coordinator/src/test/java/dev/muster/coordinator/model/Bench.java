package dev.muster.coordinator.model;

import dev.muster.coordinator.account.FirstAdmin;
import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.account.Passwords;
import dev.muster.coordinator.account.Seal;
import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.config.CoordinatorConfig;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.DispatchConfig;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.config.WebConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.TestDatabase;
import dev.muster.coordinator.dispatch.Dispatcher;
import dev.muster.coordinator.gate.GateRoutes;
import dev.muster.coordinator.gate.Gates;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.DirectCalls;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Role;
import dev.muster.coordinator.lease.Leases;
import dev.muster.coordinator.log.Logs;
import dev.muster.coordinator.machine.MachineRoutes;
import dev.muster.coordinator.machine.Machines;
import dev.muster.coordinator.machine.Service;
import dev.muster.coordinator.project.Pipelines;
import dev.muster.coordinator.project.ProjectRoutes;
import dev.muster.coordinator.project.Projects;
import dev.muster.coordinator.report.Reporting;
import dev.muster.coordinator.secret.Keys;
import dev.muster.coordinator.secret.Masks;
import dev.muster.coordinator.secret.Provisions;
import dev.muster.coordinator.task.EventFollowers;
import dev.muster.coordinator.task.HeldLease;
import dev.muster.coordinator.task.Orders;
import dev.muster.coordinator.task.TaskRoutes;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.time.Loops;
import dev.muster.protocol.message.GateAnswer;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** The real rooms on a real database, without edges and without loops: what moves, a step moved. */
final class Bench implements AutoCloseable {

    private static final Duration UNIT = Duration.ofSeconds(30);

    private static final String CLEAR =
            """
            delete from queue;
            delete from lease;
            delete from gate;
            delete from event;
            delete from log_chunk;
            delete from attempt;
            delete from task;
            delete from incident;
            delete from capability_state;
            delete from presence;
            delete from machine;
            update sweep set swept_at = now(), heard_since = now() - interval '1 day', crowd_since = null;
            """;

    // what enrolling leaves behind
    private static final String ENROL =
            """
            insert into machine (id, name, status, slots, capabilities, hardware)
            values ('{machine}', '{machine}', 'active', 4, '{shell}', '{"cpus": 2}');
            insert into presence (machine_id) values ('{machine}');
            """;

    /** Whatever has a time that somebody judges by. */
    private static final String PASS =
            """
            update lease
               set granted_at = granted_at - interval '{time}', heard_at = heard_at - interval '{time}',
                   expires_at = expires_at - interval '{time}';
            update presence set seen_at = seen_at - interval '{time}', contact_since = contact_since - interval '{time}';
            update gate set opened_at = opened_at - interval '{time}', expires_at = expires_at - interval '{time}';
            update queue
               set enqueued_at = enqueued_at - interval '{time}', passed_until = passed_until - interval '{time}';
            update capability_state set degraded_until = degraded_until - interval '{time}';
            update task set lost_since = lost_since - interval '{time}' where lost_since is not null;
            update sweep
               set swept_at = swept_at - interval '{time}', heard_since = heard_since - interval '{time}',
                   crowd_since = crowd_since - interval '{time}';
            """;

    final Database database;
    final Machines machines;
    final Leases leases;
    final Reporting reporting;

    /** Another coordinator's. */
    final Reporting otherReporting;

    final Logs logs;
    final Gates gates;
    final DirectCalls people;

    /** What machines were told at once since it was last looked at. */
    final List<String> orders = Collections.synchronizedList(new ArrayList<>());

    private final Vertx vertx = Vertx.vertx();
    private final DatabaseConfig address = TestDatabase.fresh();
    private final Connection hand;
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CoordinatorConfig config;
    private final Pipelines pipelines;

    Bench() {
        // that commits last is for others to try
        TestDatabase.execute(
                address, "alter database " + address.database() + " set synchronous_commit to off");
        hand = connection();
        database = Database.open(vertx, address);
        config = config(directory());
        pipelines = new Pipelines(database);
        machines = new Machines(database, config.presence());
        var noted = new Noted();
        leases =
                new Leases(
                        config.lease(),
                        () -> config.lease().grace(),
                        config.presence(),
                        config.presence()::diskThreshold,
                        database,
                        database,
                        registry,
                        loops(),
                        noted,
                        Bench::idle);
        var offline = config.presence().offlineAfter();
        var masks = new Masks(database, keys());
        reporting = new Reporting(database, masks, () -> config.lease().grace(), offline, registry);
        otherReporting =
                new Reporting(database, masks, () -> config.lease().grace(), offline, registry);
        logs = new Logs(database, masks, () -> Long.MAX_VALUE, registry);
        gates = new Gates(database, registry, loops(), noted);
        people = people(new Tasks(database, registry, noted, Bench::idle));
    }

    private CoordinatorConfig config(Path data) {
        return new CoordinatorConfig(
                data,
                new Listen("127.0.0.1", 0),
                new Listen("127.0.0.1", 0),
                address,
                new ClusterConfig("127.0.0.1", 0, List.of()),
                new LeaseConfig(
                        UNIT.multipliedBy(Model.START_DEADLINE),
                        UNIT.multipliedBy(Model.HEARTBEAT),
                        UNIT.multipliedBy(Model.GRACE)),
                new PresenceConfig(
                        UNIT.multipliedBy(Model.UNREACHABLE),
                        UNIT.multipliedBy(Model.OFFLINE),
                        0.9),
                // nothing that waits here rises
                new DispatchConfig(0.85, Duration.ofDays(7), Duration.ofSeconds(10)),
                RequestLimit.NONE,
                RequestLimit.NONE,
                WebConfig.DEFAULT);
    }

    private Connection connection() {
        try {
            return TestDatabase.connect(address);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void byHand(String sql) {
        try (var statement = hand.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private static Path directory() {
        try {
            return Files.createTempDirectory("muster-model-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private DirectCalls people(Tasks tasks) {
        var operations = new Operations();
        new TaskRoutes(tasks, pipelines, new EventFollowers(database, loops())).bind(operations);
        new GateRoutes(gates, tasks, pipelines).bind(operations);
        new ProjectRoutes(new Projects(database), pipelines).bind(operations);
        var service =
                new Service(
                        database, machines, () -> 0.9, Bench::idle, leases::endOfDecommissioned);
        new MachineRoutes(machines, service).bind(operations);
        var admin = new Caller.Person(firstAdmin(), "admin", Role.ADMIN, UUID.randomUUID());
        return new DirectCalls(operations, admin);
    }

    private long firstAdmin() {
        try (var passwords = new Passwords()) {
            new FirstAdmin(database, passwords).ensure(config.data());
        }
        var row = database.query("looking for the admin", "select id from developer");
        return row.iterator().next().getLong(0);
    }

    void project(JsonObject project) {
        people.call("createProject", Map.of(), project);
    }

    /** As if nothing had ever happened here but projects. */
    void clear() {
        byHand(CLEAR);
        orders.clear();
    }

    void enrol(UUID machine) {
        byHand(ENROL.replace("{machine}", machine.toString()));
    }

    /** Lets so many half minutes pass, for all that is stored. */
    void pass(int units) {
        byHand(PASS.replace("{time}", units * UNIT.toSeconds() + " s"));
    }

    /** One of the coordinators, just started: it has nothing in mind. Whoever gets it closes it. */
    Dispatcher dispatcher() {
        var provisions = new Provisions(database, keys());
        return Dispatcher.of(
                vertx,
                database,
                pipelines,
                provisions,
                config,
                config::dispatch,
                registry,
                loops(),
                Bench::idle);
    }

    private Keys keys() {
        var seal = new Seal(MasterKey.open(config.data()), "secret keys");
        return new Keys(database, seal, List.of());
    }

    /** Made and never started: the test makes the passes. */
    private static Loops loops() {
        return new Loops(new SimpleMeterRegistry());
    }

    /** Fails with the trace of whoever waits. */
    static <T> T await(Future<T> answer) {
        return answer.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    /** Nobody is asleep here who could be woken. */
    private static void idle() {}

    /** Keeps what machines are told. */
    private final class Noted implements Orders {
        @Override
        public void stop(HeldLease gone) {
            orders.add(Lines.order("stop", gone.lease(), gone.machine()));
        }

        @Override
        public void answer(UUID machine, GateAnswer answer) {
            orders.add(Lines.order("answer " + answer.result(), answer.lease(), machine));
        }
    }

    @Override
    public void close() {
        try {
            hand.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        database.close();
        await(vertx.close());
    }
}
