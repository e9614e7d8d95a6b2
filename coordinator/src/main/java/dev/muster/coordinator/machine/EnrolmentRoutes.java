package dev.muster.coordinator.machine;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.pipeline.Fault;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The edge of enrolment, for admins and for workers that have no connection yet (seed 004, worker
 * api).
 */
public final class EnrolmentRoutes {

    private static final int DEFAULT_PAGE = 50;

    /** Signs what a worker shows with each request. */
    public interface WorkerTokens {

        /** A token that proves to be this machine. */
        String forMachine(Caller.Machine machine);

        /** How long such a token is good. */
        Duration life();
    }

    /** Signs for workers that join the cluster. */
    public interface MemberCertificates {

        /**
         * Signs for one machine.
         *
         * @param publicKey SubjectPublicKeyInfo in DER
         * @throws IllegalArgumentException if it is no key that members can have
         */
        Signed certify(UUID machine, byte[] publicKey);

        /** A certificate, and that of its authority; in PEM. */
        record Signed(String certificate, String authority) {}
    }

    /**
     * Where a worker finds the cluster.
     *
     * @param members {@code host:port} of coordinators
     */
    public record Contact(String name, List<String> members) {}

    private final Enrolment enrolment;
    private final Generations generations;
    private final Machines machines;
    private final MachineJson json;
    private final WorkerTokens tokens;
    private final MemberCertificates certificates;
    private final Supplier<Contact> contact;

    public EnrolmentRoutes(
            Enrolment enrolment,
            Generations generations,
            Machines machines,
            WorkerTokens tokens,
            MemberCertificates certificates,
            Supplier<Contact> contact) {
        this.enrolment = enrolment;
        this.generations = generations;
        this.machines = machines;
        this.json = new MachineJson(machines);
        this.tokens = tokens;
        this.certificates = certificates;
        this.contact = contact;
    }

    public void bind(Operations operations) {
        operations
                .on("createWorkerToken", Access.ADMIN, this::create)
                .on("listWorkerTokens", Access.ADMIN, this::list)
                .on("revokeWorkerToken", Access.ADMIN, this::revoke)
                .on("getWorkerTokenStatus", Access.ADMIN, this::status)
                .on("registerWorker", Access.OPEN, this::register)
                .on("refreshWorkerToken", Access.WORKER, this::refresh)
                .on("certifyWorker", Access.WORKER, this::certify)
                .on("recoverWorker", Access.OPEN, this::recover);
    }

    private Answer create(Call call) {
        var body = call.body();
        var life =
                Duration.ofHours(
                        body.getInteger("expiresInHours", (int) Enrolment.TOKEN_LIFE.toHours()));
        var made =
                enrolment.make(
                        body.getString("label", ""),
                        call.person().id(),
                        life,
                        body.getBoolean("cluster", false),
                        Actor.of(call));
        var json = MachineJson.token(made.token()).put("token", made.secret());
        return Answer.created("/api/admin/worker-tokens/" + made.token().id() + "/status", json);
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        enrolment
                .list(page.limit(), page.offset())
                .forEach(token -> items.add(MachineJson.token(token)));
        return Answer.page(call, page, items, enrolment.count());
    }

    private Answer revoke(Call call) {
        return Answer.ok(MachineJson.token(enrolment.revoke(call.pathNumber("id"), call)));
    }

    private Answer status(Call call) {
        var token = enrolment.get(call.pathNumber("id"));
        var answer = MachineJson.token(token);
        if (token.machine() != null) {
            answer.put("machine", json.machine(machines.get(token.machine())));
        }
        return Answer.ok(answer);
    }

    private Answer register(Call call) {
        var body = call.body();
        var applicant =
                new EnrolmentStore.Applicant(
                        UUID.fromString(body.getString("machineId")),
                        body.getString("name"),
                        body.getInteger("slots"),
                        words(body.getJsonArray("capabilities")),
                        hardware(body.getJsonObject("hardware")));
        var recovery = enrolment.register(applicant, body.getString("token"), Actor.of(call));
        var machine = applicant.id();
        return Answer.created(
                "/api/web/machines/" + machine,
                welcome(new Caller.Machine(machine, 0))
                        .put("machineId", machine.toString())
                        .put("recoverySecret", recovery));
    }

    /** To the contract 8.0 is an integer too, and to the database none. */
    private static JsonObject hardware(JsonObject told) {
        return told.copy()
                .put("cpus", told.getInteger("cpus"))
                .put("memoryBytes", told.getLong("memoryBytes"));
    }

    private static List<String> words(JsonArray array) {
        return array.stream().map(Object::toString).toList();
    }

    private Answer refresh(Call call) {
        var machine = call.worker();
        enrolment.requireNewest(machine);
        return Answer.ok(welcome(machine));
    }

    private Answer certify(Call call) {
        enrolment.requireClusterRight(call.machine());
        var signed = signed(call.machine(), call.body().getString("publicKey"));
        enrolment.certified(call.machine(), Actor.of(call));
        return Answer.ok(
                new JsonObject()
                        .put("certificate", signed.certificate())
                        .put("authority", signed.authority()));
    }

    private MemberCertificates.Signed signed(UUID machine, String publicKey) {
        try {
            return certificates.certify(machine, Base64.getDecoder().decode(publicKey));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(
                    "bad_key",
                    "This is no public key that members of the cluster can have.",
                    List.of(
                            new Fault(
                                    "/publicKey",
                                    "bad_key",
                                    "is no public key on the curve P-256 in base64")));
        }
    }

    private Answer recover(Call call) {
        var body = call.body();
        var machine = UUID.fromString(body.getString("machineId"));
        var recovered =
                enrolment.recover(machine, body.getString("recoverySecret"), Actor.of(call));
        generations.recovered();
        return Answer.ok(
                welcome(new Caller.Machine(machine, recovered.generation()))
                        .put("recoverySecret", recovered.next()));
    }

    private JsonObject welcome(Caller.Machine machine) {
        var cluster = contact.get();
        return new JsonObject()
                .put("workerJwt", tokens.forMachine(machine))
                .put("expiresInSeconds", tokens.life().toSeconds())
                .put(
                        "cluster",
                        new JsonObject()
                                .put("name", cluster.name())
                                .put("members", new JsonArray(cluster.members())));
    }
}
