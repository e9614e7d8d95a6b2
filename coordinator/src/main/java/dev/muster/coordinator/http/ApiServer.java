package dev.muster.coordinator.http;

import dev.muster.coordinator.config.Listen;
import dev.muster.coordinator.config.RequestLimit;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * The API's server: as many instances as there are processors, on one port. Started and closed by
 * the thread that wires the coordinator.
 */
public final class ApiServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ApiServer.class);

    private static final long MOST_SECONDS = 30;

    /** Answers that go on, of one person, unless told otherwise. */
    public static final int MOST_STREAMS = 20;

    private static final AtomicInteger SERVERS = new AtomicInteger();

    private final Vertx vertx;
    private final Listen listen;
    private final Operations operations;
    private final Edge edge;
    private final Streams streams;
    private String deployment = "";
    private int port;

    /**
     * Who is asked about a request besides the operation itself.
     *
     * @param callers knows who calls
     * @param refusals hears of every request that was refused for want of rights
     * @param repetitions keeps the answers of requests that are carried out once
     * @param limit of how often one person or address may ask
     * @param mostStreams how many answers that go on one person may have open, as it is set now
     */
    public record Edge(
            Callers callers,
            Refusals refusals,
            Repetitions repetitions,
            RequestLimit limit,
            IntSupplier mostStreams) {}

    /**
     * @param operations every one of the contract, but for those that show the contract itself
     */
    public ApiServer(Vertx vertx, Listen listen, Operations operations, Edge edge) {
        this.vertx = vertx;
        this.listen = listen;
        this.operations = operations;
        this.edge = edge;
        this.streams = new Streams(edge.callers(), edge.mostStreams());
    }

    /**
     * Returns when requests are answered.
     *
     * @throws IllegalStateException if the contract and what is bound disagree
     */
    public void start() {
        var contract = Contract.load(vertx);
        var document = new Answer(200, contract.json(), Map.of());
        operations.on("getContract", Access.OPEN, _ -> document);
        new Docs().bind(operations);
        var disagreements = contract.disagreements(operations);
        if (!disagreements.isEmpty()) {
            throw new IllegalStateException(
                    "the contract and its bindings disagree: " + String.join("; ", disagreements));
        }
        var outlet = new Outlet();
        var allowances = Allowances.of(edge.limit());
        var gate = new Gate(edge.callers(), edge.refusals(), allowances);
        var routes = new Routes(contract, operations, gate, edge.repetitions(), outlet, streams);
        var options = ApiVerticle.options(listen);
        if (listen.port() == 0) {
            // Any free port, and the same one for all that name the same negative number.
            options.setPort(-SERVERS.incrementAndGet());
        }
        var bound = new CompletableFuture<Integer>();
        deployment =
                vertx.deployVerticle(
                                () -> new ApiVerticle(options, routes, outlet, bound::complete),
                                new DeploymentOptions()
                                        .setInstances(Runtime.getRuntime().availableProcessors()))
                        .timeout(MOST_SECONDS, TimeUnit.SECONDS)
                        .await();
        port = bound.join();
        log.info("api listening host={} port={}", listen.host(), port);
    }

    /** Where it listens, once started. */
    public int port() {
        return port;
    }

    /** Stops taking requests; those under way may be cut off. May be called twice, or unstarted. */
    @Override
    public void close() {
        streams.close();
        if (!deployment.isEmpty()) {
            var id = deployment;
            deployment = "";
            vertx.undeploy(id).timeout(MOST_SECONDS, TimeUnit.SECONDS).await();
        }
    }
}
