package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Work;
import dev.muster.protocol.secret.Needles;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** What a worker tells that does not mask: its project's secrets are stored nowhere. */
class MaskingIT extends OneWorker {

    private static final String SECRET = "p/ss w\"rd'\\1+é~needle";
    private static final String TOKEN = "ghp-needle-of-git";

    @BeforeAll
    static void start() {
        start(LeaseConfig.DEFAULT);
        coordinator
                .post(
                        "/api/admin/projects",
                        new JsonObject()
                                .put("key", "sealed")
                                .put("name", "s")
                                .put("repoUrl", "https://git.example.com/s.git"))
                .expect(201);
        put("secrets/PASSWORD", new JsonObject().put("value", SECRET), 200);
        put("git-token", new JsonObject().put("token", TOKEN), 204);
    }

    private static void put(String what, JsonObject body, int status) {
        coordinator.put("/api/web/projects/sealed/" + what, body).expect(status);
    }

    private LeaseRef lease;

    @BeforeEach
    void run() {
        coordinator.task("sealed");
        lease = worker.running();
    }

    private void append(long offset, String text) {
        append(offset, text.getBytes(UTF_8));
    }

    private void append(long offset, byte[] bytes) {
        assertThat(worker.append(lease, offset, bytes))
                .isEqualTo(new Appended(Wire.VERSION, Verdict.ACCEPTED, offset + bytes.length));
    }

    private String stored() {
        var bytes = new ByteArrayOutputStream();
        coordinator
                .sql(
                        "select encode(bytes, 'hex') from log_chunk where task_id = %d order by start"
                                .formatted(lease.task()))
                .forEach(chunk -> bytes.writeBytes(HexFormat.of().parseHex(chunk)));
        return bytes.toString(UTF_8);
    }

    private static String stars(String hidden) {
        return "*".repeat(hidden.getBytes(UTF_8).length);
    }

    @Test
    void eachWayInWhichASecretIsPrintedIsOverwrittenAndNothingElse() {
        long offset = 0;
        var expected = new StringBuilder();
        for (var secret : new String[] {SECRET, TOKEN}) {
            for (var needle : Needles.of(secret)) {
                var bytes = needle.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
                var line = new ByteArrayOutputStream();
                line.writeBytes("\né <".getBytes(UTF_8));
                line.writeBytes(bytes);
                line.writeBytes(">\r\n".getBytes(UTF_8));
                append(offset, line.toByteArray());
                offset += line.size();
                expected.append("\né <").append("*".repeat(bytes.length)).append(">\r\n");
            }
        }

        assertThat(stored()).isEqualTo(expected.toString());
        var lines = coordinator.get("/api/web/tasks/%d/logs?limit=1000".formatted(lease.task()));
        assertThat(lines.expect(200).body().encode())
                .doesNotContain("needle")
                .doesNotContain("ghp");
    }

    @Test
    void overABorderTheRestIsOverwrittenWhoeverStoredWhatCameBefore() {
        var first = "a " + TOKEN.substring(0, 4);
        var second = TOKEN.substring(4) + " b\n";
        append(0, first.substring(0, 3));
        append(3, first.substring(3));
        append(first.length(), second);
        // a repetition is stored once, and what comes next is masked as if it had not come
        append(first.length(), second);
        var shown = first + stars(TOKEN.substring(4)) + " b\n";
        var expected = new StringBuilder(shown);
        try (var other = coordinator.another()) {
            // what one of them stored the other never heard of
            for (int i = 0; i < 5; i++) {
                append(expected.length(), first);
                append(expected.length() + first.length(), second);
                expected.append(shown);
            }
            assertThat(other.port()).isPositive();
        }

        assertThat(stored()).isEqualTo(expected.toString());
    }

    @Test
    void whatIsSetWhileItRunsIsMaskedFromThenOnAndWhatIsDeletedNoMore() {
        append(0, "later-secret ");
        put("secrets/LATER", new JsonObject().put("value", "later-secret"), 200);
        append(13, "later-secret ");
        coordinator.delete("/api/web/projects/sealed/secrets/LATER").expect(204);
        append(26, "later-secret " + SECRET);

        assertThat(stored())
                .isEqualTo(
                        "later-secret " + stars("later-secret") + " later-secret " + stars(SECRET));
    }

    @Test
    void whatComesLateIsMaskedTooAlsoOverItsBorders() {
        append(0, "a " + TOKEN.substring(0, 4));
        coordinator.cancel(lease.task()).expect(200);
        var late = TOKEN.substring(4) + " b " + SECRET.substring(0, 3);
        worker.appendLate(lease, 6, late.getBytes(UTF_8));
        worker.appendLate(lease, 6 + late.length(), SECRET.substring(3).getBytes(UTF_8));

        assertThat(
                        coordinator.sql(
                                "select convert_from(string_agg(bytes, ''::bytea order by start),"
                                        + " 'UTF8') from late_log_chunk where task_id = "
                                        + lease.task()))
                .containsExactly(
                        stars(TOKEN.substring(4))
                                + " b "
                                + SECRET.substring(0, 3)
                                + stars(SECRET.substring(3)));
    }

    @Test
    void noTextOfAFactHoldsOne() {
        var work = new Work("muster/" + TOKEN, "0", "1", 1, 1, 1, 1, false);
        worker.report(
                lease,
                2,
                new Fact.AgentAsked(2, 0, "only", "Is " + SECRET + " right?"),
                new Fact.StageEnded(3, 0, TOKEN, false, 1, "why " + TOKEN),
                new Fact.Failed(4, "stage_failed", "It said " + SECRET + ", " + TOKEN + ".", work));

        var task = coordinator.get("/api/web/tasks/" + lease.task()).expect(200).body();
        assertThat(task.getString("detail")).isEqualTo("It said ***, ***.");
        assertThat(task.getString("reason")).isEqualTo("stage_failed");
        var events = coordinator.get("/api/web/tasks/" + lease.task() + "/events").expect(200);
        assertThat(events.body().encode())
                .contains("Is *** right?", "why ***", "\"exitStatus\":1")
                .doesNotContain("needle");
        assertThat(task.getJsonObject("work").getString("branch")).isEqualTo("muster/***");
        for (var table : new String[] {"task", "attempt", "event", "notification"}) {
            assertThat(
                            coordinator.sql(
                                    "select count(*)::text from "
                                            + table
                                            + " x where x::text like '%needle%'"))
                    .as(table)
                    .containsExactly("0");
        }
    }

    @Test
    void aProjectWithoutSecretsIsLeftAlone() {
        coordinator.task("shop");
        lease = worker.running();

        append(0, SECRET + " " + TOKEN);

        assertThat(stored()).isEqualTo(SECRET + " " + TOKEN);
        assertThat(coordinator.sql("select secrets_version::text from project where key = 'shop'"))
                .containsExactly("0");
    }
}
