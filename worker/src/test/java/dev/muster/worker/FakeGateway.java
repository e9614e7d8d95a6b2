package dev.muster.worker;

import dev.muster.protocol.gateway.CloseCode;
import dev.muster.protocol.gateway.Frame;
import dev.muster.protocol.gateway.Frames;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.http.ServerWebSocket;

import org.jspecify.annotations.Nullable;

/** A gateway without any checks: one worker's WebSocket on the fake's bus. */
final class FakeGateway {

    private final ServerWebSocket socket;
    private final Vertx bus;
    private String token;
    private @Nullable MessageConsumer<Buffer> orders;

    FakeGateway(ServerWebSocket socket, Vertx bus, String token) {
        this.socket = socket;
        this.bus = bus;
        this.token = token;
        socket.binaryMessageHandler(message -> take(Frames.decode(message.getBytes())));
        socket.closeHandler(_ -> deafen());
        send(new Frame.Opened(Wire.VERSION, 3600));
    }

    private synchronized void take(Frame frame) {
        switch (frame) {
            case Frame.Auth(var fresh) -> token = fresh;
            case Frame.Request request -> ask(request);
            case Frame.Opened _, Frame.Answer _, Frame.Failure _, Frame.Order _ ->
                    socket.close((short) CloseCode.NOT_A_FRAME.code(), "");
        }
    }

    private void ask(Frame.Request request) {
        var options =
                new DeliveryOptions()
                        .addHeader(Addresses.TOKEN, token)
                        .setSendTimeout(request.timeoutMillis());
        listen(request)
                .compose(
                        _ ->
                                bus.eventBus()
                                        .<Buffer>request(
                                                request.address(),
                                                Buffer.buffer(request.body()),
                                                options))
                .onSuccess(reply -> answer(request, reply))
                .onFailure(failure -> fail(request, failure));
    }

    private Future<Void> listen(Frame.Request request) {
        if (!request.address().equals(Addresses.HELLO) || orders != null) {
            return Future.succeededFuture();
        }
        var machine = Wire.decode(request.body(), Hello.class).machine();
        var consumer =
                bus.eventBus()
                        .<Buffer>consumer(
                                Addresses.orders(machine),
                                order -> send(new Frame.Order(order.body().getBytes())));
        orders = consumer;
        return consumer.completion();
    }

    private void answer(Frame.Request request, Message<Buffer> reply) {
        send(new Frame.Answer(request.id(), reply.body().getBytes()));
    }

    private void fail(Frame.Request request, Throwable failure) {
        if (failure instanceof ReplyException refusal
                && refusal.failureType() == ReplyFailure.RECIPIENT_FAILURE) {
            send(
                    new Frame.Failure(
                            request.id(),
                            refusal.failureCode(),
                            String.valueOf(refusal.getMessage())));
        } // what is lost on the bus is lost here
    }

    private void send(Frame frame) {
        if (!socket.isClosed()) {
            socket.writeBinaryMessage(Buffer.buffer(Frames.encode(frame)));
        }
    }

    private synchronized void deafen() {
        if (orders != null) {
            orders.unregister();
        }
    }
}
