package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A coordinator with the project {@code shop} for all tests of a class, and a worker of its own for
 * each. A class calls {@link #start} before all.
 */
abstract class OneWorker {

    static CoordinatorFixture coordinator;
    static FakeWorker bus;
    FakeWorker worker;

    static void start(LeaseConfig lease) {
        start(CoordinatorFixture.start(lease));
    }

    static void start(CoordinatorFixture started) {
        coordinator = started;
        coordinator.project("shop", "true");
        bus = FakeWorker.enrolled(coordinator);
    }

    @AfterAll
    static void stop() {
        bus.close();
        coordinator.close();
    }

    @BeforeEach
    void enrol() {
        worker = bus.neighbour(coordinator);
    }

    /** Tests leave tasks behind that nobody may be given later. */
    @AfterEach
    void nothingContradictsItself() {
        assertThat(coordinator.contradictions()).isEmpty();
        coordinator.cancelAll();
        assertThat(coordinator.contradictions()).isEmpty();
        worker.close();
    }
}
