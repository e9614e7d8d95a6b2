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
        var first = register(machine).expect(201).body().getString("recoverySecret");

        var lost = recover(machine, first).expect(200).body().getString("recoverySecret");
        var second = recover(machine, first).expect(200).body().getString("recoverySecret");
        assertThat(second).isNotEqualTo(lost).isNotEqualTo(first);
        assertThat(recover(machine, lost).status()).as("replaced by the repeat").isEqualTo(401);
        var third = recover(machine, second).expect(200).body().getString("recoverySecret");

        assertThat(recover(machine, first).status()).as("retired by its successor").isEqualTo(401);
        assertThat(third).isNotEqualTo(second);
        recover(machine, third).expect(200);
        assertThat(incidents("recovery_refused")).isEqualTo(2);
        assertThat(
                        coordinator.sql(
                                "select split_part(action, '.', 2) || ' ' || outcome from"
                                        + " audit_entry where target_id = '"
                                        + machine
                                        + "' order by id"))
                .containsExactly(
                        "enrol done",
                        "recover done",
                        "recover done",
                        "recover denied",
                        "recover done",
                        "recover denied",
                        "recover done");
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
