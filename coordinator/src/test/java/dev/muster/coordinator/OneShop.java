package dev.muster.coordinator;

import dev.muster.coordinator.config.LeaseConfig;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A coordinator with the project {@code shop} and a worker, for all tests of a class. */
abstract class OneShop {

    static CoordinatorFixture coordinator;
    static FakeWorker worker;

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
}
