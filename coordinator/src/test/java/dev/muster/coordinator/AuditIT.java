package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.account.MasterKey;
import dev.muster.coordinator.audit.AuditLog;
import dev.muster.coordinator.audit.Chain;
import dev.muster.coordinator.audit.Fault;
import dev.muster.coordinator.audit.Finding;
import dev.muster.coordinator.audit.Head;
import dev.muster.coordinator.audit.Heads;
import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.db.TestDatabase;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** Who did what is written with what they did, and whoever changes it afterwards is found out. */
class AuditIT {

    private static final Duration STATEMENT = Duration.ofMillis(1500);
    private static final List<String> HOSTILE =
            List.of(
                    "a\nb",
                    "a\r\nINFO forged line",
                    "\u001b[2J\u001b]0;title\u0007",
                    "\u202eevil\u2066",
                    "\u0085next\u2028line\u2029",
                    "zero\u200bwidth\ufeff",
                    "\"}],\"seq\":1,{\"",
                    "'; drop table audit_entry; --",
                    "\ud83d\udca3\u0301");

    private static final DatabaseConfig COPY = TestDatabase.fresh();
    private static CoordinatorFixture coordinator;

    @BeforeAll
    static void start() {
        coordinator =
                CoordinatorFixture.start(LeaseConfig.DEFAULT, PresenceConfig.DEFAULT, STATEMENT);
        coordinator.project("shop", "true");
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    private static JsonObject list(String query) {
        return coordinator.get("/api/admin/audit-logs?" + query).expect(200).body();
    }

    private static List<JsonObject> items(String query) {
        return list(query).getJsonArray("items").stream().map(JsonObject.class::cast).toList();
    }

    private static void awaitSealed() {
        Await.until(
                "all is sealed",
                () -> coordinator.sql("select 1 from audit_entry where seq is null").isEmpty());
        var last = Long.parseLong(coordinator.sql("select max(seq) from audit_entry").getFirst());
        Await.until(
                "and the file says so",
                () -> heads().stream().anyMatch(head -> head.seq() == last));
    }

    private static List<Head> heads() {
        var heads = new Heads(coordinator.data);
        try {
            return heads.exist() ? heads.read().heads() : List.of();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long entries() {
        return Long.parseLong(
                coordinator
                        .sql("select count(*) from audit_entry where outcome = 'done'")
                        .getFirst());
    }

    private static Finding verify() {
        return verify(coordinator.database, heads());
    }

    /**
     * @param heads as they were before what is in the database now
     */
    private static Finding verify(DatabaseConfig database, List<Head> heads) {
        var key = MasterKey.open(coordinator.data).derive(Chain.PURPOSE, Chain.ALGORITHM);
        try (var log = AuditLog.in(database)) {
            return log.verify(new Chain(key), heads, _ -> {});
        }
    }

    @AfterEach
    void leaveNothingToDo() {
        coordinator.cancelAll();
    }

    @Test
    void whatIsDoneToATaskIsInTheLogWithWhoDidItAndFromWhere() {
        var task = coordinator.task("shop");
        coordinator.cancel(task).expect(200);
        coordinator.retry(task).expect(200);
        coordinator.cancel(task).expect(200);
        coordinator.cancel(task).expect(409);
        awaitSealed();

        var entries = items("target=task:" + task);

        assertThat(entries.reversed())
                .extracting(entry -> entry.getString("action"))
                .containsExactly("task.create", "task.cancel", "task.retry", "task.cancel");
        assertThat(entries)
                .allSatisfy(
                        entry -> {
                            assertThat(entry.getJsonObject("actor").getString("name"))
                                    .isEqualTo("admin");
                            assertThat(entry.getString("address")).isEqualTo("127.0.0.1");
                            assertThat(entry.getString("request")).isNotBlank();
                            assertThat(entry.getString("outcome")).isEqualTo("done");
                        });
    }

    @Test
    void theLogIsFilteredAndWalkedByACursorWithoutAGapOrADouble() {
        for (int i = 0; i < 7; i++) {
            coordinator.cancel(coordinator.task("shop")).expect(200);
        }
        awaitSealed();
        var wanted = "action=task.cancel&actor=admin&outcome=done&limit=3";

        var seen = new ArrayList<Long>();
        var page = list(wanted);
        while (true) {
            page.getJsonArray("items").stream()
                    .map(JsonObject.class::cast)
                    .peek(one -> assertThat(one.getString("action")).isEqualTo("task.cancel"))
                    .forEach(one -> seen.add(one.getLong("seq")));
            if (!page.containsKey("nextCursor")) {
                break;
            }
            page = list(wanted + "&cursor=" + page.getLong("nextCursor"));
        }

        var all =
                coordinator.sql(
                        "select seq from audit_entry where action = 'task.cancel' and actor_name ="
                                + " 'admin' order by seq desc");
        assertThat(seen).extracting(Object::toString).containsExactlyElementsOf(all);
        var lines =
                coordinator.lines(
                        "/api/admin/audit-logs?action=task.cancel&format=jsonl&limit=1000");
        assertThat(lines)
                .extracting(line -> new JsonObject(line).getLong("seq").toString())
                .containsExactlyElementsOf(all);
        assertThat(items("actor=nobody")).isEmpty();
        assertThat(items("target=task&limit=200")).hasSizeGreaterThan(10);
        assertThat(items("from=2999-01-01T00:00:00Z")).isEmpty();
        assertThat(items("to=2020-01-01T00:00:00Z")).isEmpty();
        assertThat(items("from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z&limit=1")).hasSize(1);
        for (var wrong :
                List.of("from=yesterday", "to=%2B999999999-01-01T00:00:00Z", "actor=a%00b")) {
            var refused = coordinator.get("/api/admin/audit-logs?" + wrong).expect(400);
            assertThat(refused.pointers()).containsExactly(wrong.substring(0, wrong.indexOf('=')));
        }
    }

    @Test
    void whoIsRefusedIsInTheLogAFewTimesAndThenAsANumber() {
        var member = coordinator.person("mallory", "developer", "shop", "member");
        for (int i = 0; i < 30; i++) {
            coordinator.getAs(member, "/api/admin/audit-logs").expect(403);
        }
        coordinator.getAs("nonsense", "/api/web/tasks").expect(401);
        Await.until("denials are written", () -> denials("operation:listTasks").size() == 1);
        Await.until("all of them", () -> denials("operation:listAuditLogs").size() == 10);

        var denied = denials("operation:listAuditLogs").getFirst();
        assertThat(denied.getJsonObject("actor").getString("name")).isEqualTo("mallory");
        assertThat(denied.getJsonObject("data"))
                .isEqualTo(new JsonObject().put("status", 403).put("code", "forbidden"));
        assertThat(denials("operation:listTasks").getFirst().getJsonObject("actor"))
                .isEqualTo(new JsonObject().put("kind", "unknown"));
    }

    private static List<JsonObject> denials(String target) {
        return items("outcome=denied&limit=200&target=" + target);
    }

    @Test
    void whatCannotBeNotedIsNotDone() throws Exception {
        var task = coordinator.task("shop");
        var machine = UUID.randomUUID();
        coordinator.enrol(machine, 1);
        awaitSealed();
        var before = entries();
        var tasks = coordinator.sql("select count(*) from task");
        List<Integer> answers;
        try (var connection = TestDatabase.connect(coordinator.database);
                var statement = connection.createStatement();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            connection.setAutoCommit(false);
            statement.execute("lock table audit_entry in access exclusive mode");
            List<Callable<Integer>> acts =
                    List.of(
                            () ->
                                    coordinator
                                            .post(
                                                    "/api/web/tasks",
                                                    new JsonObject()
                                                            .put("projectKey", "shop")
                                                            .put("description", "unnoticed"))
                                            .status(),
                            () -> coordinator.cancel(task).status(),
                            () -> coordinator.delete("/api/admin/machines/" + machine).status());
            answers =
                    threads.invokeAll(acts).stream()
                            .map(
                                    answer -> {
                                        try {
                                            return answer.get();
                                        } catch (Exception e) {
                                            throw new IllegalStateException(e);
                                        }
                                    })
                            .toList();
            connection.rollback();
        }

        assertThat(answers).containsOnly(503);
        assertThat(entries()).isEqualTo(before);
        assertThat(coordinator.sql("select count(*) from task")).isEqualTo(tasks);
        assertThat(coordinator.status(task)).isEqualTo("QUEUED");
        assertThat(coordinator.get("/api/web/machines/" + machine).body().getString("status"))
                .isNotEqualTo("decommissioned");
        coordinator.cancel(task).expect(200);
    }

    @Test
    void whateverATextHoldsItIsInTheLogExactlyAndOnOneLine() {
        var machine = UUID.randomUUID();
        coordinator.enrol(machine, 1);
        for (var text : HOSTILE) {
            coordinator
                    .post(
                            "/api/web/machines/" + machine + "/drain",
                            new JsonObject().put("reason", text))
                    .expect(200);
        }
        awaitSealed();

        var entries = items("action=machine.drain&target=machine:" + machine);

        assertThat(entries.reversed())
                .extracting(entry -> entry.getJsonObject("data").getString("reason"))
                .containsExactlyElementsOf(HOSTILE);
        assertThat(entries).allSatisfy(entry -> assertThat(entry.encode()).hasLineCount(1));
        assertThat(
                        items(
                                "target="
                                        + URLEncoder.encode(
                                                "machine:" + machine + "' or true --",
                                                StandardCharsets.UTF_8)))
                .isEmpty();
        assertThat(verify().fault()).isEmpty();
    }

    @Test
    void twoCoordinatorsSealOneChainWithoutAGap() {
        try (var other = coordinator.another()) {
            var wanted = new JsonObject().put("projectKey", "shop").put("description", "x");
            Threads.all(
                    IntStream.range(0, 60)
                            .mapToObj(
                                    i ->
                                            (Runnable)
                                                    () ->
                                                            coordinator
                                                                    .postOnce(
                                                                            i % 2 == 0
                                                                                    ? coordinator
                                                                                            .port()
                                                                                    : other.port(),
                                                                            "chain-" + i,
                                                                            "/api/web/tasks",
                                                                            wanted)
                                                                    .expect(201))
                            .toArray(Runnable[]::new));
        }
        awaitSealed();

        assertThat(verify().fault()).isEmpty();
        assertThat(coordinator.sql("select max(seq) = count(*) from audit_entry"))
                .containsExactly("t");
    }

    @Test
    void theOrdinaryPathChangesAndRemovesNothing() {
        coordinator.task("shop");
        awaitSealed();
        for (var statement :
                List.of(
                        "update audit_entry set action = 'a.b' where seq = 1",
                        "update audit_entry set seq = null, mac = null where seq = 1",
                        "update audit_entry set mac = mac where seq = 1",
                        "delete from audit_entry where seq = 1",
                        "truncate audit_entry")) {
            assertThatThrownBy(() -> coordinator.execute(statement))
                    .as(statement)
                    .rootCause()
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("never changed or removed");
        }
        assertThat(verify().fault()).isEmpty();
    }

    /** On a copy of the log, by somebody whom no trigger stops. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    EDITED    | 3 | update audit_entry set data = '{"project": "other"}' where seq = 3
                    EDITED    | 3 | update audit_entry set actor_name = 'eve' where seq = 3
                    EDITED    | 3 | update audit_entry set at = at + interval '1 microsecond' where seq = 3
                    DELETED   | 3 | delete from audit_entry where seq = 3
                    DELETED   | 1 | delete from audit_entry where seq < 4
                    REORDERED | 3 | update audit_entry set seq = case seq when 3 then 5 else 3 end where seq in (3, 5)
                    REORDERED | 3 | update audit_entry set seq = case seq when 3 then 4 else 3 end where seq in (3, 4)
                    TRUNCATED | 6 | delete from audit_entry where seq > 5
                    TRUNCATED | 1 | truncate audit_entry
                    FORGED    | 3 | update audit_entry set data = '{}', mac = sha256('guess') where seq = 3
                    """)
    void whatASuperuserDoesIsNamed(Fault.How how, long seq, String statement) {
        for (int i = entries() < 10 ? 0 : 10; i < 10; i++) {
            coordinator.task("shop");
        }
        awaitSealed();
        var heads = heads();
        copyLog();

        TestDatabase.execute(COPY, statement);

        var fault = verify(COPY, heads).fault().orElseThrow();
        assertThat(fault.how()).as(fault.sentence()).isEqualTo(how);
        assertThat(fault.seq()).as(fault.sentence()).isEqualTo(seq);
    }

    private static void copyLog() {
        TestDatabase.execute(
                COPY,
                """
                alter table audit_entry disable trigger user;
                drop index if exists audit_entry_seq;
                truncate audit_entry;
                insert into audit_entry overriding system value
                select * from jsonb_populate_recordset(null::audit_entry, '%s')
                """
                        .formatted(
                                coordinator
                                        .sql("select jsonb_agg(e) from audit_entry e")
                                        .getFirst()
                                        .replace("'", "''")));
    }

    @Test
    void whoCutsTheLogOffWhileItGrowsIsFoundOutAtOnce() {
        coordinator.task("shop");
        awaitSealed();
        coordinator.execute(
                """
                alter table audit_entry disable trigger user;
                create table cut as select * from audit_entry where seq = (select max(seq) from audit_entry);
                delete from audit_entry where seq = (select seq from cut)
                """);
        try {
            Await.until(
                    "an incident tells",
                    () ->
                            !coordinator
                                    .sql("select 1 from incident where type = 'audit_log_changed'")
                                    .isEmpty());
        } finally {
            coordinator.execute(
                    """
                    insert into audit_entry overriding system value select * from cut;
                    drop table cut;
                    alter table audit_entry enable trigger user
                    """);
        }
        assertThat(verify().fault()).isEmpty();
    }
}
