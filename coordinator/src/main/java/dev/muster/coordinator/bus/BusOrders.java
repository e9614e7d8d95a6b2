package dev.muster.coordinator.bus;

import dev.muster.coordinator.task.HeldLease;
import dev.muster.coordinator.task.Orders;
import dev.muster.coordinator.terminal.Dialling;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** Orders over the event bus. They may get lost: a machine's next heartbeat is told the same. */
public final class BusOrders implements Orders, Dialling {

    private final Vertx vertx;
    private final Supplier<Optional<String>> url;

    /**
     * @param url base URL where workers reach this very coordinator; empty if they know better
     */
    public BusOrders(Vertx vertx, Supplier<Optional<String>> url) {
        this.vertx = vertx;
        this.url = url;
    }

    @Override
    public void stop(HeldLease gone) {
        send(gone.machine(), new ToWorker.Stop(Wire.VERSION, gone.lease()));
    }

    @Override
    public void answer(UUID machine, GateAnswer answer) {
        send(machine, new ToWorker.Answer(Wire.VERSION, answer));
    }

    @Override
    public ToWorker.OpenTerminal order(LeaseRef lease, String terminal, String channelToken) {
        var here = url.get().orElse(null);
        return new ToWorker.OpenTerminal(Wire.VERSION, lease, terminal, here, channelToken);
    }

    @Override
    public void dial(UUID machine, ToWorker.OpenTerminal order) {
        send(machine, order);
    }

    private void send(UUID machine, ToWorker order) {
        vertx.eventBus().send(Addresses.orders(machine), Buffer.buffer(Wire.encode(order)));
    }
}
