package dev.muster.coordinator.gateway;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.http.WebSocketUpgrade;
import dev.muster.coordinator.time.Randomness;
import dev.muster.protocol.gateway.CloseCode;
import dev.muster.protocol.gateway.Gateway;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.UUID;

/** Lets workers in by WebSocket, one live connection for each machine. Thread-safe. */
public final class WorkerGateway implements AutoCloseable, Place.Keeper {

    private static final Logger log = LoggerFactory.getLogger(WorkerGateway.class);

    /** Published between coordinators: a machine greeted over this connection. */
    private static final String GREETED = "muster.v1.gateway.greeted";

    private static final Duration LATER = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Admission admission;
    private final Place place;
    private final Connections connections;
    private @Nullable MessageConsumer<JsonObject> news;

    /**
     * A gateway that is not started yet.
     *
     * @param registry counts connections
     */
    public WorkerGateway(Vertx vertx, Admission admission, MeterRegistry registry) {
        this(vertx, admission, registry, Limits.DEFAULT);
    }

    WorkerGateway(Vertx vertx, Admission admission, MeterRegistry registry, Limits limits) {
        this.vertx = vertx;
        this.admission = admission;
        this.place = new Place(vertx, admission, limits, this);
        this.connections = new Connections(limits.connections(), limits.perMachine());
        Gauge.builder("muster.gateway.connections", connections, Connections::count)
                .description("Workers connected by WebSocket")
                .register(registry);
    }

    public void bind(Operations operations) {
        operations.on("openGateway", Access.WORKER, this::open);
    }

    public void start() {
        news = vertx.eventBus().consumer(GREETED, message -> heard(message.body()));
    }

    private Answer open(Call call) {
        var token = call.token();
        var admitted =
                admission
                        .admit(token)
                        .filter(one -> one.machine().equals(call.machine()))
                        .orElseThrow(WorkerGateway::refused);
        checkRoom(connections.room(admitted.machine()));
        return WebSocketUpgrade.of(
                call, Gateway.PROTOCOL, socket -> connect(socket, admitted, token));
    }

    private static Problem refused() {
        return Problem.unauthorized(
                "token_invalid", "The token is not valid here, or not any more.");
    }

    private static void checkRoom(Connections.Entry entry) {
        switch (entry) {
            case ADMITTED -> {}
            case MACHINE_HAS_ENOUGH ->
                    throw Problem.tooMany("This machine has connections enough.", LATER);
            case FULL ->
                    throw Problem.unavailable("This coordinator takes no more workers.", LATER);
        }
    }

    /** On the socket's context. */
    private void connect(ServerWebSocket socket, Admission.Admitted admitted, String token) {
        var connection =
                new Connection(socket, Randomness.uuid(), admitted.machine(), token, place);
        // others may have come since there was room
        var entry = connections.add(connection);
        connection.open(admitted.left());
        if (entry == Connections.Entry.ADMITTED) {
            log.info(
                    "worker connected machine={} connection={}",
                    connection.machine(),
                    connection.id());
        } else {
            connection.end(CloseCode.GOING_AWAY);
        }
    }

    @Override
    public void greeted(Connection connection) {
        endOthers(connection.machine(), connection.id());
        vertx.eventBus()
                .publish(
                        GREETED,
                        new JsonObject()
                                .put("machine", connection.machine().toString())
                                .put("connection", connection.id().toString()));
    }

    private void heard(JsonObject greeted) {
        endOthers(
                UUID.fromString(greeted.getString("machine")),
                UUID.fromString(greeted.getString("connection")));
    }

    private void endOthers(UUID machine, UUID newest) {
        connections.of(machine).stream()
                .filter(one -> !one.id().equals(newest))
                .forEach(one -> one.end(CloseCode.DISPLACED));
    }

    @Override
    public void closed(Connection connection, CloseCode why) {
        connections.remove(connection);
        log.info(
                "worker disconnected machine={} connection={} why={}",
                connection.machine(),
                connection.id(),
                why);
    }

    /** Tells every worker to go to another coordinator. May be called twice, or unstarted. */
    @Override
    public void close() {
        connections.close().forEach(one -> one.end(CloseCode.GOING_AWAY));
        if (news != null) {
            news.unregister();
        }
    }
}
