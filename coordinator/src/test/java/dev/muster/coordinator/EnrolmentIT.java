package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.cluster.Authority;
import dev.muster.cluster.P256;
import dev.muster.cluster.Pem;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/** How machines get in, and that nobody else does. */
class EnrolmentIT {

    private static CoordinatorFixture coordinator;
    private static FakeWorker worker;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        coordinator.project("shop", "true");
        worker = FakeWorker.enrolled(coordinator);
    }

    @AfterAll
    static void stop() {
        worker.close();
        coordinator.close();
    }

    private static String token() {
        return coordinator.coordinator().enrolmentToken("test");
    }

    private static CoordinatorFixture.Response register(UUID machine, String token) {
        return coordinator.post(
                "/api/workers/register", CoordinatorFixture.registration(machine, token, 1));
    }

    private static long incidents(String type) {
        return coordinator.sql("select 1 from incident where type = '" + type + "'").size();
    }

    @Test
    void ofAHundredWhoRaceForOneTokenOneGetsIn() {
        var token = token();
        var before = machines();
        var statuses = new ConcurrentLinkedQueue<Integer>();

        Threads.all(
                IntStream.range(0, 100)
                        .mapToObj(
                                _ ->
                                        (Runnable)
                                                () ->
                                                        statuses.add(
                                                                register(UUID.randomUUID(), token)
                                                                        .status()))
                        .toArray(Runnable[]::new));

        assertThat(statuses).hasSize(100);
        assertThat(statuses.stream().filter(status -> status == 201).count()).isEqualTo(1);
        assertThat(statuses.stream().filter(status -> status == 401).count()).isEqualTo(99);
        assertThat(machines()).isEqualTo(before + 1);
        assertThat(coordinator.sql("select 1 from presence")).hasSize((int) machines());
        // those noted at the same instant do not see each other
        assertThat(incidents("enrolment_token_reused")).isBetween(1L, 70L);
        coordinator.execute("delete from incident");
    }

    private static long machines() {
        return coordinator.sql("select 1 from machine").size();
    }

    @Test
    void aTokenUsedAgainIsRefusedInWordsAndNoted() {
        coordinator.execute("delete from incident");
        var token = token();
        register(UUID.randomUUID(), token).expect(201);
        var stranger = UUID.randomUUID();

        var problem = register(stranger, token).expect(401).body();

        assertThat(problem.getString("code")).isEqualTo("token_used");
        assertThat(problem.getString("detail")).contains("once");
        assertThat(
                        coordinator.sql(
                                "select data ->> 'machineId' from incident where type ="
                                        + " 'enrolment_token_reused'"))
                .containsExactly(stranger.toString());
    }

    @Test
    void anExpiredAndAnUnknownTokenAreToldApart() {
        var token = token();
        coordinator.execute(
                "update enrolment_token set expires_at = now() - interval '1 s' where used_at is"
                        + " null");

        assertThat(register(UUID.randomUUID(), token).expect(401).body().getString("code"))
                .isEqualTo("token_expired");
        assertThat(register(UUID.randomUUID(), "mst_enr_x").expect(401).body().getString("code"))
                .isEqualTo("token_unknown");
    }

    @Test
    void aTokenIsRevokedOnceAndThenLetsNobodyIn() {
        coordinator.execute("delete from incident");
        var made = made("revoked");
        var address = "/api/admin/worker-tokens/" + made.getInteger("id");
        assertThat(state(address)).isEqualTo("unused");

        var revoked = coordinator.post(address + "/revoke").expect(200).body();
        var again = coordinator.post(address + "/revoke").expect(200).body();

        assertThat(revoked.getString("status")).isEqualTo("revoked");
        assertThat(again).isEqualTo(revoked);
        var refused = register(UUID.randomUUID(), made.getString("token")).expect(401);
        assertThat(refused.body().getString("code")).isEqualTo("token_revoked");
        assertThat(incidents("revoked_enrolment_token")).isEqualTo(1);
        assertThat(acts("enrolment_token.revoke", made.getInteger("id"))).containsExactly("admin");
        coordinator.post("/api/admin/worker-tokens/999999/revoke").expect(404);
        coordinator.get("/api/admin/worker-tokens/999999/status").expect(404);
    }

    @Test
    void aUsedTokenTellsItsMachineAndIsNotRevoked() {
        var made = made("used");
        var address = "/api/admin/worker-tokens/" + made.getInteger("id");
        var machine = UUID.randomUUID();
        register(machine, made.getString("token")).expect(201);

        var status = coordinator.get(address + "/status").expect(200).body();

        assertThat(status.getString("status")).isEqualTo("used");
        assertThat(status.containsKey("token")).isFalse();
        assertThat(status.getJsonObject("machine").getString("id")).isEqualTo(machine.toString());
        assertThat(status.getJsonObject("machine").getString("status")).isEqualTo("offline");
        var refused = coordinator.post(address + "/revoke").expect(409);
        assertThat(refused.body().getString("code")).isEqualTo("token_used");
        assertThat(acts("enrolment_token.revoke", made.getInteger("id"))).isEmpty();
        var seen =
                coordinator
                        .get("/api/admin/machines?limit=200")
                        .expect(200)
                        .body()
                        .getJsonArray("items")
                        .stream()
                        .map(JsonObject.class::cast)
                        .filter(one -> one.getString("id").equals(machine.toString()))
                        .findFirst()
                        .orElseThrow();
        assertThat(seen.getBoolean("cluster")).isFalse();
        assertThat(seen.getJsonObject("enrolment").getString("label")).isEqualTo("used");
        assertThat(seen.getJsonObject("enrolment").getString("by")).isEqualTo("admin");
    }

    @Test
    void ofATokensRevocationAndItsUseOneHappens() {
        for (int round = 0; round < 10; round++) {
            var made = made("raced " + round);
            var address = "/api/admin/worker-tokens/" + made.getInteger("id");
            var machine = UUID.randomUUID();
            var statuses = new ConcurrentLinkedQueue<Integer>();

            Threads.all(
                    () -> statuses.add(register(machine, made.getString("token")).status()),
                    () -> statuses.add(coordinator.post(address + "/revoke").status()));

            var isIn =
                    !coordinator
                            .sql("select 1 from machine where id = '%s'".formatted(machine))
                            .isEmpty();
            assertThat(state(address)).isEqualTo(isIn ? "used" : "revoked");
            assertThat(statuses).containsExactlyInAnyOrder(isIn ? 201 : 401, isIn ? 409 : 200);
        }
    }

    private static JsonObject made(String label) {
        var wanted = new JsonObject().put("label", label);
        return coordinator.post("/api/admin/worker-tokens", wanted).expect(201).body();
    }

    private static String state(String address) {
        return coordinator.get(address + "/status").expect(200).body().getString("status");
    }

    private static List<String> acts(String action, int token) {
        return coordinator.sql(
                "select actor_name from audit_entry where action = '%s' and target_id = '%d'"
                        .formatted(action, token));
    }

    @Test
    void aMistypedTokenIsSaidToBeNone() {
        var token = token();
        var cut = token.substring(0, token.length() - 1);

        assertThat(register(UUID.randomUUID(), cut).expect(401).body().getString("detail"))
                .contains("mistyped");
    }

    @Test
    void aTakenNameIsRefusedAndTheTokenStaysGood() {
        var first = UUID.randomUUID();
        register(first, token()).expect(201);
        var token = token();
        var twin =
                CoordinatorFixture.registration(UUID.randomUUID(), token, 1)
                        .put("name", "machine-" + first);

        var problem = coordinator.post("/api/workers/register", twin).expect(409).body();

        assertThat(problem.getString("code")).isEqualTo("machine_name_taken");
        register(UUID.randomUUID(), token).expect(201);
    }

    @Test
    void aMachineThatSpokeCannotBeEnrolledOverAndTheTokenStaysGood() {
        var token = token();

        var problem = register(worker.machine, token).expect(409).body();

        assertThat(problem.getString("code")).isEqualTo("machine_known");
        register(UUID.randomUUID(), token).expect(201);
    }

    @Test
    void aWholeNumberIsKeptAsOneHoweverItIsWritten() {
        var machine = UUID.randomUUID();
        var registration = CoordinatorFixture.registration(machine, token(), 1);
        registration.getJsonObject("hardware").put("cpus", 2.0).put("memoryBytes", 1024.0);

        coordinator.post("/api/workers/register", registration).expect(201);

        assertThat(
                        coordinator.sql(
                                "select hardware ->> 'cpus' || ' ' || (hardware ->> 'memoryBytes')"
                                        + " from machine where id = '"
                                        + machine
                                        + "'"))
                .containsExactly("2 1024");
    }

    @Test
    void aMachineEnrolledForTheClusterGetsACertificateThatNamesIt() throws Exception {
        var machine = UUID.randomUUID();
        var keys = P256.random();
        var token = coordinator.enrol(machine, 1);

        var answer = certify(token, keys.getPublic().getEncoded()).expect(200).body();

        var certificate = Pem.certificate(answer.getString("certificate"));
        certificate.verify(Pem.certificate(answer.getString("authority")).getPublicKey());
        assertThat(certificate.getPublicKey()).isEqualTo(keys.getPublic());
        assertThat(certificate.getSubjectAlternativeNames())
                .containsExactly(List.of(6, "urn:muster:machine:" + machine));
        assertThat(certificate.getBasicConstraints()).as("signs nothing").isEqualTo(-1);
        var life = Duration.between(Instant.now(), certificate.getNotAfter().toInstant());
        assertThat(life).isBetween(Duration.ofMinutes(58), Authority.LIFE);
    }

    @Test
    void aMachineEnrolledForTheGatewayOrDecommissionedGetsNone() {
        var wanted = new JsonObject().put("label", "remote");
        var made = coordinator.post("/api/admin/worker-tokens", wanted).expect(201).body();
        assertThat(made.getBoolean("cluster")).isFalse();
        var remote =
                register(UUID.randomUUID(), made.getString("token"))
                        .expect(201)
                        .body()
                        .getString("workerJwt");
        var gone = UUID.randomUUID();
        var left = coordinator.enrol(gone, 1);
        coordinator.delete("/api/admin/machines/" + gone);
        var key = P256.random().getPublic().getEncoded();

        assertThat(certify(remote, key).expect(403).body().getString("code"))
                .isEqualTo("cluster_not_allowed");
        assertThat(certify(left, key).expect(403).body().getString("code"))
                .isEqualTo("machine_decommissioned");
        assertThat(certify(coordinator.accessToken(), key).status()).isEqualTo(401);
    }

    @Test
    void onlyAKeyOfTheCurveIsSigned() throws Exception {
        var token = coordinator.enrol(UUID.randomUUID(), 1);
        var other = KeyPairGenerator.getInstance("EC");
        other.initialize(new ECGenParameterSpec("secp384r1"));

        for (var key : List.of(other.generateKeyPair().getPublic().getEncoded(), new byte[91])) {
            var problem = certify(token, key).expect(400);
            assertThat(problem.pointers()).containsExactly("/publicKey");
        }
        var noBase64 = new JsonObject().put("publicKey", "?");
        coordinator.postAs(token, "/api/workers/certificate", noBase64).expect(400);
    }

    private static CoordinatorFixture.Response certify(String token, byte[] key) {
        var request = new JsonObject().put("publicKey", Base64.getEncoder().encodeToString(key));
        return coordinator.postAs(token, "/api/workers/certificate", request);
    }

    @Test
    void secretsAreStoredAsHashesOnly() {
        var token = token();
        var secret =
                register(UUID.randomUUID(), token).expect(201).body().getString("recoverySecret");

        for (var table : List.of("machine", "enrolment_token", "incident")) {
            assertThat(coordinator.sql("select r::text from " + table + " r"))
                    .noneMatch(row -> row.contains(token) || row.contains(secret));
        }
    }

    @Test
    void everyRequestNeedsTheTokenOfTheMachineItSpeaksFor() {
        try (var other = worker.neighbour(coordinator)) {
            var good = worker.token;
            var parts = List.of(good.split("\\.", -1));
            var none =
                    Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString("{\"alg\":\"none\",\"typ\":\"JWT\"}".getBytes(UTF_8));
            var refused =
                    Map.of(
                            "another machine's",
                            other.token,
                            "a person's",
                            coordinator.accessToken(),
                            "none",
                            "",
                            "forged",
                            parts.get(0) + "." + parts.get(1) + ".AAAA",
                            "unsigned",
                            none + "." + parts.get(1) + ".",
                            "no token",
                            "x");

            for (var request : requests().entrySet()) {
                refused.forEach(
                        (whose, token) ->
                                assertThat(
                                                worker.refusalOf(
                                                        request.getKey(),
                                                        request.getValue(),
                                                        token))
                                        .as("%s with %s token", request.getKey(), whose)
                                        .isEqualTo(Addresses.UNAUTHORISED));
            }
        }
    }

    private static Map<String, Object> requests() {
        var lease = new LeaseRef(1, 1, 1);
        var m = worker.machine;
        var b = worker.boot;
        var shell = List.of("shell");
        var start = new Fact.StageStarted(1, 0, "x", null);
        var requests = new LinkedHashMap<String, Object>();
        requests.put(Addresses.HELLO, new Hello(1, m, b, "x", shell, 1, List.of()));
        requests.put(Addresses.PULL, new Pull(1, m, b, b, 1, shell, 100, false, null));
        requests.put(
                Addresses.HEARTBEAT, new Heartbeat(1, m, b, new Load(0, 0, 0), List.of(lease)));
        requests.put(
                Addresses.REPORT,
                new Reports(1, m, b, List.of(new Report(lease, 1, List.of(start)))));
        requests.put(Addresses.APPEND, new Append(1, m, b, lease, 0, 0, new byte[1]));
        requests.put(Addresses.APPEND_LATE, new LateAppend(1, m, b, lease, 0, new byte[1]));
        requests.put(Addresses.PROMOTE, new Promotion(1, m, lease, "a".repeat(40), null, null));
        return requests;
    }

    @Test
    void whatIsNoMessageIsInvalidAndTheNextOneIsServed() {
        var bodies =
                List.<Object>of(
                        "text",
                        new JsonObject().put("v", 1),
                        new JsonArray(),
                        42,
                        Buffer.buffer(),
                        Buffer.buffer("null"),
                        Buffer.buffer("{}"),
                        Buffer.buffer("{\"v\": 1, \"machine\": null}"),
                        Buffer.buffer(new byte[Wire.LARGEST_MESSAGE + 1]));

        for (var address : requests().keySet()) {
            for (var body : bodies) {
                assertThat(worker.refusalOfBytes(address, body, worker.token))
                        .as("%s of %s", address, body.getClass())
                        .isEqualTo(Addresses.INVALID);
            }
        }
        assertThat(worker.heartbeat().stop()).isEmpty();
    }

    @Test
    void aWorkersTokenOpensNothingForPeople() {
        assertThat(coordinator.getAs(worker.token, "/api/web/tasks").status()).isEqualTo(401);
        assertThat(coordinator.getAs(worker.token, "/api/web/machines").status()).isEqualTo(401);
    }
}
