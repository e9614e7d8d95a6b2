package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.Load;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.UUID;

/** Machines that come back by their recovery secret, and what becomes of what they had before. */
final class RecoveryIT {

    private static CoordinatorFixture coordinator;
    private static FakeWorker worker;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        worker = FakeWorker.enrolled(coordinator);
    }

    @AfterAll
    static void stop() {
        worker.close();
        coordinator.close();
    }

    private static CoordinatorFixture.Response register(UUID machine) {
        var token = coordinator.coordinator().enrolmentToken("test");
        return coordinator.post(
                "/api/workers/register", CoordinatorFixture.registration(machine, token, 1));
    }

    private static CoordinatorFixture.Response recover(UUID machine, String secret) {
        return coordinator.post(
                "/api/workers/recover",
                new JsonObject()
                        .put("machineId", machine.toString())
                        .put("recoverySecret", secret));
    }

    private static CoordinatorFixture.Response refresh(String token) {
        return coordinator.postAs(token, "/api/workers/refresh-token", new JsonObject());
    }

    private static String token(CoordinatorFixture.Response granted) {
        return granted.body().getString("workerJwt");
    }

    private static long incidents(String type) {
        return coordinator.sql("select 1 from incident where type = '" + type + "'").size();
    }

    @Test
    void recoveryRotatesAndALostAnswerCanBeAskedForAgain() {
        coordinator.execute("delete from incident");
        var machine = UUID.randomUUID();
        var first = secret(register(machine).expect(201));

        var lost = secret(recover(machine, first).expect(200));
        var second = secret(recover(machine, first).expect(200));
        assertThat(second).isNotEqualTo(lost).isNotEqualTo(first);
        var third = secret(recover(machine, second).expect(200));

        assertThat(recover(machine, first).status()).as("retired by its successor").isEqualTo(401);
        assertThat(recover(machine, lost).status()).as("never used in time").isEqualTo(401);
        assertThat(third).isNotEqualTo(second);
        recover(machine, third).expect(200);
        assertThat(incidents("recovery_refused")).isEqualTo(2);
        assertThat(
                        coordinator.sql(
                                "select split_part(action, '.', 2) || ' ' || outcome from"
                                        + " audit_entry where action <> 'machine.drain' and"
                                        + " target_id = '"
                                        + machine
                                        + "' order by id"))
                .containsExactly(
                        "enrol done",
                        "recover done",
                        "recover done",
                        "recover done",
                        "recover denied",
                        "recover denied",
                        "recover done");
    }

    /** A request that seemed lost may be done after its repeat, and nobody hears of it. */
    @Test
    void whicheverAnswerReachesTheMachineIsGood() {
        var machine = UUID.randomUUID();
        var token = coordinator.coordinator().enrolmentToken("test");
        var registration = CoordinatorFixture.registration(machine, token, 1);
        var first = secret(coordinator.post("/api/workers/register", registration).expect(201));
        coordinator.post("/api/workers/register", registration).expect(201);

        var second = secret(recover(machine, first).expect(200));
        recover(machine, first).expect(200);

        recover(machine, second).expect(200);
        assertThat(status(machine)).isEqualTo("active");
    }

    /** Which of the two is the right one is for a person to say. */
    @Test
    void aMachineOfWhichAnOldCopyIsUsedTakesNothingMoreUntilAPersonSaysSo() {
        coordinator.execute("delete from incident");
        var machine = UUID.randomUUID();
        var old = secret(register(machine).expect(201));
        var newer = secret(recover(machine, old).expect(200));
        recover(machine, newer).expect(200);
        assertThat(recover(machine, "mst_rec_guess").status()).isEqualTo(401);
        assertThat(status(machine)).isEqualTo("active");

        assertThat(recover(machine, old).status()).isEqualTo(401);

        assertThat(status(machine)).isEqualTo("draining");
        assertThat(shown(machine).getJsonObject("change").getString("reason"))
                .contains("a copy of its data directory is in use");
        assertThat(incidents("machine_quarantined")).isOne();
        assertThat(
                        coordinator.sql(
                                "select kind from notification where machine_id = '"
                                        + machine
                                        + "'"))
                .containsOnly("machine_drained")
                .isNotEmpty();

        coordinator.post("/api/web/machines/" + machine + "/undrain").expect(200);
        assertThat(recover(machine, old).status()).isEqualTo(401);
        assertThat(status(machine)).as("a person said so").isEqualTo("active");
        recover(machine, newer).expect(200);
    }

    @Test
    void aMachineThatWasDecommissionedIsGoneWhicheverOfItsSecretsIsShown() {
        var machine = UUID.randomUUID();
        var old = secret(register(machine).expect(201));
        var newer = secret(recover(machine, old).expect(200));
        var offered = secret(recover(machine, newer).expect(200));
        coordinator.delete("/api/admin/machines/" + machine).expect(204);

        for (var shown : List.of(old, newer, offered)) {
            assertThat(recover(machine, shown).status()).isEqualTo(401);
        }

        assertThat(status(machine)).isEqualTo("decommissioned");
    }

    private static String secret(CoordinatorFixture.Response granted) {
        return granted.body().getString("recoverySecret");
    }

    private static JsonObject shown(UUID machine) {
        return coordinator.get("/api/web/machines/" + machine).expect(200).body();
    }

    private static String status(UUID machine) {
        return coordinator
                .sql("select status from machine where id = '" + machine + "'")
                .getFirst();
    }

    @Test
    void strangersCannotFillTheTableOfIncidents() {
        coordinator.execute("delete from incident");

        for (int i = 0; i < 80; i++) {
            recover(UUID.randomUUID(), "mst_rec_guess").expect(401);
        }

        assertThat(incidents("recovery_refused")).isEqualTo(60);
        coordinator.execute("delete from incident");
    }

    /** Else who copied the machine's token once could prolong it for ever. */
    @Test
    void aRecoveryEndsEveryTokenOfBefore() {
        var machine = UUID.randomUUID();
        var registered = register(machine).expect(201);
        var copied = token(refresh(token(registered)).expect(200));

        var recovered = recover(machine, registered.body().getString("recoverySecret")).expect(200);

        refresh(copied).expect(401);
        refresh(token(registered)).expect(401);
        var present = token(refresh(token(recovered)).expect(200));
        Await.until(
                "requests with the copy are refused",
                () -> refusal(machine, copied) == Addresses.UNAUTHORISED);
        assertThat(refusal(machine, present)).isNotEqualTo(Addresses.UNAUTHORISED);
        refresh(token(register(UUID.randomUUID()).expect(201))).expect(200);
    }

    /** Of what a machine says that never said hello. */
    private static int refusal(UUID machine, String token) {
        var heartbeat = new Heartbeat(1, machine, UUID.randomUUID(), new Load(0, 0, 0), List.of());
        return worker.refusalOf(Addresses.HEARTBEAT, heartbeat, token);
    }

    @Test
    void aDecommissionedMachinesTokenIsNotProlonged() {
        var machine = UUID.randomUUID();
        var token = token(register(machine).expect(201));

        coordinator.delete("/api/admin/machines/" + machine);

        assertThat(refresh(token).expect(401).body().getString("code")).isEqualTo("token_retired");
    }
}
