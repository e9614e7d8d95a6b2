package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.LateAppended;
import dev.muster.protocol.message.LateAppended.Answer;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Log bytes: none lost, doubled or reordered, and shown as lines that never move. */
class LogIT extends OneLease {

    @Test
    void onlyTheNextOffsetIsTakenAndEveryAnswerTellsWhereTheLogEnds() {
        assertThat(append(0, "hello")).isEqualTo(answer(Verdict.ACCEPTED, 5));
        assertThat(append(7, "x")).isEqualTo(answer(Verdict.GAP, 5));
        assertThat(append(4, "oo")).isEqualTo(answer(Verdict.GAP, 5));
        assertThat(append(0, "hello, you")).isEqualTo(answer(Verdict.GAP, 5));
        assertThat(append(5, " you")).isEqualTo(answer(Verdict.ACCEPTED, 9));

        assertThat(stored()).isEqualTo("hello you".getBytes(UTF_8));
    }

    @Test
    void linesAreFoundAsTheyLookedOnTheScreen() {
        var hidden = "hidden" + " error".repeat(200);
        append(0, "first\n\u001b[31mERR\u001b[0mor: no symbol\r\n10%\r100%\n" + hidden + "\n");

        assertThat(found("error")).containsExactly(1L, 3L);
        assertThat(found("ERROR: NO")).containsExactly(1L);
        assertThat(found("10%")).isEmpty();
        assertThat(found("[31m")).isEmpty();
        assertThat(found("%_")).isEmpty();
        assertThat(found("error&offset=2")).containsExactly(3L);
        var one = search("error&limit=1");
        assertThat(one.getJsonArray("items").getJsonObject(0).getString("text"))
                .isEqualTo("ERRor: no symbol");
        assertThat(one.getLong("next")).isEqualTo(2);
        assertThat(search("error").containsKey("next")).isFalse();
        assertThat(search("hidden").getJsonArray("items").getJsonObject(0).getString("text"))
                .hasSize(500);
    }

    @Test
    void aLongLogIsSearchedPartByPart() {
        var line = "x".repeat(999) + "\n";
        var piece = line.repeat(200);
        long at = 0;
        for (int n = 0; n < 100; n++) {
            append(at, piece);
            at += piece.length();
        }
        append(at, "needle\n");

        var first = search("needle");

        assertThat(first.getJsonArray("items")).isEmpty();
        assertThat(first.getLong("next")).isPositive().isLessThan(20_000);
        assertThat(found("needle&offset=" + first.getLong("next"))).containsExactly(20_000L);
    }

    private List<Long> found(String query) {
        return search(query).getJsonArray("items").stream()
                .map(item -> ((JsonObject) item).getLong("n"))
                .toList();
    }

    private JsonObject search(String query) {
        var text = query.replace("%", "%25").replace("[", "%5B").replace(" ", "%20");
        var path = "/api/web/tasks/" + lease.task() + "/logs/search?text=" + text;
        return coordinator.get(path).expect(200).body();
    }

    @Test
    void aRepeatIsAcceptedAndStoredOnce() {
        append(0, "one\n");
        append(4, "two\n");

        assertThat(append(0, "one\n")).isEqualTo(answer(Verdict.ACCEPTED, 8));
        assertThat(append(4, "two\n")).isEqualTo(answer(Verdict.ACCEPTED, 8));

        assertThat(stored()).isEqualTo("one\ntwo\n".getBytes(UTF_8));
        assertThat(texts(lines("?limit=10"))).containsExactly("one", "two");
    }

    @Test
    void nobodyElseAppends() {
        append(0, "mine\n");
        try (var thief = worker.neighbour(coordinator)) {
            assertThat(thief.append(lease, 5, new byte[1]).verdict()).isEqualTo(Verdict.STALE);
        }
        var other = new LeaseRef(lease.task(), lease.attempt(), lease.fence() + 1);
        assertThat(worker.append(other, 5, new byte[1]).verdict()).isEqualTo(Verdict.STALE);
        coordinator.cancel(lease.task()).expect(200);
        assertThat(append(5, "late").verdict()).isEqualTo(Verdict.STALE);

        assertThat(stored()).isEqualTo("mine\n".getBytes(UTF_8));
    }

    @Test
    void whatComesWhenTheAttemptIsOverIsKeptBesideItsLogOnceAndInOrder() {
        append(0, "begun\nbro");
        assertThat(late(9, "ken")).isEqualTo(new LateAppended(Wire.VERSION, Answer.ALIVE, 0));
        coordinator.cancel(lease.task()).expect(200);
        var task = coordinator.task(lease.task());

        assertThat(late(10, "en")).isEqualTo(late(Answer.GAP, 9));
        assertThat(late(0, "begun\nbro")).isEqualTo(late(Answer.ACCEPTED, 9));
        assertThat(fields(lateLog(""))).containsEntry("bytes", 0).containsEntry("total", 0);
        assertThat(late(6, "broken\ntw")).isEqualTo(late(Answer.ACCEPTED, 15));
        assertThat(late(6, "broken\ntw")).isEqualTo(late(Answer.ACCEPTED, 15));
        assertThat(late(13, "two\nthree")).isEqualTo(late(Answer.ACCEPTED, 22));
        assertThat(append(9, "ken").verdict()).isEqualTo(Verdict.STALE);

        var shown = lateLog("?limit=2");
        assertThat(texts(shown)).containsExactly("ken", "two");
        assertThat(fields(shown))
                .containsEntry("attempt", 1)
                .containsEntry("start", 9)
                .containsEntry("bytes", 13)
                .containsEntry("total", 3)
                .containsEntry("cut", false);
        assertThat(texts(lateLog("?offset=2"))).containsExactly("three");
        assertThat(stored()).isEqualTo("begun\nbro".getBytes(UTF_8));
        assertThat(texts(lines(""))).containsExactly("begun", "bro");
        task.getJsonArray("attempts").getJsonObject(0).put("lateLogBytes", 13);
        assertThat(coordinator.task(lease.task())).isEqualTo(task);
    }

    @Test
    void onlyTheMachineThatHadTheAttemptSendsWhatIsLate() {
        coordinator.cancel(lease.task()).expect(200);
        var refused = new LateAppended(Wire.VERSION, Answer.REFUSED, 0);

        try (var thief = worker.neighbour(coordinator)) {
            assertThat(thief.appendLate(lease, 0, new byte[1])).isEqualTo(refused);
        }
        for (var other :
                List.of(
                        new LeaseRef(lease.task(), 1, lease.fence() + 1),
                        new LeaseRef(lease.task(), 2, lease.fence()),
                        new LeaseRef(Long.MAX_VALUE, 1, lease.fence()))) {
            assertThat(worker.appendLate(other, 0, new byte[1])).isEqualTo(refused);
        }

        assertThat(fields(lateLog(""))).containsEntry("bytes", 0);
    }

    @Test
    void noMoreThanSixteenMebibytesAreKeptOfWhatComesLate() {
        append(0, "log ");
        coordinator.cancel(lease.task()).expect(200);
        late(4, "late");
        var end = 4 + 16 * 1024 * 1024;
        coordinator.execute("update late_log set bytes = 16777214 where task_id = " + lease.task());

        assertThat(late(end - 2, "full")).isEqualTo(late(Answer.FULL, end));
        assertThat(late(end, "!")).isEqualTo(late(Answer.FULL, end));

        assertThat(fields(lateLog("")))
                .containsEntry("bytes", 16 * 1024 * 1024)
                .containsEntry("cut", true);
        assertThat(texts(lateLog(""))).containsExactly("latefu");
    }

    private LateAppended late(long offset, String text) {
        return worker.appendLate(lease, offset, text.getBytes(UTF_8));
    }

    private static LateAppended late(Answer answer, long stored) {
        return new LateAppended(Wire.VERSION, answer, stored);
    }

    private static Map<String, Object> fields(JsonObject json) {
        return json.getMap();
    }

    private JsonObject lateLog(String query) {
        var path = "/api/web/tasks/" + lease.task() + "/late-log" + query;
        return coordinator.get(path).expect(200).body();
    }

    @Test
    void whatWasPrintedLaterIsStoredWithItsOwnMoment() {
        var bytes = "one\ntwo\nthree".getBytes(UTF_8);

        worker.append(lease, 0, bytes, new Append.Moment(4, 500), new Append.Moment(8, 900));

        assertThat(
                        coordinator.sql(
                                "select start || ' ' || line || ' ' || at_millis from log_chunk"
                                        + " where"
                                        + " task_id = %d order by start".formatted(lease.task())))
                .containsExactly("0 0 1", "4 1 500", "8 2 900");
        assertThat(stored()).isEqualTo(bytes);
        assertThat(texts(lines("?limit=10"))).containsExactly("one", "two", "three");
    }

    @Test
    void copiesThatArriveTogetherAreStoredOnce() {
        var expected = new ByteArrayOutputStream();
        for (int i = 0; i < 40; i++) {
            var piece = ("piece " + i + "\n").getBytes(UTF_8);
            var message =
                    new Append(
                            Wire.VERSION,
                            worker.machine,
                            worker.boot,
                            lease,
                            expected.size(),
                            1,
                            piece);
            var bytes = Buffer.buffer(Wire.encode(message));

            var copies =
                    IntStream.range(0, 4)
                            .mapToObj(_ -> worker.send(Addresses.APPEND, bytes, worker.token))
                            .toList();

            expected.writeBytes(piece);
            for (var copy : copies) {
                var answer =
                        Wire.decode(copy.timeout(20, TimeUnit.SECONDS).await(), Appended.class);
                assertThat(answer).isEqualTo(answer(Verdict.ACCEPTED, expected.size()));
            }
        }

        assertThat(stored()).isEqualTo(expected.toByteArray());
        assertThat(lines("?limit=1000").getInteger("total")).isEqualTo(40);
    }

    @Test
    void linesEndInLineFeedsWithOrWithoutCarriageReturn() {
        append(0, "unix\nwindows\r\nlone\rreturn\n\n\r\nlast");

        var page = lines("");

        assertThat(texts(page)).containsExactly("unix", "windows", "lone\rreturn", "", "", "last");
        assertThat(page.getInteger("total")).isEqualTo(6);
    }

    @Test
    void aLineAndACharacterMayBeSplitBetweenPieces() {
        var bytes = "né漢🙂\r\nnext\n".getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            worker.append(lease, i, new byte[] {bytes[i]});
        }

        assertThat(texts(lines(""))).containsExactly("né漢🙂", "next");
        assertThat(texts(lines("?offset=1"))).containsExactly("next");
    }

    @Test
    void whatIsNoTextIsShownAsSuchAndStoredAsItIs() {
        var bytes = new byte[] {'a', (byte) 0xff, (byte) 0xc3, '\n', 0, '\n'};
        worker.append(lease, 0, bytes);

        assertThat(texts(lines(""))).containsExactly("a\ufffd\ufffd", "\0");
        assertThat(stored()).isEqualTo(bytes);
    }

    /** Lines and pieces at odds with each other, every page size: each line as it was written. */
    @Test
    void everyPageOfEveryOffsetShowsTheSameLines() {
        var random = new Random(7);
        var expected = new ArrayList<String>();
        var whole = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            var line = "line " + i + " " + "x".repeat(random.nextInt(30));
            expected.add(line);
            whole.append(line).append(i % 3 == 0 ? "\r\n" : "\n");
        }
        appendInPieces(whole.toString().getBytes(UTF_8), random, 40);

        for (int offset = 0; offset <= 60; offset++) {
            for (int limit : List.of(1, 2, 7, 60)) {
                var page = lines("?offset=" + offset + "&limit=" + limit);
                assertThat(texts(page))
                        .as("%d from %d", limit, offset)
                        .isEqualTo(expected.subList(offset, Math.min(60, offset + limit)));
                assertThat(page.getInteger("total")).isEqualTo(60);
            }
        }
    }

    @Test
    void whatWasReadStaysAsItIsWhileTheLogGrows() {
        var seen = new ArrayList<String>();
        long size = 0;
        for (int i = 0; i < 30; i++) {
            var piece = ("a" + i + "\nb" + i).getBytes(UTF_8);
            worker.append(lease, size, piece);
            size += piece.length;
            var page = lines("?offset=" + seen.size() + "&limit=1");
            seen.addAll(texts(page));
        }

        assertThat(texts(lines("?limit=30"))).isEqualTo(seen);
        assertThat(seen.get(1)).isEqualTo("b0a1");
    }

    @Test
    void anOffsetBeyondTheEndAndAnAttemptThatIsNoneAreEmpty() {
        append(0, "one\ntwo\n");

        assertThat(texts(lines("?offset=2"))).isEmpty();
        assertThat(texts(lines("?offset=2000000000"))).isEmpty();
        assertThat(texts(lines("?attempt=2"))).isEmpty();
        assertThat(lines("?attempt=2").getInteger("total")).isZero();
        coordinator.get("/api/web/tasks/" + lease.task() + "/logs?offset=2000000001").expect(400);
    }

    @Test
    void aLineOverTheLimitIsCutAndTheNextIsFoundBehindIt() {
        var random = new Random(3);
        var long1 = "a".repeat(900 * 1024);
        appendInPieces((long1 + "\nshort\n").getBytes(UTF_8), random, 200 * 1024);

        assertThat(texts(lines(""))).containsExactly("a".repeat(64 * 1024), "short");
        assertThat(texts(lines("?offset=1"))).containsExactly("short");
    }

    @Test
    void aLogOfTenMegabytesIsPagedInTimeAndByteExact() throws Exception {
        var random = new Random(11);
        var line = "0123456789abcdef".repeat(6) + "\n";
        var whole = line.repeat(10 * 1024 * 1024 / line.length()).getBytes(UTF_8);
        appendInPieces(whole, random, Append.MOST_BYTES - 1);

        var digest = java.security.MessageDigest.getInstance("SHA-256");
        assertThat(
                        coordinator.sql(
                                "select encode(sha256(string_agg(bytes, ''::bytea order by start)),"
                                        + " 'hex') from log_chunk where task_id = "
                                        + lease.task()))
                .containsExactly(java.util.HexFormat.of().formatHex(digest.digest(whole)));
        int total = whole.length / line.length();
        var last = lines("?limit=1000&offset=" + (total - 3));
        assertThat(last.getInteger("total")).isEqualTo(total);
        assertThat(texts(last)).hasSize(3).containsOnly(line.strip());
        assertThat(texts(lines("?limit=1000&offset=50000"))).hasSize(1000);
    }

    private Appended append(long offset, String text) {
        return worker.append(lease, offset, text.getBytes(UTF_8));
    }

    /** Some of the places, each a moment of its own. */
    private static Append.Moment[] moments(int length, Random random) {
        return IntStream.range(1, length)
                .filter(_ -> random.nextInt(100) == 0)
                .limit(Append.MOST_MOMENTS)
                .mapToObj(place -> new Append.Moment(place, 1 + place))
                .toArray(Append.Moment[]::new);
    }

    private void appendInPieces(byte[] whole, Random random, int most) {
        for (int at = 0; at < whole.length; ) {
            int end = Math.min(whole.length, at + 1 + random.nextInt(most));
            var bytes = Arrays.copyOfRange(whole, at, end);
            var appended = worker.append(lease, at, bytes, moments(bytes.length, random));
            assertThat(appended).isEqualTo(answer(Verdict.ACCEPTED, end));
            at = end;
        }
    }

    private static Appended answer(Verdict verdict, long stored) {
        return new Appended(Wire.VERSION, verdict, stored);
    }

    private JsonObject lines(String query) {
        return coordinator
                .get("/api/web/tasks/" + lease.task() + "/logs" + query)
                .expect(200)
                .body();
    }

    private static List<String> texts(JsonObject page) {
        return page.getJsonArray("items").stream()
                .map(line -> ((JsonObject) line).getString("text"))
                .toList();
    }

    private byte[] stored() {
        var hex =
                coordinator.sql(
                        "select encode(string_agg(bytes, ''::bytea order by start), 'hex') from"
                                + " log_chunk where task_id = "
                                + lease.task());
        return java.util.HexFormat.of().parseHex(hex.getFirst());
    }
}
