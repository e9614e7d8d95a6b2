package dev.muster.coordinator.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.muster.protocol.gateway.CloseCode;
import dev.muster.protocol.gateway.Frame;
import dev.muster.protocol.gateway.Gateway;
import dev.muster.protocol.message.Addresses;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.http.HttpServerOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** How a connection ends that asks for too much or keeps too silent: real sockets, short limits. */
class ConnectionTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final UUID MACHINE = UUID.randomUUID();

    /** The example of RFC 6455, and after it no word. */
    private static final String UPGRADE =
            String.join(
                    "\r\n",
                    "GET / HTTP/1.1",
                    "Host: 127.0.0.1",
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Protocol: " + Gateway.PROTOCOL,
                    "",
                    "");

    private final Vertx vertx = Vertx.vertx();
    private final CompletableFuture<CloseCode> ended = new CompletableFuture<>();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    /** A server of such connections; its port. */
    private int serve(Limits limits, Duration tokenLeft) {
        Admission admission =
                token ->
                        token.equals("fresh")
                                ? Optional.of(new Admission.Admitted(MACHINE, LONG))
                                : Optional.empty();
        var keeper =
                new Place.Keeper() {
                    @Override
                    public void greeted(Connection connection) {}

                    @Override
                    public void closed(Connection connection, CloseCode why) {
                        ended.complete(why);
                    }
                };
        var place = new Place(vertx, admission, limits, keeper);
        return vertx.createHttpServer(
                        new HttpServerOptions().setWebSocketSubProtocols(List.of(Gateway.PROTOCOL)))
                .webSocketHandler(
                        socket ->
                                new Connection(socket, UUID.randomUUID(), MACHINE, "first", place)
                                        .open(tokenLeft))
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
    }

    private static Limits limits(int requests, Duration pingEvery, Duration greeting) {
        return new Limits(10, 10, requests, 1 << 20, pingEvery, 2, greeting, 1);
    }

    private static void ask(GatewayClient client, long id, String address) {
        client.send(new Frame.Request(id, address, 10_000, new byte[] {'{', '}'}));
    }

    private CloseCode ended() throws Exception {
        return ended.get(20, TimeUnit.SECONDS);
    }

    @Test
    void whoDoesNotAnswerPingsIsGivenUp() throws Exception {
        try (var silent =
                new Socket(
                        InetAddress.getLoopbackAddress(), serve(limits(10, SHORT, LONG), LONG))) {
            silent.getOutputStream().write(UPGRADE.getBytes(US_ASCII));

            assertThat(ended()).isEqualTo(CloseCode.SILENT);
        }
    }

    @Test
    void whoDoesNotGreetIsGivenUp() {
        try (var client = GatewayClient.open(serve(limits(10, LONG, SHORT), LONG), "any")) {
            assertThat(client.closeStatus()).isEqualTo(CloseCode.SILENT.code());
        }
    }

    @Test
    void greetingsTakeTurnsAndOnlyTheLastOfWhoIsStillThereIsPassedOn() throws Exception {
        var asked = new LinkedBlockingQueue<Message<Buffer>>();
        vertx.eventBus().<Buffer>consumer(Addresses.HELLO, asked::add);
        var port = serve(limits(10, LONG, SHORT.multipliedBy(10)), LONG);
        try (var first = GatewayClient.open(port, "any");
                var second = GatewayClient.open(port, "any")) {
            ask(first, 1, Addresses.HELLO);
            var hello = asked.poll(20, TimeUnit.SECONDS);
            try (var gone = GatewayClient.open(port, "any")) {
                ask(gone, 2, Addresses.HELLO);
                ask(gone, 2, "nowhere"); // is answered at once, so the other one has come
                gone.next();
            }
            ended();
            ask(second, 3, Addresses.HELLO);
            ask(second, 4, Addresses.HELLO);
            ask(second, 5, "nowhere");
            assertThat(second.next()).isInstanceOf(Frame.Failure.class);
            assertThat(asked).isEmpty();

            hello.reply(Buffer.buffer("{}"));
            assertThat(first.next()).isInstanceOf(Frame.Answer.class);
            asked.poll(20, TimeUnit.SECONDS).reply(Buffer.buffer("{}"));

            assertThat(second.next())
                    .isInstanceOfSatisfying(
                            Frame.Answer.class, answer -> assertThat(answer.id()).isEqualTo(4));
            assertThat(asked).isEmpty();
        }
    }

    @Test
    void itEndsWithItsTokenUnlessAFreshOneCame() {
        var port = serve(limits(10, LONG, LONG), Duration.ofMillis(700));
        try (var renewed = GatewayClient.open(port, "any");
                var stale = GatewayClient.open(port, "any")) {
            renewed.send(new Frame.Auth("fresh"));

            assertThat(stale.closeStatus()).isEqualTo(CloseCode.UNAUTHORISED.code());

            // it was opened first: without the fresh token its time would be up too
            ask(renewed, 1, "nowhere");
            assertThat(renewed.next()).isInstanceOf(Frame.Failure.class);
            assertThat(renewed.isOpen()).isTrue();
        }
    }

    @Test
    void noMoreRequestsAreReadThanMayBeInFlight() throws Exception {
        var asked = new LinkedBlockingQueue<Message<Buffer>>();
        vertx.eventBus().<Buffer>consumer(Addresses.HELLO, hello -> hello.reply(hello.body()));
        vertx.eventBus().<Buffer>consumer(Addresses.PULL, asked::add);
        try (var client = GatewayClient.open(serve(limits(2, LONG, LONG), LONG), "any")) {
            ask(client, 0, Addresses.HELLO);
            assertThat(client.next()).isInstanceOf(Frame.Answer.class);

            for (int i = 1; i <= 5; i++) {
                ask(client, i, Addresses.PULL);
            }

            for (int i = 0; i < 5; i++) {
                var next = asked.poll(20, TimeUnit.SECONDS);
                assertThat(next).isNotNull();
                assertThat(asked.size()).isLessThan(2);
                next.reply(Buffer.buffer("{}"));
                assertThat(client.next()).isInstanceOf(Frame.Answer.class);
            }
        }
    }
}
