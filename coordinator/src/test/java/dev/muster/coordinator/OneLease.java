package dev.muster.coordinator;

import dev.muster.protocol.message.LeaseRef;

import org.junit.jupiter.api.BeforeEach;

/** With a task for each test, which runs at the worker. */
abstract class OneLease extends OneShop {

    LeaseRef lease;

    @BeforeEach
    void run() {
        coordinator.task("shop");
        lease = worker.running();
    }
}
