package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Fact;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Logs as asciicasts: whole, in time, and with their stages. */
class RecordingIT extends OneLease {

    @Test
    void anAttemptIsRecordedWithItsStageAndItsExit() {
        var bytes = "né漢\r\nend".getBytes(UTF_8);
        // between the two bytes of the first character that has more than one
        worker.append(lease, 0, bytes, new Append.Moment(2, 500), new Append.Moment(8, 900));
        worker.report(
                lease,
                2,
                new Fact.StageEnded(1200, 0, "only", false, 7, "exit status 7"),
                new Fact.Failed(1200, "STAGE_FAILED", "exit status 7", null));

        var three = recording("");
        var two = recording("?attempt=1&format=asciicast-v2");

        var header = new JsonObject(three.getFirst());
        assertThat(header.getInteger("version")).isEqualTo(3);
        assertThat(header.getJsonObject("term"))
                .isEqualTo(new JsonObject().put("cols", 120).put("rows", 30));
        assertThat(header.getLong("timestamp")).isEqualTo(grantedAt());
        assertThat(header.getString("title")).isEqualTo("Task #" + lease.task() + ", attempt 1");
        assertThat(three.subList(1, three.size()))
                .containsExactly(
                        "[0.001,\"m\",\"only\"]",
                        "[0.000,\"o\",\"n\"]",
                        "[0.499,\"o\",\"é漢\\r\\n\"]",
                        "[0.400,\"o\",\"end\"]",
                        "[0.300,\"x\",\"7\"]");
        assertThat(new JsonObject(two.getFirst()))
                .isEqualTo(
                        new JsonObject()
                                .put("version", 2)
                                .put("width", 120)
                                .put("height", 30)
                                .put("timestamp", header.getLong("timestamp"))
                                .put("title", header.getString("title")));
        assertThat(two.subList(1, two.size()))
                .containsExactly(
                        "[0.001,\"m\",\"only\"]",
                        "[0.001,\"o\",\"n\"]",
                        "[0.500,\"o\",\"é漢\\r\\n\"]",
                        "[0.900,\"o\",\"end\"]");
    }

    private long grantedAt() {
        return Long.parseLong(
                coordinator
                        .sql(
                                "select floor(extract(epoch from granted_at)) from attempt"
                                        + " where task_id = "
                                        + lease.task())
                        .getFirst());
    }

    @Test
    void whatRunsIsRecordedAsFarAsItWent() {
        worker.append(lease, 0, "one".getBytes(UTF_8));
        assertThat(output(recording(""))).isEqualTo("one");

        worker.append(lease, 3, "two".getBytes(UTF_8));
        assertThat(output(recording(""))).isEqualTo("onetwo");
        worker.report(lease, 2, new Fact.Succeeded(2, null));

        assertThat(recording("").getLast()).isEqualTo("[0.000,\"x\",\"0\"]");
    }

    @Test
    void whatFailedAfterACommandThatWentWellDoesNotExitWell() {
        worker.report(
                lease,
                2,
                new Fact.StageEnded(1200, 0, "only", true, 0, null),
                new Fact.Failed(1300, "WORK_LOST", "nothing to hand over", null));

        assertThat(recording("").getLast()).isEqualTo("[1.199,\"x\",\"1\"]");
    }

    @Test
    void whatSomebodyEndedHasNoExit() {
        worker.append(lease, 0, "one".getBytes(UTF_8));
        coordinator.cancel(lease.task()).expect(200);

        assertThat(recording("")).hasSize(3).last().isEqualTo("[0.000,\"o\",\"one\"]");
    }

    @Test
    void anAttemptThatNoMachineWasGivenHasNone() {
        var path = "/api/web/tasks/" + lease.task() + "/recording?attempt=2";
        assertThat(coordinator.get(path).expect(404).body().getString("code"))
                .isEqualTo("no_recording");
        coordinator.get("/api/web/tasks/" + lease.task() + "/recording?format=gif").expect(400);
    }

    @Test
    void aLongLogIsRecordedByteByByteAndInTime() {
        var random = new Random(5);
        var text = new StringBuilder();
        long at = 0;
        while (at < 4 * 1024 * 1024) {
            // pieces end within characters
            var line = "é漢🙂 " + "x".repeat(random.nextInt(4000)) + "\r\n";
            text.append(line);
            at += line.getBytes(UTF_8).length;
        }
        var whole = text.toString().getBytes(UTF_8);
        for (int from = 0; from < whole.length; ) {
            int length = Math.min(whole.length - from, 1 + random.nextInt(100_000));
            var bytes = Arrays.copyOfRange(whole, from, from + length);
            var later =
                    length > 2
                            ? new Append.Moment[] {new Append.Moment(length / 2, from + 2L)}
                            : new Append.Moment[0];
            worker.append(lease, from, bytes, later);
            from += length;
        }

        var three = recording("");
        var two = recording("?format=asciicast-v2");

        assertThat(output(three)).isEqualTo(text.toString());
        assertThat(output(two)).isEqualTo(text.toString());
        assertThat(times(three)).allSatisfy(interval -> assertThat(interval).isNotNegative());
        assertThat(times(two)).isSorted();
        assertThat(times(three).stream().reduce(BigDecimal.ZERO, BigDecimal::add))
                .isEqualTo(times(two).getLast());
    }

    /** Whoever was sent a part has to be told that it is not all. */
    @Test
    void aRecordingWhoseLogBeginsAnewIsCutOff() throws IOException {
        coordinator.task("shop");
        try (var neighbour = worker.neighbour(coordinator)) {
            lease = neighbour.pull(1).getFirst().lease();
            var piece = new byte[Append.MOST_BYTES];
            Arrays.fill(piece, (byte) 27);
            for (int i = 0; i < 40; i++) {
                neighbour.append(lease, (long) i * piece.length, piece);
            }
            var path = "/api/web/tasks/" + lease.task() + "/recording";
            // a control character becomes six bytes: more than sockets hold
            try (var body = coordinator.opened(path)) {
                assertThat(body.read()).isEqualTo('{');

                neighbour.restarted().hello();

                assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void aRecordingThatNobodyChangedIsIntactAlsoWhileItGrows() {
        assertThat(verified().getBoolean("intact")).isTrue();
        worker.append(lease, 0, bytes(5000), new Append.Moment(10, 5), new Append.Moment(99, 7));
        var before = verified();
        worker.append(lease, 5000, bytes(300));

        var after = verified();
        assertThat(after.getBoolean("intact")).isTrue();
        assertThat(after.getLong("bytes")).isEqualTo(5300);
        assertThat(after.getLong("unchained")).isZero();
        assertThat(after.getString("link")).isNotEqualTo(before.getString("link"));
    }

    /** As who owns the database could. */
    @Test
    void whateverIsChangedOfARecordingShows() {
        for (int at = 0; at < 400; at += 100) {
            worker.append(lease, at, bytes(100), new Append.Moment(50, at + 1L));
        }
        var changes =
                Map.of(
                        "update log_chunk set bytes = overlay(bytes placing 'x' from 7) %s and"
                                + " start = 150",
                        "150 altered",
                        "update log_chunk set at_millis = at_millis + 1 %s and start = 200",
                        "200 altered",
                        "update log_chunk set link = sha256('evil') %s and start = 50",
                        "50 altered",
                        "delete from log_chunk %s and start = 100",
                        "100 missing",
                        "delete from log_chunk %s and start >= 300",
                        "300 missing",
                        "update attempt set log_bytes = 350 where task_id = %d",
                        "350 missing",
                        "update log_chunk set link = null %s",
                        "400 missing",
                        "insert into log_chunk select task_id, attempt, 400, 0, at, 1, bytes, link"
                                + " from log_chunk %s and start = 0",
                        "400 added");
        changes.forEach(
                (change, shown) -> {
                    coordinator.execute("create table kept as select * from log_chunk");
                    coordinator.execute("create table kept_attempt as select * from attempt");
                    coordinator.execute(
                            change.contains("%d")
                                    ? change.formatted(lease.task())
                                    : change.formatted("where task_id = " + lease.task()));

                    var fault = verified().getJsonObject("fault");

                    assertThat(fault.getLong("offset") + " " + fault.getString("wrong"))
                            .as(change)
                            .isEqualTo(shown);
                    coordinator.execute("delete from log_chunk");
                    coordinator.execute("insert into log_chunk select * from kept");
                    coordinator.execute(
                            "update attempt a set log_bytes = k.log_bytes from kept_attempt k"
                                    + " where a.task_id = k.task_id and a.number = k.number");
                    coordinator.execute("drop table kept, kept_attempt");
                    assertThat(verified().getBoolean("intact")).as(change).isTrue();
                });
    }

    /** A log that was there before logs were chained goes on with links. */
    @Test
    void whatIsOlderThanLinksIsCountedAndTheRestJudged() {
        worker.append(lease, 0, bytes(100));
        coordinator.execute("update log_chunk set link = null where task_id = " + lease.task());
        coordinator.execute(
                "update attempt set log_link = default where task_id = " + lease.task());
        worker.append(lease, 100, bytes(50));

        assertThat(verified().getBoolean("intact")).isTrue();
        assertThat(verified().getLong("unchained")).isEqualTo(100);
        coordinator.execute(
                "update log_chunk set bytes = 'evil' where start = 100 and task_id = "
                        + lease.task());
        assertThat(verified().getBoolean("intact")).isFalse();
    }

    private static byte[] bytes(int length) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) 'm');
        return bytes;
    }

    private List<String> recording(String query) {
        return coordinator.lines("/api/web/tasks/" + lease.task() + "/recording" + query);
    }

    private static List<JsonArray> events(List<String> recording) {
        return recording.stream().skip(1).map(JsonArray::new).toList();
    }

    private static List<BigDecimal> times(List<String> recording) {
        return events(recording).stream()
                .map(
                        event ->
                                new BigDecimal(event.getValue(0).toString())
                                        .setScale(3, RoundingMode.HALF_UP))
                .toList();
    }
}
