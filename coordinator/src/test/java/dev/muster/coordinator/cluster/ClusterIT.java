package dev.muster.coordinator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;

import dev.muster.cluster.Authority;
import dev.muster.cluster.Member;
import dev.muster.cluster.MutualTls;
import dev.muster.cluster.P256;
import dev.muster.cluster.Passport;
import dev.muster.coordinator.Await;
import dev.muster.coordinator.config.ClusterConfig;
import dev.muster.coordinator.http.Metrics;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Who may be in the cluster and speak on the bus, and that nobody else gets anything. */
class ClusterIT {

    private static final String ADDRESS = "test.secret";

    private static final byte[] SEED = SecureRandom.getSeed(Authority.SEED);
    private static final Authority OURS = new Authority(SEED, InstantSource.system());

    private static Metrics metrics;
    private static Cluster first;
    private static List<CompletableFuture<HazelcastInstance>> strangers;
    private static Socket silent;
    private static final Queue<String> heard = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start() throws IOException {
        metrics = new Metrics();
        first = join(OURS, List.of());
        silent = connectedToHazelcast();
        strangers =
                List.of(
                        joining(ClusterIT::plainMember),
                        joining(ClusterIT::memberOfAnotherAuthority));
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
    }

    @AfterAll
    static void stop() throws IOException {
        silent.close();
        first.close();
        metrics.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::"})
    void allAddressesAtOnceAreRefused(String host) {
        var config = new ClusterConfig(host, 0, List.of());

        assertThatThrownBy(() -> Cluster.refuseOpenDoor(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cluster.host")
                .hasMessageContaining(host);
    }

    @Test
    void coordinatorsAndMachinesOfOneAuthorityTalk() {
        try (var second = join(OURS, List.of(first.address()));
                var machine = lite(passport(OURS, P256.random()))) {
            assertThat(ask(second.vertx(), "a coordinator's")).isEqualTo("heard");
            assertThat(ask(machine.vertx(), "a machine's")).isEqualTo("heard");
            assertThat(second.coordinators()).hasSize(2);
        }
        assertThat(heard).contains("a coordinator's", "a machine's");
    }

    @Test
    void hazelcastSaysNothingBeforeACertificateWasShownThatTheAuthoritySigned() throws Exception {
        assertThat(answerTo(passport(OURS, P256.random()))).as("a good one").isEqualTo("HZC");
        unsigned().forEach((what, passport) -> assertThat(answerTo(passport)).as(what).isEmpty());
    }

    @Test
    void theBusDeliversNothingBeforeACertificateWasShownThatTheAuthoritySigned() throws Exception {
        var node = ((VertxInternal) first.vertx()).clusterManager().getNodeInfo();
        var bus = node.host() + ":" + node.port();
        try (var socket = MemberSocket.to(bus, passport(OURS, P256.random()))) {
            send(socket, wire(ADDRESS, "with a good one"));
            Await.until("it is delivered", () -> heard.contains("with a good one"));
        }
        for (var forged : unsigned().entrySet()) {
            try (var socket = MemberSocket.to(bus, forged.getValue())) {
                send(socket, wire(ADDRESS, forged.getKey()));
                assertThat(MemberSocket.ends(socket)).as(forged.getKey()).isTrue();
            } catch (IOException e) {
                assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|certificate|alert).*");
            }
        }
        assertThat(heard).doesNotContainAnyElementsOf(unsigned().keySet());
    }

    /** Certificates that open nothing, by what they are. */
    private static Map<String, Passport> unsigned() {
        var keys = P256.random();
        var hoursAgo = Instant.now().minus(Duration.ofHours(2));
        var itsOwn = authority();
        return Map.of(
                "of an authority with our name and another key",
                new Passport(
                        keys.getPrivate(),
                        passport(itsOwn, keys).certificate(),
                        OURS.certificate()),
                "of a key that is not its own",
                new Passport(
                        P256.random().getPrivate(),
                        passport(OURS, keys).certificate(),
                        OURS.certificate()),
                "expired",
                passport(new Authority(SEED, () -> hoursAgo), keys),
                "the authority's itself",
                new Passport(keys.getPrivate(), OURS.certificate(), OURS.certificate()));
    }

    @Test
    void whoDoesNotShowWhoItIsIsNotWaitedForLongAndCrowdsNobodyOut() throws Exception {
        assertThat(MemberSocket.ends(silent)).isTrue();
        var crowd = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 520; i++) {
                crowd.add(connectedToHazelcast());
            }

            var asked = Instant.now();
            for (var oldest : crowd.subList(0, 5)) {
                assertThat(MemberSocket.ends(oldest)).isTrue();
            }

            assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(5));
            crowd.getLast().setSoTimeout(100);
            assertThat(MemberSocket.ends(crowd.getLast())).isFalse();
            assertThat(answerTo(passport(OURS, P256.random()))).isEqualTo("HZC");
        } finally {
            for (var socket : crowd) {
                socket.close();
            }
        }
    }

    @Test
    void aBarredMachineIsCutOffAndKeptOut() throws Exception {
        var machine = UUID.randomUUID();
        var barred = passport(OURS, machine, P256.random());
        var node = ((VertxInternal) first.vertx()).clusterManager().getNodeInfo();
        try (var hazelcast = MemberSocket.greeted(first.address(), barred);
                var bus = MemberSocket.to(node.host() + ":" + node.port(), barred);
                var other = lite(passport(OURS, P256.random()))) {
            send(bus, wire(ADDRESS, "before"));
            Await.until("the bus knows it", () -> heard.contains("before"));

            first.bar(Set.of(machine));

            assertThat(MemberSocket.ends(hazelcast)).isTrue();
            assertThat(MemberSocket.ends(bus)).isTrue();
            assertThat(answerTo(barred)).isEmpty();
            try (var again = MemberSocket.to(node.host() + ":" + node.port(), barred)) {
                send(again, wire(ADDRESS, "behind"));
                assertThat(MemberSocket.ends(again)).isTrue();
            } catch (IOException e) {
                assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|certificate|alert).*");
            }
            assertThat(ask(other.vertx(), "another's")).isEqualTo("heard");
            assertThat(heard).doesNotContain("behind");
        }
        first.bar(Set.of());
        assertThat(answerTo(barred)).isEqualTo("HZC");
    }

    @Test
    void neitherAPlainMemberNorOneOfAnotherAuthorityJoins() throws Exception {
        for (var stranger : strangers) {
            assertThatThrownBy(() -> stranger.get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Node failed to start");
        }
        assertThat(first.coordinators()).contains(first.address()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void theBusShowsTheRenewedCertificateAndNotTheOneItWasOpenedWith() {
        var keys = P256.random();
        var hoursAgo = Instant.now().minus(Duration.ofHours(2));
        var good = passport(OURS, keys);
        var shown = new AtomicReference<>(good);
        var tls = new MutualTls(shown::get);
        var hazelcast = member(true).start(tls);
        shown.set(passport(new Authority(SEED, () -> hoursAgo), keys));

        try (var machine = lite(tls, hazelcast)) {
            shown.set(good);

            assertThat(ask(machine.vertx(), "renewed")).isEqualTo("heard");
        }
    }

    @Test
    void aHazelcastClientFindsNobody() {
        var config = new ClientConfig().setClusterName(Cluster.NAME);
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.client.statistics.enabled", "false");
        config.getNetworkConfig().addAddress(first.address());
        config.getConnectionStrategyConfig()
                .getConnectionRetryConfig()
                .setClusterConnectTimeoutMillis(1_000);

        assertThatThrownBy(() -> HazelcastClient.newHazelcastClient(config))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aMessageThatIsWrittenToTheBusInTheClearIsNotDelivered() throws Exception {
        var message = wire(ADDRESS, "in the clear");
        // it is one: a bus without TLS delivers it
        var plain = Vertx.builder().with(new VertxOptions()).withClusterManager(alone());
        var there = new ConcurrentLinkedQueue<String>();
        var open = plain.buildClustered().timeout(20, TimeUnit.SECONDS).await();
        try {
            var heardThere = new CountDownLatch(1);
            open.eventBus()
                    .<String>consumer(
                            ADDRESS,
                            got -> {
                                there.add(got.body());
                                heardThere.countDown();
                            })
                    .completion()
                    .timeout(20, TimeUnit.SECONDS)
                    .await();
            try (var socket = connected(open)) {
                send(socket, message);
                assertThat(heardThere.await(10, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            open.close().timeout(20, TimeUnit.SECONDS).await();
        }
        assertThat(there).containsExactly("in the clear");

        for (var bytes : List.of(message, new byte[] {0x7f, -1, -1, -1, 2, 9, 0, 0})) {
            try (var socket = connected(first.vertx())) {
                send(socket, bytes);
                socket.shutdownOutput();
                socket.setSoTimeout(10_000);
                // an alert perhaps, then the end
                socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe).*");
            }
        }

        assertThat(heard).doesNotContain("in the clear");
        try (var second = join(OURS, List.of(first.address()))) {
            assertThat(ask(second.vertx(), "after that")).isEqualTo("heard");
        }
    }

    // ---- words ---------------------------------------------------------------------------------

    private static Authority authority() {
        return new Authority(SecureRandom.getSeed(Authority.SEED), InstantSource.system());
    }

    private static Passport passport(Authority authority, KeyPair keys) {
        return passport(authority, UUID.randomUUID(), keys);
    }

    private static Passport passport(Authority authority, UUID machine, KeyPair keys) {
        var signed = authority.certify(machine, keys.getPublic().getEncoded());
        return new Passport(keys.getPrivate(), signed, authority.certificate());
    }

    private static Cluster join(Authority authority, List<String> members) {
        var config = new ClusterConfig("127.0.0.1", 0, members);
        return Cluster.join(config, authority, new VertxOptions(), metrics.factory());
    }

    /** It takes a member a quarter of a minute to see that it is not let in. */
    private static CompletableFuture<HazelcastInstance> joining(
            Supplier<HazelcastInstance> member) {
        return CompletableFuture.supplyAsync(
                member, task -> Thread.ofVirtual().name("stranger").start(task));
    }

    private static HazelcastInstance plainMember() {
        var config = new Config().setClusterName(Cluster.NAME);
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.max.join.seconds", "3");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        var network = config.getNetworkConfig();
        network.setPort(0);
        network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getTcpIpConfig().setEnabled(true).addMember(first.address());
        return Hazelcast.newHazelcastInstance(config);
    }

    private static HazelcastInstance memberOfAnotherAuthority() {
        return member(false).start(new MutualTls(authority().coordinators()));
    }

    private static Member member(boolean lite) {
        return new Member(
                Cluster.NAME,
                UUID.randomUUID(),
                "127.0.0.1",
                0,
                List.of(first.address()),
                lite,
                Map.of(
                        "hazelcast.max.join.seconds",
                        "3",
                        "hazelcast.wait.seconds.before.join",
                        "0"));
    }

    private record Lite(HazelcastInstance hazelcast, Vertx vertx) implements AutoCloseable {
        @Override
        public void close() {
            vertx.close().timeout(20, TimeUnit.SECONDS).await();
            hazelcast.shutdown();
        }
    }

    private static Lite lite(Passport passport) {
        var tls = new MutualTls(() -> passport);
        return lite(tls, member(true).start(tls));
    }

    private static Lite lite(MutualTls tls, HazelcastInstance hazelcast) {
        var builder = Vertx.builder().withClusterManager(new HazelcastClusterManager(hazelcast));
        var vertx =
                tls.openBus(builder, new VertxOptions(), "127.0.0.1")
                        .timeout(20, TimeUnit.SECONDS)
                        .await();
        return new Lite(hazelcast, vertx);
    }

    private static HazelcastClusterManager alone() {
        var config = new Config().setClusterName("alone-" + UUID.randomUUID());
        config.setProperty("hazelcast.logging.type", "slf4j");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.getNetworkConfig().setPort(0);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        return new HazelcastClusterManager(config);
    }

    /** What Hazelcast answers to its own greeting over TLS; empty if that comes to nothing. */
    private static String answerTo(Passport passport) {
        try (var _ = MemberSocket.greeted(first.address(), passport)) {
            return "HZC";
        } catch (SocketTimeoutException e) {
            throw new AssertionError("neither an answer nor an end", e);
        } catch (IOException _) {
            return "";
        }
    }

    private static Socket connectedToHazelcast() throws IOException {
        var where = URI.create("member://" + first.address());
        var socket = new Socket(where.getHost(), where.getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static Socket connected(Vertx vertx) throws IOException {
        var node = ((VertxInternal) vertx).clusterManager().getNodeInfo();
        var socket = new Socket();
        socket.connect(new InetSocketAddress(node.host(), node.port()), 5_000);
        return socket;
    }

    /** A message as members of the bus write it. */
    private static byte[] wire(String address, String body) {
        var stringCodec = 9;
        var message =
                Buffer.buffer()
                        .appendInt(0) // the length, below
                        .appendByte((byte) 2)
                        .appendByte((byte) stringCodec)
                        .appendByte((byte) 0); // to one
        text(message, address);
        message.appendInt(0); // no reply
        text(message, "sender");
        message.appendInt(4); // no headers
        text(message, body);
        return message.setInt(0, message.length() - 4).getBytes();
    }

    private static void text(Buffer message, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        message.appendInt(bytes.length).appendBytes(bytes);
    }

    private static void send(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    private static String ask(Vertx from, String what) {
        return from.eventBus()
                .<String>request(ADDRESS, what, new DeliveryOptions().setSendTimeout(10_000))
                .timeout(20, TimeUnit.SECONDS)
                .await()
                .body();
    }
}
