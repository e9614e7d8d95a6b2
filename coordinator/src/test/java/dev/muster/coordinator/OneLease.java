package dev.muster.coordinator;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.LeaseRef;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * A coordinator with the project {@code shop} and a worker for all tests of a class, and for each a
 * task that runs there.
 */
abstract class OneLease {

    static CoordinatorFixture coordinator;
    static FakeWorker worker;
    LeaseRef lease;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        worker = FakeWorker.enrolled(coordinator);
        coordinator.project("shop", "true");
    }

    @AfterAll
    static void stop() {
        worker.close();
        coordinator.close();
    }

    @BeforeEach
    void run() {
        coordinator.task("shop");
        lease = worker.running();
    }
}
