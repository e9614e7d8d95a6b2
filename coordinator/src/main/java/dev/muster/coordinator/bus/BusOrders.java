package dev.muster.coordinator.bus;

import dev.muster.coordinator.task.HeldLease;
import dev.muster.coordinator.task.Orders;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

import java.util.UUID;

/** Orders over the event bus. They may get lost: a machine's next heartbeat is told the same. */
public final class BusOrders implements Orders {

    private final Vertx vertx;

    public BusOrders(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public void stop(HeldLease gone) {
        send(gone.machine(), new ToWorker.Stop(Wire.VERSION, gone.lease()));
    }

    @Override
    public void answer(UUID machine, GateAnswer answer) {
        send(machine, new ToWorker.Answer(Wire.VERSION, answer));
    }

    private void send(UUID machine, ToWorker order) {
        vertx.eventBus().send(Addresses.orders(machine), Buffer.buffer(Wire.encode(order)));
    }
}
