package dev.muster.coordinator.dispatch;

import static dev.muster.coordinator.dispatch.Candidates.candidate;
import static dev.muster.coordinator.dispatch.rule.Machines.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.db.TestDatabase;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Claims while the database cannot tidy up what was claimed. */
class TakeStoreIT {

    private static final String PROJECT =
            """
            begin;
            insert into developer (name, password_hash, role, git_name, git_email)
            values ('a', '', 'admin', 'a', 'a@example.org');
            insert into pipeline (id, project_id, stages, agent_type) overriding system value
            values (1, 1, '[]', 'shell'), (2, 2, '[]', 'shell');
            insert into project (id, key, name, agent_type, pipeline_id, created_by) overriding system value
            select n, 'shop' || n, 'shop', 'shell', n, id from developer, generate_series(1, 2) n;
            commit;
            """;

    /** Entries of the queue's lanes that a connection has read. */
    private static final String READ =
            "select pg_stat_get_xact_tuples_returned('queue_lane'::regclass) as read";

    private final Vertx vertx = Vertx.vertx();
    private Database database;

    @BeforeEach
    void open() {
        var address = TestDatabase.fresh();
        TestDatabase.execute(address, PROJECT);
        database = Database.open(vertx, address);
    }

    @AfterEach
    void close() {
        database.close();
        vertx.close().await();
    }

    /** What it takes, and how much of the queue's lanes it reads for that. */
    private record Take(List<Long> tasks, long read) {}

    private Take take(TakeStore store) {
        return database.inTransaction("taking", transaction -> take(store, transaction));
    }

    private Take take(TakeStore store, Transaction transaction) {
        long before = read(transaction);
        var head = store.take(transaction, List.of(group(10, "shell")), Map.of(), 100);
        return new Take(
                head.tasks().stream().map(QueuedTask::id).toList(), read(transaction) - before);
    }

    private static long read(Transaction transaction) {
        return transaction
                .query("counting what was read", READ, Tuple.tuple())
                .iterator()
                .next()
                .getLong("read");
    }

    @Test
    void whatWasTakenBeforeIsPassedOnce() {
        int before = 20_000;
        database.query(
                "queueing",
                "insert into queue (task_id, project_id, agent_type) values (20001, 1, 'shell')");
        database.inTransaction(
                "keeping a snapshot",
                keeping -> {
                    // whoever has this keeps the database from tidying up behind it
                    keeping.query("taking a number", "select pg_current_xact_id()", Tuple.tuple());
                    fillAndEmpty(before);

                    var taken = take(new TakeStore(() -> Duration.ofDays(1)));

                    assertThat(taken.tasks()).containsExactly(before + 1L);
                    assertThat(taken.read()).isBetween(before + 0L, before + before / 2L);
                    return true;
                });
    }

    private void fillAndEmpty(int rows) {
        database.query(
                "queueing much",
                "insert into queue (task_id, project_id, agent_type)"
                        + " select n, 1, 'shell' from generate_series(1, "
                        + rows
                        + ") n");
        database.query("taking much", "delete from queue where task_id <= " + rows);
        // as it does itself before long: a plan is made for what it believes to be there
        database.query("counting", "vacuum analyze queue");
    }

    @Test
    void whatOneGroupWasGivenIsNotTakenForAnother() {
        queued(1, "shell", 1, 3);
        queued(1, "claude", 4, 4);

        assertThat(taken(100, group(2, "shell"), group(4, "shell", "claude")))
                .containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void noGroupIsLeftWithoutItsShare() {
        queued(1, "shell", 1, 9);
        queued(1, "claude", 10, 19);

        assertThat(taken(4, group(9, "shell"), group(9, "claude")))
                .containsExactly(1L, 2L, 10L, 11L);
        assertThat(taken(4, group(9, "codex"), group(9, "claude")))
                .containsExactly(10L, 11L, 12L, 13L);
        assertThat(taken(1, group(9, "codex"), group(9, "shell"), group(9, "claude")))
                .containsExactly(1L);
    }

    @Test
    void limitsAndTurnsGoOnFromOneGroupToTheNext() {
        queued(1, "shell", 1, 9);
        queued(2, "shell", 10, 19);

        assertThat(taken(100, group(1, "shell"), group(1, "shell", "claude")))
                .containsExactly(1L, 10L);
        database.query("limiting", "update project set concurrency = 2 where id = 1");
        assertThat(taken(100, group(2, "shell"), group(4, "shell", "claude")))
                .containsExactly(1L, 10L, 2L, 11L, 12L, 13L);
    }

    private List<Long> taken(int most, Group... groups) {
        var store = new TakeStore(() -> Duration.ofDays(1));
        return database.inTransaction(
                "taking",
                transaction ->
                        store.take(transaction, List.of(groups), Map.of(), most).tasks().stream()
                                .map(QueuedTask::id)
                                .toList());
    }

    private void queued(int project, String agentType, int first, int last) {
        database.query(
                "queueing",
                "insert into queue (task_id, project_id, agent_type) select n, %d, '%s' from generate_series(%d, %d) n"
                        .formatted(project, agentType, first, last));
    }

    private static Group group(int credit, String... agentTypes) {
        return new Group(
                Set.of(agentTypes), List.of(candidate(machine().agents(agentTypes), credit)));
    }
}
