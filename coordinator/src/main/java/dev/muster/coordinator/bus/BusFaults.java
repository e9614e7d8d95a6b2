package dev.muster.coordinator.bus;

import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Randomness;
import dev.muster.coordinator.time.Timers;
import dev.muster.protocol.gateway.Gateway;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/**
 * Makes the bus lie about as badly as it may: it loses, delays and doubles messages, a share of
 * them in percent; or it loses every message that only makes things faster. What workers ask is hit
 * where it arrives, orders and answers where they leave, so each message by one coordinator, and
 * once. Only system properties arm it, and only tests of faults set those.
 */
public final class BusFaults {

    private static final Logger log = LoggerFactory.getLogger(BusFaults.class);

    private static final String PROPERTY = "muster.bus-faults";
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

    /** Header of the second of two that were one; it is not doubled again. */
    private static final String COPY = "muster-copy";

    /** Of a hundred messages, how many suffer what. */
    record Shares(int lost, int delayed, int doubled) {}

    private final Vertx vertx;
    private final Shares shares;

    private BusFaults(Vertx vertx, Shares shares) {
        this.vertx = vertx;
        this.shares = shares;
    }

    /** Does nothing unless armed. */
    public static void arm(Vertx vertx) {
        int share = Integer.getInteger(PROPERTY, 0);
        if (share > 0) {
            arm(vertx, new Shares(share, share, share));
            log.warn("the bus loses, delays and doubles messages percent={}", share);
        }
        if (Boolean.getBoolean(Loop.NO_WAKE_UPS)) {
            vertx.eventBus().addOutboundInterceptor(BusFaults::loseWakeUp);
            log.warn("the bus loses wake-ups and orders that are no questions");
        }
    }

    static void arm(Vertx vertx, Shares shares) {
        var faults = new BusFaults(vertx, shares);
        vertx.eventBus()
                .addInboundInterceptor(delivery -> faults.pass(delivery, isRequest(delivery)))
                .addOutboundInterceptor(delivery -> faults.pass(delivery, !isRequest(delivery)));
    }

    private static boolean isRequest(DeliveryContext<Object> delivery) {
        return Gateway.ADDRESSES.contains(delivery.message().address());
    }

    private static void loseWakeUp(DeliveryContext<Object> delivery) {
        var address = delivery.message().address();
        if (address.equals(Addresses.WAKE)
                || (address.startsWith(Addresses.ORDERS) && !isQuestion(delivery.body()))) {
            return;
        }
        delivery.next();
    }

    /** Nothing else says to a machine what it is asked. */
    private static boolean isQuestion(Object order) {
        return order instanceof Buffer bytes
                && Wire.decode(bytes.getBytes(), ToWorker.class) instanceof ToWorker.Ask;
    }

    private void pass(DeliveryContext<Object> delivery, boolean mine) {
        if (!mine) {
            delivery.next();
            return;
        }
        if (isHit(shares.doubled())) {
            perhapsDouble(delivery.message());
        }
        if (isHit(shares.lost())) {
            return;
        }
        if (isHit(shares.delayed())) {
            long part = Byte.toUnsignedInt(Randomness.bytes(1)[0]);
            Timers.after(vertx, LONGEST_DELAY.multipliedBy(part).dividedBy(256), delivery::next);
        } else {
            delivery.next();
        }
    }

    /** An answer's address is good for one message; and there are two of what is published. */
    private void perhapsDouble(Message<Object> message) {
        if (!message.isSend()
                || message.address().startsWith("__vertx.reply")
                || message.headers().contains(COPY)) {
            return;
        }
        var options = new DeliveryOptions();
        message.headers().forEach(header -> options.addHeader(header.getKey(), header.getValue()));
        EventBus bus = vertx.eventBus();
        bus.send(message.address(), message.body(), options.addHeader(COPY, "true"));
    }

    private static boolean isHit(int share) {
        return Byte.toUnsignedInt(Randomness.bytes(1)[0]) * 100 < share * 256;
    }
}
