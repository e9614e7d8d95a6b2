package dev.muster.coordinator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.config.ClusterConfig.Tls;
import dev.muster.coordinator.http.Metrics;

import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Who may speak on the bus. */
class ClusterIT {

    private static final String ADDRESS = "test.secret";

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "8.8.8.8", "192.168.1.1", "10.0.0.1"})
    void anAddressOthersReachIsRefusedWithoutCertificates(String host) {
        var config = new ClusterConfig(host, 0, List.of(), Optional.empty());

        assertThatThrownBy(() -> Cluster.refuseOpenDoor(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cluster.host")
                .hasMessageContaining(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::"})
    void allAddressesAtOnceAreRefusedEvenWithCertificates(String host) {
        var file = Path.of("x");
        var config = new ClusterConfig(host, 0, List.of(), Optional.of(new Tls(file, file, file)));

        assertThatThrownBy(() -> Cluster.refuseOpenDoor(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cluster.host");
    }

    @Test
    void aLoopbackAddressNeedsNone() {
        Cluster.refuseOpenDoor(new ClusterConfig("127.0.0.1", 0, List.of(), Optional.empty()));
        Cluster.refuseOpenDoor(new ClusterConfig("localhost", 0, List.of(), Optional.empty()));
    }

    @Test
    void membersOfOneAuthorityTalkAndNobodyElseGetsAMessageThrough(@TempDir Path directory) {
        var authority = new Certificates(directory);
        try (var metrics = new Metrics();
                var first = join(metrics, List.of(), Optional.of(authority.signed("first")));
                var second =
                        join(
                                metrics,
                                List.of(first.address()),
                                Optional.of(authority.signed("second")))) {
            var heard = new ConcurrentLinkedQueue<String>();
            first.vertx()
                    .eventBus()
                    .<String>consumer(
                            ADDRESS,
                            message -> {
                                heard.add(message.body());
                                message.reply("heard");
                            })
                    .completion()
                    .timeout(20, TimeUnit.SECONDS)
                    .await();

            assertThat(ask(second, "a member's")).isEqualTo("heard");

            for (var stranger :
                    List.of(Optional.<Tls>empty(), Optional.of(authority.selfSigned("stranger")))) {
                try (var outside = join(metrics, List.of(first.address()), stranger)) {
                    var overheard = new ConcurrentLinkedQueue<String>();
                    outside.vertx()
                            .eventBus()
                            .<String>consumer(
                                    "test.other", message -> overheard.add(message.body()))
                            .completion()
                            .timeout(20, TimeUnit.SECONDS)
                            .await();

                    assertThatThrownBy(() -> ask(outside, ADDRESS, "a stranger's"))
                            .as(stranger.toString())
                            .isNotNull();
                    assertThatThrownBy(() -> ask(second, "test.other", "not for strangers"))
                            .as(stranger.toString())
                            .isNotNull();
                    assertThat(ask(second, "a member's")).isEqualTo("heard");
                    assertThat(overheard).isEmpty();
                }
            }
            assertThat(heard).containsOnly("a member's");
        }
    }

    private static Cluster join(Metrics metrics, List<String> members, Optional<Tls> tls) {
        var config = new ClusterConfig("127.0.0.1", 0, members, tls);
        return Cluster.join(config, new VertxOptions(), metrics.factory());
    }

    private static String ask(Cluster from, String what) {
        return ask(from, ADDRESS, what);
    }

    private static String ask(Cluster from, String address, String what) {
        return from.vertx()
                .eventBus()
                .<String>request(address, what, new DeliveryOptions().setSendTimeout(2000))
                .timeout(20, TimeUnit.SECONDS)
                .await()
                .body();
    }
}
