package dev.muster.coordinator.gateway;

import dev.muster.coordinator.time.Timers;
import dev.muster.protocol.gateway.CloseCode;
import dev.muster.protocol.gateway.Frame;
import dev.muster.protocol.gateway.Gateway;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.MessageConsumerOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.http.ServerWebSocket;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.UUID;

/**
 * One worker's socket, and what it may do on the bus.
 *
 * <p>Confined to the socket's own context, but for {@link #end}.
 */
final class Connection implements Socket.Holder {

    /** No request is waited for longer; a parked pull is answered after 30 s at most. */
    private static final long LONGEST_WAIT_MILLIS = 60_000;

    /** The worker gives up first: then a late answer finds nobody, as on the bus. */
    private static final long SLACK_MILLIS = 2_000;

    private static final int MOST_ORDERS_WAITING = 256;

    private final UUID id;
    private final UUID machine;
    private final Place place;
    private final Context context;
    private final Socket socket;
    private final long pings;

    private String token;
    private long greeting;
    private Frame.@Nullable Request waiting; // the greeting whose turn has not come
    private long expiry = -1; // no timer: zero is the first one's number
    private int inFlight;
    private long bytesInFlight;
    private boolean greeted;
    private boolean over;
    private @Nullable MessageConsumer<Buffer> orders;

    /** A connection that does nothing until it is opened, on the context it is made on. */
    Connection(ServerWebSocket webSocket, UUID id, UUID machine, String token, Place place) {
        this.id = id;
        this.machine = machine;
        this.token = token;
        this.place = place;
        var vertx = place.vertx();
        var limits = place.limits();
        this.context = vertx.getOrCreateContext();
        this.socket = new Socket(webSocket, limits.pings(), this);
        this.pings = Timers.every(vertx, limits.pingEvery(), socket::ping);
        this.greeting = Timers.after(vertx, limits.greeting(), this::mustHaveGreeted);
    }

    UUID id() {
        return id;
    }

    UUID machine() {
        return machine;
    }

    /** Takes requests, for as long as the token is good. */
    void open(Duration left) {
        socket.open();
        expireIn(left);
        socket.send(new Frame.Opened(Wire.VERSION, left.toSeconds()));
    }

    private void expireIn(Duration left) {
        place.vertx().cancelTimer(expiry);
        if (!over) {
            expiry = Timers.after(place.vertx(), left, () -> socket.close(CloseCode.UNAUTHORISED));
        }
    }

    private void mustHaveGreeted() {
        if (waiting != null) {
            greeting =
                    Timers.after(place.vertx(), place.limits().greeting(), this::mustHaveGreeted);
        } else if (!greeted) {
            socket.close(CloseCode.SILENT);
        }
    }

    @Override
    public void received(Frame frame, int bytes) {
        switch (frame) {
            case Frame.Request request -> take(request, bytes);
            case Frame.Auth(var fresh) -> renew(fresh);
            case Frame.Opened _, Frame.Answer _, Frame.Failure _, Frame.Order _ ->
                    socket.close(CloseCode.NOT_A_FRAME);
        }
    }

    private void renew(String fresh) {
        var admitted = place.admission().admit(fresh).filter(one -> one.machine().equals(machine));
        if (admitted.isEmpty()) {
            socket.close(CloseCode.UNAUTHORISED);
            return;
        }
        token = fresh;
        expireIn(admitted.get().left());
    }

    private void take(Frame.Request request, int bytes) {
        if (!Gateway.ADDRESSES.contains(request.address())) {
            refuse(request, Addresses.INVALID, "A worker asks nothing at this address.");
            return;
        }
        if (request.address().equals(Addresses.HELLO)) {
            greet(request);
        } else if (greeted) {
            pass(request, bytes, Future.succeededFuture(), false);
        } else {
            refuse(request, Addresses.UNAVAILABLE, "The greeting comes first.");
        }
    }

    /**
     * Of one connection only the last greeting waits: nobody waits for those before it any more.
     */
    private void greet(Frame.Request request) {
        var isInLine = waiting != null;
        waiting = request;
        if (!isInLine) {
            place.greetings().await(() -> context.runOnContext(_ -> passGreeting()));
        }
    }

    private void passGreeting() {
        var request = waiting;
        waiting = null;
        if (over || request == null) {
            place.greetings().over();
            return;
        }
        // orders are listened for before the greeting, so that none given after it is missed
        pass(request, request.body().length, listen(), true)
                .onComplete(_ -> place.greetings().over());
    }

    private Future<?> pass(Frame.Request request, int bytes, Future<Void> ready, boolean greets) {
        inFlight(1, bytes);
        return ready.compose(_ -> ask(request))
                .onSuccess(reply -> answer(request, reply.body(), greets))
                .onFailure(failure -> fail(request, failure, greets))
                .onComplete(_ -> inFlight(-1, -bytes));
    }

    private void refuse(Frame.Request request, int code, String sentence) {
        socket.send(new Frame.Failure(request.id(), code, sentence));
    }

    private void inFlight(int requests, long bytes) {
        inFlight += requests;
        bytesInFlight += bytes;
        var limits = place.limits();
        socket.busy(inFlight >= limits.requests() || bytesInFlight >= limits.bytes());
    }

    private Future<Message<Buffer>> ask(Frame.Request request) {
        var wait = Math.clamp(request.timeoutMillis(), 1, LONGEST_WAIT_MILLIS) + SLACK_MILLIS;
        var options = new DeliveryOptions().addHeader(Addresses.TOKEN, token).setSendTimeout(wait);
        return place.vertx()
                .eventBus()
                .request(request.address(), Buffer.buffer(request.body()), options);
    }

    private Future<Void> listen() {
        if (orders != null || over) {
            return Future.succeededFuture();
        }
        orders =
                place.vertx()
                        .eventBus()
                        .<Buffer>consumer(
                                new MessageConsumerOptions()
                                        .setAddress(Addresses.orders(machine))
                                        .setMaxBufferedMessages(MOST_ORDERS_WAITING))
                        .handler(order -> socket.send(new Frame.Order(order.body().getBytes())));
        return orders.completion();
    }

    private void deafen() {
        if (orders != null) {
            orders.unregister();
            orders = null;
        }
    }

    private void answer(Frame.Request request, Buffer body, boolean greets) {
        if (greets && !greeted && !over) {
            greeted = true;
            place.keeper().greeted(this);
        }
        socket.send(new Frame.Answer(request.id(), body.getBytes()));
    }

    private void fail(Frame.Request request, Throwable failure, boolean greets) {
        if (greets && !greeted) {
            deafen(); // a daemon that was not welcome must not take another one's orders
        }
        if (failure instanceof ReplyException refusal
                && refusal.failureType() == ReplyFailure.RECIPIENT_FAILURE) {
            refuse(request, refusal.failureCode(), String.valueOf(refusal.getMessage()));
            if (refusal.failureCode() == Addresses.REPLACED) {
                socket.close(CloseCode.REPLACED);
            }
            return;
        }
        refuse(request, Frame.Failure.UNANSWERED, "Nobody answered in time.");
    }

    @Override
    public void piles(boolean now) {
        if (orders == null) {
            return;
        }
        if (now) {
            orders.pause();
        } else {
            orders.resume();
        }
    }

    @Override
    public void closed(CloseCode why) {
        over = true;
        place.vertx().cancelTimer(pings);
        place.vertx().cancelTimer(greeting);
        place.vertx().cancelTimer(expiry);
        deafen();
        place.keeper().closed(this, why);
    }

    /** Ends it, from any thread. */
    void end(CloseCode why) {
        context.runOnContext(_ -> socket.close(why));
    }
}
