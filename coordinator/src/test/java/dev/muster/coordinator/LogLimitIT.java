package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.terminal.TerminalFrame;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Of a long log the beginning and the end are kept, and whoever reads it is told of the rest. */
class LogLimitIT extends OneTerminal {

    private static final int MEBIBYTE = 1024 * 1024;
    private static final int LINE = 64;
    private static final int LINES = 3 * MEBIBYTE / LINE;

    /** A step of dropping, and what pieces at both ends are longer. */
    private static final int SLACK = MEBIBYTE / 16 + 2 * Append.MOST_BYTES;

    private byte[] printed;
    private long from;
    private long to;

    @BeforeAll
    static void limit() {
        limit(1);
    }

    private static void limit(int mebibytes) {
        var set = new JsonObject().put("logs.perAttempt", mebibytes);
        coordinator.put("/api/admin/settings", new JsonObject().put("settings", set)).expect(200);
    }

    @BeforeEach
    void flood() {
        printed = lines(0, LINES);
        store(printed, 0, printed.length);
        awaitLimited(lease);
        from = number("min(start)");
        to = number("min(start + dropped)");
    }

    /** Each says its number. */
    private static byte[] lines(int first, int count) {
        var text = new StringBuilder();
        for (int n = first; n < first + count; n++) {
            text.append(String.format("line %08d %s\n", n, "x".repeat(LINE - 15)));
        }
        return text.toString().getBytes(UTF_8);
    }

    private void awaitLimited(LeaseRef lease) {
        Await.until(
                "no more is kept than may be",
                () ->
                        Long.parseLong(
                                        coordinator
                                                .sql(
                                                        "select sum(octet_length(bytes)) from"
                                                                + " log_chunk where task_id = "
                                                                + lease.task())
                                                .getFirst())
                                <= MEBIBYTE + SLACK);
    }

    private long number(String what) {
        return Long.parseLong(
                coordinator
                        .sql(
                                "select %s from log_chunk where task_id = %d and dropped > 0"
                                        .formatted(what, lease.task()))
                        .getFirst());
    }

    @Test
    void theBeginningAndTheEndAreKept() {
        assertThat(from).isBetween(MEBIBYTE / 2L, MEBIBYTE / 2L + Append.MOST_BYTES);
        assertThat(to)
                .isBetween(printed.length - MEBIBYTE / 2L - SLACK, printed.length - MEBIBYTE / 2L);
        assertThat(number("count(*)")).isEqualTo(1);
        assertThat(coordinator.metric("muster_log_dropped_bytes_total"))
                .isGreaterThanOrEqualTo(to - from);
    }

    @Test
    void linesKeepTheirNumbersAndOneSaysWhatIsNotThere() {
        var lines = new ArrayList<JsonObject>();
        var next = "/api/web/tasks/" + lease.task() + "/logs?limit=1000";
        while (next != null) {
            var page = coordinator.get(next).expect(200);
            assertThat(page.body().getLong("total")).isEqualTo(LINES);
            items(page.body()).forEach(lines::add);
            next =
                    page.headers()
                            .firstValue("Link")
                            .map(link -> link.substring(1, link.indexOf('>')))
                            .orElse(null);
        }

        var noted = lines.stream().filter(line -> line.getString("text").contains("[")).toList();
        assertThat(noted).hasSize(1);
        assertThat(noted.getFirst().getLong("n")).isEqualTo(from / LINE);
        assertThat(noted.getFirst().getString("text")).endsWith("MiB of output were not kept]");
        long behind = to / LINE;
        assertThat(lines.stream().map(line -> line.getLong("n")).toList())
                .doesNotHaveDuplicates()
                .hasSize((int) (from / LINE + 1 + LINES - behind));
        assertThat(lines)
                .filteredOn(line -> line.getLong("n") < from / LINE || line.getLong("n") > behind)
                .allMatch(line -> line.getString("text").startsWith(word(line.getLong("n"))));
        assertThat(first("?limit=1&offset=" + (from / LINE + 50)).getLong("n")).isEqualTo(behind);
        assertThat(first("?limit=1&offset=" + (LINES - 1)).getString("text"))
                .startsWith(word(LINES - 1));
    }

    @Test
    void aLineLongerThanAllThatIsKeptIsOneLine() {
        var next = coordinator.task("shop");
        var lease = worker.pull(1).getFirst().lease();
        assertThat(lease.task()).isEqualTo(next);
        var whole = new byte[3 * MEBIBYTE];
        Arrays.fill(whole, (byte) 'y');
        for (int at = 0; at < whole.length; at += 128 * 1024) {
            worker.append(lease, at, Arrays.copyOfRange(whole, at, at + 128 * 1024));
        }
        awaitLimited(lease);
        worker.append(lease, whole.length, "end\nlast".getBytes(UTF_8));

        var lines = items(coordinator.get("/api/web/tasks/" + next + "/logs").expect(200).body());

        assertThat(lines.stream().map(line -> line.getLong("n")).toList()).containsExactly(0L, 1L);
        assertThat(lines.getLast().getString("text")).isEqualTo("last");
    }

    @Test
    void whatIsFollowedLeapsToo() {
        var path =
                "/api/web/tasks/%d/logs?follow=true&offset=%d"
                        .formatted(lease.task(), from / LINE - 1);
        try (var reader = EventReader.open(coordinator, coordinator.accessToken(), path)) {
            for (long n : new long[] {from / LINE - 1, from / LINE, to / LINE}) {
                assertThat(reader.next(event -> event.type().equals("line")).data().getLong("n"))
                        .isEqualTo(n);
            }
        }
    }

    @Test
    void whatIsSearchedForIsFoundBehindIt() {
        var path = "/api/web/tasks/%d/logs/search?text=%s";
        var last = word(LINES - 1).replace(" ", "%20");

        var found = new ArrayList<JsonObject>();
        long next = 0;
        while (found.isEmpty() && next >= 0) {
            var body =
                    coordinator
                            .get(path.formatted(lease.task(), last) + "&offset=" + next)
                            .expect(200)
                            .body();
            found.addAll(items(body));
            next = body.getLong("next", -1L);
        }

        assertThat(found).hasSize(1);
        assertThat(found.getFirst().getLong("n")).isEqualTo(LINES - 1);
    }

    @Test
    void theChainHoldsAcrossItAndAnAlteredEndStillShows() {
        var verified = verified();
        assertThat(verified.getBoolean("intact")).as(verified.encode()).isTrue();
        assertThat(verified.getLong("dropped")).isEqualTo(to - from);
        assertThat(verified.getLong("bytes")).isEqualTo(printed.length);

        coordinator.execute(
                "update log_chunk set dropped = dropped - 1 where dropped > 0 and task_id = "
                        + lease.task());
        assertThat(verified().getBoolean("intact")).isFalse();
        coordinator.execute(
                "update log_chunk set dropped = dropped + 1 where dropped > 0 and task_id = "
                        + lease.task());
        coordinator.execute(
                "update log_chunk set bytes = overlay(bytes placing 'evil' from 7) where start = "
                        + "(select max(start) from log_chunk where task_id = %d) and task_id = %d"
                                .formatted(lease.task(), lease.task()));
        assertThat(verified().getJsonObject("fault").getString("wrong")).isEqualTo("altered");
    }

    @Test
    void aRecordingGoesOnBehindIt() {
        var cast = coordinator.lines("/api/web/tasks/" + lease.task() + "/recording");

        var notes = cast.stream().filter(event -> event.contains("were not kept")).toList();
        assertThat(notes).hasSize(2);
        assertThat(new JsonArray(notes.getFirst()).getString(1)).isEqualTo("m");
        var text = new String(printed, UTF_8);
        assertThat(output(cast))
                .startsWith(text.substring(0, (int) from))
                .endsWith(text.substring((int) to));
    }

    @Test
    void aRecordingIsWholeThoughSomeIsDroppedWhileItIsRead() throws Exception {
        limit(64);
        int most = LINES + 28 * MEBIBYTE / LINE;
        var whole = lines(0, most);
        store(whole, printed.length, whole.length);
        try (var recording = coordinator.opened("/api/web/tasks/" + lease.task() + "/recording")) {
            // more is on its way by now than the beginning that will be kept
            var read = recording.readNBytes(3 * MEBIBYTE).length;
            limit(1);
            worker.append(lease, whole.length, lines(0, 4 * 1024));
            awaitLimited(lease);

            var rest = new String(recording.readAllBytes(), UTF_8);

            assertThat(read).isEqualTo(3 * MEBIBYTE);
            assertThat(rest.contains("were not kept")).isTrue();
            assertThat(rest.contains(word(most - 1))).isTrue();
        } finally {
            limit(1);
        }
    }

    @Test
    void aViewerIsToldWhatIsSkippedAndWhatIsNotKept() throws Exception {
        var beginning = auth().put("fence", lease.fence()).put("from", 0).put("behind", "wait");
        var viewer = open(member, "watch", beginning);

        var skipped = viewer.await(TerminalFrame.Skipped.class);
        assertThat(skipped).isEqualTo(new TerminalFrame.Skipped(from, skipped.to()));
        assertThat(skipped.to()).isBetween(to, to + LINE);
        viewer.awaitOutput(printed.length);

        viewer.send(new TerminalFrame.Want(from - 10, 20));
        assertThat(viewer.await(TerminalFrame.History.class).bytes())
                .isEqualTo(Arrays.copyOfRange(printed, (int) from - 10, (int) from));
        assertThat(viewer.await(TerminalFrame.NotKept.class))
                .isEqualTo(new TerminalFrame.NotKept(from, to));
        viewer.send(new TerminalFrame.Want(to - 10, 20));
        assertThat(viewer.await(TerminalFrame.NotKept.class))
                .isEqualTo(new TerminalFrame.NotKept(from, to));
        assertThat(viewer.await(TerminalFrame.History.class).offset()).isEqualTo(to);
    }

    @Test
    void whatIsPrintedLaterFollows() {
        var more = lines(LINES, 10);

        var answer = worker.append(lease, printed.length, more);

        assertThat(answer.stored()).isEqualTo(printed.length + more.length);
        assertThat(first("?limit=1&offset=" + (LINES + 9)).getString("text"))
                .startsWith(word(LINES + 9));
        assertThat(verified().getBoolean("intact")).isTrue();
    }

    private static String word(long n) {
        return String.format("line %08d", n);
    }

    private JsonObject first(String query) {
        var path = "/api/web/tasks/" + lease.task() + "/logs" + query;
        return items(coordinator.get(path).expect(200).body()).getFirst();
    }

    private static List<JsonObject> items(JsonObject body) {
        return body.getJsonArray("items").stream().map(JsonObject.class::cast).toList();
    }
}
