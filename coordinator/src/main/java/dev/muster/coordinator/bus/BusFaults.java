package dev.muster.coordinator.bus;

import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Randomness;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryContext;
import io.vertx.core.eventbus.EventBus;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the bus lie about as badly as it may: it loses, delays and doubles messages that come to
 * this coordinator or leave it, answers included, a share of them in percent; or it loses every
 * message that only makes things faster. Only system properties arm it, and only tests of faults
 * set those.
 */
public final class BusFaults {

    private static final Logger log = LoggerFactory.getLogger(BusFaults.class);

    private static final String PROPERTY = "muster.bus-faults";
    private static final int LONGEST_DELAY_MILLIS = 2_000;

    private final Vertx vertx;
    private final int share;

    private BusFaults(Vertx vertx, int share) {
        this.vertx = vertx;
        this.share = share;
    }

    /** Does nothing unless armed. */
    public static void arm(Vertx vertx) {
        int share = Integer.getInteger(PROPERTY, 0);
        if (share > 0) {
            var faults = new BusFaults(vertx, share);
            vertx.eventBus().addOutboundInterceptor(faults::loseOrDelay);
            vertx.eventBus().addInboundInterceptor(faults::perhapsDouble);
            log.warn("the bus loses, delays and doubles messages percent={}", share);
        }
        if (Boolean.getBoolean(Loop.NO_WAKE_UPS)) {
            vertx.eventBus().addOutboundInterceptor(BusFaults::loseWakeUp);
            log.warn("the bus loses wake-ups and orders that are no questions");
        }
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

    private void loseOrDelay(DeliveryContext<Object> delivery) {
        if (isHit()) {
            return;
        }
        if (isHit()) {
            var delay = 1 + Byte.toUnsignedInt(Randomness.bytes(1)[0]) * LONGEST_DELAY_MILLIS / 256;
            vertx.setTimer(delay, _ -> delivery.next());
        } else {
            delivery.next();
        }
    }

    private void perhapsDouble(DeliveryContext<Object> delivery) {
        delivery.next();
        var message = delivery.message();
        // an answer's address is good for one message
        if (isHit() && !message.address().startsWith("__vertx.reply") && message.isSend()) {
            EventBus bus = vertx.eventBus();
            bus.send(message.address(), message.body());
        }
    }

    private boolean isHit() {
        return Byte.toUnsignedInt(Randomness.bytes(1)[0]) * 100 < share * 256;
    }
}
