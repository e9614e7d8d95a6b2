package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.db.TestDatabase;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Load;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Watching things happen: all of it, once, at any coordinator, and no longer than one may. */
class LiveIT extends OneWorker {

    private static final String WATCH = "/api/web/events";
    private static final String SETTINGS = "/api/admin/settings";

    private static String member;
    private static String lead;
    private static String stranger;

    @BeforeAll
    static void start() {
        start(LeaseConfig.DEFAULT);
        coordinator.project("other", "true");
        member = coordinator.person("mia", "developer", "shop", "member");
        lead = coordinator.person("lea", "lead", "shop", "member");
        stranger = coordinator.person("sam", "developer", "other", "member");
    }

    private static boolean isOf(EventReader.Event event, long task) {
        return event.type().equals("task") && event.data().getLong("taskId") == task;
    }

    private static long taskOf(String token) {
        var wanted = new JsonObject().put("projectKey", "shop").put("description", "do it");
        return coordinator.postAs(token, "/api/web/tasks", wanted).expect(201).body().getLong("id");
    }

    @Test
    void eachSeesWhatHappensInTheirProjectsAtAnyCoordinator() {
        coordinator.execute(
                """
                insert into notification (developer_id, kind, at)
                select 1, 'session_ended', now() - interval '1 day' * n from generate_series(85, 95) n
                """);
        try (var other = coordinator.another();
                var mine = EventReader.open(other.port(), member, WATCH, null);
                var leads = EventReader.open(coordinator, lead, WATCH);
                var strangers = EventReader.open(coordinator, stranger, WATCH)) {
            assertThat(mine.next().type()).isEqualTo("ready");
            assertThat(strangers.next().type()).isEqualTo("ready");
            leads.next(event -> event.type().equals("machine"));

            var task = taskOf(member);
            var lease = worker.pull(1).getFirst().lease();
            worker.report(lease, 1, new Fact.Failed(1, "exit", "It broke.", null));

            assertThat(mine.next(event -> isOf(event, task)).data().getInteger("n")).isEqualTo(1);
            var told = mine.next(event -> event.type().equals("notification"));
            assertThat(told.data().getString("kind")).isEqualTo("task_failed");
            leads.next(event -> isOf(event, task) && event.data().getInteger("n") == 3);
            assertThat(leads.rest()).noneMatch(event -> event.type().equals("notification"));
            var own = coordinator.task("other");
            assertThat(strangers.next().data().getLong("taskId")).isEqualTo(own);
            coordinator.post("/api/web/machines/" + worker.machine + "/drain", new JsonObject());
            var drained = leads.next(event -> event.type().equals("machine") && isDraining(event));
            assertThat(drained.data().getString("id")).isEqualTo(worker.machine.toString());
            // the other coordinator forgot them when it started
            assertThat(
                            coordinator.sql(
                                    "select count(*) from notification where at < now() - interval"
                                            + " '80 days'"))
                    .containsExactly("5");
            aSettingActsAtBoth(other.port());
        }
    }

    private static boolean isDraining(EventReader.Event event) {
        return event.data().getString("status").equals("draining");
    }

    /** Here at once, and there soon: both are asked for more streams than are left. */
    private static void aSettingActsAtBoth(int otherPort) {
        var few = coordinator.person("few", "developer", "shop", "member");
        set("streams.perPerson", 1).expect(200);
        try (var here = EventReader.open(coordinator, few, WATCH);
                var there = EventReader.open(otherPort, few, WATCH, null)) {
            assertThat(here.status()).isEqualTo(200);
            assertThat(there.status()).isEqualTo(200);
            coordinator.getAs(few, WATCH).expect(429);
            Await.until(
                    "it acts there",
                    () -> {
                        try (var second = EventReader.open(otherPort, few, WATCH, null)) {
                            return second.status() == 429;
                        }
                    });
        }
        set("streams.perPerson", null).expect(200);
    }

    private static CoordinatorFixture.Response set(String name, Object value, String... headers) {
        var settings = new JsonObject().put(name, value);
        return coordinator.put(SETTINGS, new JsonObject().put("settings", settings), headers);
    }

    private static JsonObject setting(CoordinatorFixture.Response all, String name) {
        return all.expect(200).body().getJsonArray("settings").stream()
                .map(JsonObject.class::cast)
                .filter(one -> one.getString("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void settingsActAndNonsenseIsRefused() {
        var before = coordinator.get(SETTINGS);
        assertThat(setting(before, "dispatch.loadThreshold").getDouble("value")).isEqualTo(0.85);
        var tag = before.headers().firstValue("ETag").orElseThrow();
        coordinator.getAs(member, SETTINGS).expect(403);

        var set = set("dispatch.loadThreshold", 0.3, "If-Match", tag);

        assertThat(setting(set, "dispatch.loadThreshold").getString("changedBy"))
                .isEqualTo("admin");
        assertThat(set("lease.grace", 700, "If-Match", tag).expect(412).body().getString("code"))
                .isEqualTo("settings_changed");
        var task = coordinator.task("shop");
        var heartbeat = worker.heartbeat(new Load(0.5, 0.1, 0.1));
        assertThat(heartbeat).isNotNull();
        assertThat(worker.pull(UUID.randomUUID(), 1, 300, false)).isEmpty();
        set("dispatch.loadThreshold", null).expect(200);
        var lease = worker.pull(1).getFirst().lease();
        assertThat(lease.task()).isEqualTo(task);
        set("lease.grace", 1234).expect(200);
        worker.report(lease, 1, new Fact.StageStarted(1, 0, "only", null));
        assertThat(worker.heartbeat(lease).kept().getFirst().windowMillis()).isEqualTo(1_234_000);
        set("lease.grace", null).expect(200);
        assertThat(set("lease.grace", 1).expect(400).pointers())
                .containsExactly("/settings/lease.grace");
        assertThat(set("lease.grace", 700.5).expect(400).pointers()).hasSize(1);
        assertThat(set("no.such/thing", 1).expect(400).pointers())
                .containsExactly("/settings/no.such~1thing");
        assertThat(set("lease.grace", "long").expect(400).pointers())
                .contains("/settings/lease.grace");
        assertThat(
                        coordinator.sql(
                                """
                                select data -> 'dispatch.loadThreshold' ->> 'to'
                                  from audit_entry
                                 where action = 'settings.change' and data ? 'dispatch.loadThreshold'
                                 order by id
                                """))
                .containsExactly("0.3", null);
    }

    @Test
    void whatCommitsLateIsNotLostAndWhatWasMissedComesOnce() throws SQLException {
        var early = coordinator.task("shop");
        String last;
        try (var reader = EventReader.open(coordinator, member, WATCH);
                var connection = TestDatabase.connect(coordinator.database)) {
            reader.next(event -> event.type().equals("ready"));
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute(
                        """
                        with told as (update task set events = events + 1 where id = %d returning id, events)
                        insert into event (task_id, n, type, attempt, data) select id, events, 'late', 1, '{}' from told
                        """
                                .formatted(early));
            }
            var next = coordinator.task("shop");
            reader.next(event -> isOf(event, next));

            connection.commit();

            var late = reader.next(event -> isOf(event, early));
            assertThat(late.data().getString("type")).isEqualTo("late");
            last = reader.lastId();
        }
        var missed = coordinator.task("shop");
        try (var again = EventReader.open(coordinator.port(), member, WATCH, last)) {
            assertThat(again.next()).matches(event -> isOf(event, missed));
            assertThat(again.next().type()).isEqualTo("ready");
            assertThat(again.rest()).isEmpty();
        }
    }

    @Test
    void whoComesFromNowhereIsToldToFetchAnew() {
        for (var id : List.of("0-9999999:99999999:", "1-3:3:", "x", "0-3:2:", "0-1:5:7")) {
            try (var reader = EventReader.open(coordinator.port(), member, WATCH, id)) {
                assertThat(reader.next().type()).as(id).isEqualTo("snapshot");
            }
        }
    }

    @Test
    void whenAStandbyTakesOverWatchersFetchAnew() {
        try (var reader = EventReader.open(coordinator, member, WATCH)) {
            assertThat(reader.next().type()).isEqualTo("ready");

            // what a server tells that is on a later timeline
            coordinator.execute(
                    "create or replace function least_fence() returns bigint language sql as"
                            + " 'select 9::bigint << 32'");

            assertThat(reader.next().type()).isEqualTo("snapshot");
            var task = coordinator.task("shop");
            reader.next(event -> isOf(event, task));
        }
    }

    @Test
    void followedEventsComeWithoutGapAndGoOnWhereTheyWereLeft() {
        var task = taskOf(member);
        var path = "/api/web/tasks/" + task + "/events?follow=true";
        coordinator.getAs(member, path).expect(406);
        coordinator.getAs(stranger, path).expect(404);
        var numbers = new ArrayList<Integer>();
        String last;
        try (var reader = EventReader.open(coordinator, member, path)) {
            numbers.add(reader.next().data().getInteger("n"));
            worker.running();
            var next = reader.next();
            numbers.add(next.data().getInteger("n"));
            // more may have come, and was not looked at
            last = next.id();
        }
        coordinator.cancel(task).expect(200);
        try (var reader = EventReader.open(coordinator.port(), member, path, last)) {
            while (numbers.size() < coordinator.eventTypes(task).size()) {
                numbers.add(reader.next().data().getInteger("n"));
            }
        }

        assertThat(numbers).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void aFollowedLogComesLineByLineToItsEnd() {
        var task = taskOf(member);
        var path = "/api/web/tasks/" + task + "/logs?follow=true";
        var lines = new ArrayList<String>();
        String last;
        try (var reader = EventReader.open(coordinator, member, path)) {
            var lease = worker.running();
            worker.append(lease, 0, bytes("one\ntw"));
            var first = reader.next();
            lines.add(first.data().getString("text"));
            last = first.id();
            worker.append(lease, 6, bytes("o\nthree\nrest"));
            worker.report(lease, 2, new Fact.Succeeded(2, null));
            assertThat(reader.next(event -> event.type().equals("end")).data())
                    .isEqualTo(new JsonObject().put("attempt", 1));
            assertThat(reader.endsWithin(5)).isTrue();
        }
        try (var reader = EventReader.open(coordinator.port(), member, path, last)) {
            for (var next = reader.next(); !next.type().equals("end"); next = reader.next()) {
                lines.add(next.data().getString("text"));
            }
            last = reader.lastId();
        }

        assertThat(lines).containsExactly("one", "two", "three", "rest");
        try (var reader = EventReader.open(coordinator.port(), member, path, last)) {
            assertThat(reader.status()).isEqualTo(204);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aLogThatBeginsAnewIsToldFromItsFirstLine() {
        var task = taskOf(member);
        var path = "/api/web/tasks/" + task + "/logs?follow=true";
        try (var reader = EventReader.open(coordinator, member, path)) {
            var lease = worker.pull(1).getFirst().lease();
            worker.append(lease, 0, bytes("first\n"));
            assertThat(reader.next().data().getString("text")).isEqualTo("first");
            var reborn = worker.restarted();
            reborn.hello();

            reborn.append(reborn.pull(1).getFirst().lease(), 0, bytes("again\n"));

            assertThat(reader.next().type()).isEqualTo("anew");
            var line = reader.next().data();
            assertThat(line.getLong("n")).isZero();
            assertThat(line.getString("text")).isEqualTo("again");
        }
    }

    @Test
    void streamsEndWithTheRightToThem() {
        var left = coordinator.person("lou", "developer", "shop", "member");
        var gone = coordinator.person("kim", "developer", "shop", "member");
        var task = coordinator.task("shop");
        var events = "/api/web/tasks/" + task + "/events?follow=true";
        var logs = "/api/web/tasks/" + task + "/logs?follow=true";
        try (var hers = EventReader.open(coordinator, left, events);
                var herLogs = EventReader.open(coordinator, left, logs);
                var his = EventReader.open(coordinator, gone, WATCH)) {
            hers.next();
            his.next();

            coordinator.execute(
                    """
                    delete from project_member m using developer d where d.id = m.developer_id and d.name = 'lou';
                    update session s set ended_at = now(), ended_reason = 'test'
                      from developer d where d.id = s.developer_id and d.name = 'kim'
                    """);

            assertThat(hers.endsWithin(5)).isTrue();
            assertThat(herLogs.endsWithin(5)).isTrue();
            assertThat(his.endsWithin(5)).isTrue();
        }
    }

    @Test
    void nobodyHoldsMoreStreamsThanTheyMay() {
        var many = coordinator.person("moe", "developer", "shop", "member");
        var open = new ArrayList<EventReader>();
        try {
            for (int i = 0; i < 20; i++) {
                open.add(EventReader.open(coordinator, many, WATCH));
                assertThat(open.getLast().status()).isEqualTo(200);
            }

            var refused = coordinator.getAs(many, WATCH).expect(429);

            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            open.removeLast().close();
            Await.until(
                    "there is room again",
                    () -> {
                        var reader = EventReader.open(coordinator, many, WATCH);
                        open.add(reader);
                        return reader.status() == 200;
                    });
        } finally {
            open.forEach(EventReader::close);
        }
    }
}
