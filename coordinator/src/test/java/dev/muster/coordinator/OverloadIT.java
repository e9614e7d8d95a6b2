package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.db.TestDatabase;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** What a coordinator still does when everything else waits. */
class OverloadIT {

    /** Nobody who waits gives up meanwhile. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int MORE_THAN_THE_POOL_TAKES = 50;

    @Test
    void whoeverElseWaitsForTheDatabaseAMachineIsHeard() throws Exception {
        try (var coordinator =
                        CoordinatorFixture.start(
                                LeaseConfig.DEFAULT, PresenceConfig.DEFAULT, PATIENCE);
                var worker = FakeWorker.enrolled(coordinator);
                var callers = Executors.newVirtualThreadPerTaskExecutor();
                var connection = TestDatabase.connect(coordinator.database);
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("lock table setting, settings_version in access exclusive mode");
            var waiting =
                    IntStream.range(0, MORE_THAN_THE_POOL_TAKES)
                            .mapToObj(_ -> callers.submit(() -> change(coordinator)))
                            .toList();
            Await.until("the pool is used up", () -> isUsedUp(coordinator));

            worker.heartbeat();

            assertThat(waiting).noneMatch(Future::isDone);
            connection.rollback();
        }
    }

    private static void change(CoordinatorFixture coordinator) {
        var set = new JsonObject().put("streams.perPerson", 9);
        coordinator.put("/api/admin/settings", new JsonObject().put("settings", set));
    }

    /** Periodic duties have some of it. */
    private static boolean isUsedUp(CoordinatorFixture coordinator) {
        var waiting =
                "select 1 from pg_stat_activity where datname = current_database()"
                        + " and wait_event_type = 'Lock'";
        return coordinator.sql(waiting).size() > coordinator.database.poolSize() / 2;
    }
}
