package dev.muster.coordinator.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.bus.BusFaults.Shares;
import dev.muster.protocol.message.Addresses;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** The lying bus lies: whoever survives it was really lied to. */
class BusFaultsTest {

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<Message<String>> arrived = new ArrayBlockingQueue<>(10);

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @ParameterizedTest
    @ValueSource(strings = {Addresses.REPORT, Addresses.PULL, Addresses.ORDERS + "x"})
    void aDoubledMessageComesTwiceAndEachTimeWithItsToken(String address) throws Exception {
        BusFaults.arm(vertx, new Shares(0, 0, 100));
        vertx.eventBus().<String>consumer(address, arrived::add).completion().await();
        var token = UUID.randomUUID().toString();

        vertx.eventBus()
                .send(address, "x", new DeliveryOptions().addHeader(Addresses.TOKEN, token));

        for (int i = 0; i < 2; i++) {
            var message = arrived.poll(10, TimeUnit.SECONDS);
            assertThat(message).isNotNull();
            assertThat(message.body()).isEqualTo("x");
            assertThat(message.headers().get(Addresses.TOKEN)).isEqualTo(token);
        }
        assertThat(arrived).isEmpty();
    }
}
