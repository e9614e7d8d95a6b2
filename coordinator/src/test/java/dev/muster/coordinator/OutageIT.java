package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.db.TestDatabase;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.wire.Wire;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.UUID;

/** The database goes away and comes back: everybody is told to ask again, and nothing is lost. */
class OutageIT {

    @Test
    void whileTheDatabaseIsAwayRequestsAreUnavailableAndAfterwardsAllGoesOn() {
        var server = TestDatabase.empty();
        try (var coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT)) {
            coordinator.project("shop", "true");
            try (var worker = FakeWorker.enrolled(coordinator)) {
                coordinator.task("shop");
                var lease = worker.running();
                var poll = UUID.randomUUID();
                var parked = worker.pullLater(poll, 1, 25_000, false);

                away(server, coordinator);

                assertThat(coordinator.get("/api/web/tasks").status()).isEqualTo(503);
                var beat =
                        new Heartbeat(
                                Wire.VERSION,
                                worker.machine,
                                worker.boot,
                                new Load(0, 0, 0),
                                List.of(lease));
                assertThat(worker.refusalOf(Addresses.HEARTBEAT, beat, worker.token))
                        .isEqualTo(Addresses.UNAVAILABLE);
                Await.until("the parked pull is told to ask again", parked::isComplete);
                assertThat(parked.failed()).isTrue();

                back(server, coordinator);

                Await.until(
                        "the API answers", () -> coordinator.get("/api/web/tasks").status() == 200);
                assertThat(worker.report(lease, 2, new Fact.Succeeded(2, null)))
                        .isEqualTo(Verdict.ACCEPTED);
                var id = coordinator.task("shop");
                assertThat(worker.pull(poll, 1, 20_000, true))
                        .extracting(one -> one.lease().task())
                        .containsExactly(id);
                assertThat(coordinator.contradictions()).isEmpty();
            }
        }
    }

    private static void away(
            dev.muster.coordinator.config.DatabaseConfig server, CoordinatorFixture coordinator) {
        var name = coordinator.database.database();
        TestDatabase.execute(server, "alter database " + name + " allow_connections false");
        TestDatabase.execute(
                server,
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = '"
                        + name
                        + "'");
    }

    private static void back(
            dev.muster.coordinator.config.DatabaseConfig server, CoordinatorFixture coordinator) {
        TestDatabase.execute(
                server,
                "alter database " + coordinator.database.database() + " allow_connections true");
    }
}
