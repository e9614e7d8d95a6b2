package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.terminal.TerminalFrame;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** People with different rights before the terminal of a test's task, and ways to it. */
abstract class OneTerminal extends OneLease {

    static String member;
    static String maintainer;
    static String stranger;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void people() {
        worker.orders();
        coordinator.project("elsewhere", "true");
        member = coordinator.person("mia", "developer", "shop", "member");
        maintainer = coordinator.person("max", "developer", "shop", "maintainer");
        stranger = coordinator.person("sam", "developer", "elsewhere", "maintainer");
    }

    @AfterEach
    void leave() throws Exception {
        for (var one : opened) {
            one.close();
        }
    }

    /** Somebody gives the terminal a size, and its worker says that it has it. */
    static void resize(TerminalClient driver, TerminalClient line, int columns, int rows)
            throws InterruptedException {
        var size = new TerminalFrame.Size(columns, rows);
        driver.send(size);
        line.await(
                TerminalFrame.Resize.class,
                asked -> asked.columns() == columns && asked.rows() == rows);
        line.send(size);
        driver.await(TerminalFrame.Size.class, size::equals);
    }

    /** What is stored of this test's task. */
    List<String> sizes() {
        return coordinator.sql(
                "select start || ' ' || columns || 'x' || rows from terminal_size where task_id = "
                        + lease.task()
                        + " order by start");
    }

    static Predicate<TerminalFrame.People> you(String mode) {
        return people -> new JsonObject(people.json()).getString("you").equals(mode);
    }

    static JsonObject auth() {
        return new JsonObject().put("type", "auth");
    }

    TerminalClient viewer() {
        var client = TerminalClient.viewer(coordinator.port(), lease.task());
        opened.add(client);
        return client;
    }

    JsonObject channel(String token, @Nullable String mode, int status) {
        var body = new JsonObject();
        if (mode != null) {
            body.put("mode", mode);
        }
        return coordinator
                .postAs(token, "/api/web/tasks/" + lease.task() + "/pty-token", body)
                .expect(status)
                .body();
    }

    TerminalClient admitted(String token, String mode) {
        return open(token, mode, auth());
    }

    TerminalClient open(String token, String mode, JsonObject auth) {
        return enter(viewer(), token, auth, mode);
    }

    TerminalClient enter(TerminalClient client, String token, JsonObject auth, String mode) {
        return enter(client, token, channel(token, mode, 201).getString("channelToken"), auth);
    }

    TerminalClient enter(
            TerminalClient client, String token, String channelToken, JsonObject auth) {
        opened.add(client);
        return client.text(auth.put("token", token).put("channelToken", channelToken));
    }

    TerminalFrame.Hello hello(long start, long end) {
        return new TerminalFrame.Hello(
                new JsonObject()
                        .put("task", lease.task())
                        .put("attempt", lease.attempt())
                        .put("fence", lease.fence())
                        .put("terminal", "main")
                        .put("start", start)
                        .put("end", end)
                        .put("columns", 100)
                        .put("rows", 30)
                        .put("epoch", 0)
                        .encode());
    }

    TerminalClient dialled(int port, String token, String channelToken) {
        var client = TerminalClient.worker(port, lease.task());
        opened.add(client);
        return client.text(auth().put("workerJwt", token).put("channelToken", channelToken));
    }

    /** What the machine was asked to dial for this test's task. */
    ToWorker.OpenTerminal ordered() throws InterruptedException {
        return ordered(order -> order.lease().equals(lease));
    }

    /** Of another test somebody may still wait for a line. */
    ToWorker.OpenTerminal ordered(Predicate<ToWorker.OpenTerminal> which)
            throws InterruptedException {
        while (true) {
            var order = worker.terminals.poll(20, TimeUnit.SECONDS);
            assertThat(order).isNotNull();
            if (which.test(order)) {
                return order;
            }
        }
    }

    /** A worker's line that has all that was printed. */
    TerminalClient line(byte[] printed) throws InterruptedException {
        return line(coordinator.port(), 0, printed, 0);
    }

    /** The same of a worker that has forgotten what comes before {@code start}. */
    TerminalClient line(long start, byte[] printed, long from) throws InterruptedException {
        return line(coordinator.port(), start, printed, from);
    }

    TerminalClient line(int port, long start, byte[] printed, long from)
            throws InterruptedException {
        var line = dialled(port, worker.token, ordered().channelToken());
        line.send(hello(start, start + printed.length));
        long wanted = line.await(TerminalFrame.From.class).offset();
        assertThat(wanted).isGreaterThanOrEqualTo(from);
        for (int at = (int) (wanted - start); at < printed.length; at += 30_000) {
            int to = Math.min(at + 30_000, printed.length);
            line.send(new TerminalFrame.Output(start + at, Arrays.copyOfRange(printed, at, to)));
        }
        return line;
    }

    void store(byte[] printed, int from, int to) {
        for (int at = from; at < to; at += Append.MOST_BYTES) {
            int end = Math.min(at + Append.MOST_BYTES, to);
            var answer = worker.append(lease, at, Arrays.copyOfRange(printed, at, end));
            assertThat(answer.verdict()).isEqualTo(Verdict.ACCEPTED);
        }
    }

    /** Lines of random text. */
    static byte[] printed(int length, long seed) {
        var bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        for (int i = 0; i < length; i++) {
            bytes[i] = i % 80 == 79 ? (byte) '\n' : (byte) ('!' + (bytes[i] & 0x3f));
        }
        return bytes;
    }
}
