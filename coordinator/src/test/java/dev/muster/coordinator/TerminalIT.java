package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** People at terminals: what they see, who types, and who gets in. */
class TerminalIT extends OneLease {

    private static String member;
    private static String maintainer;
    private static String stranger;

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

    // what one sees

    @Test
    void whatWasStoredComesFirstThenWhatThePtyPrints() throws Exception {
        worker.append(lease, 0, "stored\r\n".getBytes(UTF_8));
        var viewer = admitted(coordinator.accessToken(), "watch");
        var line = line("stored\r\nmore\r\n".getBytes(UTF_8));

        line.send(new TerminalFrame.Output(14, "live".getBytes(UTF_8)));

        viewer.awaitOutput(18);
        assertThat(new String(viewer.output(), UTF_8)).isEqualTo("stored\r\nmore\r\nlive");
        var hello = new JsonObject(viewer.await(TerminalFrame.Hello.class).json());
        assertThat(hello.getLong("task")).isEqualTo(lease.task());
        assertThat(hello.getLong("fence")).isEqualTo(lease.fence());
        assertThat(viewer.await(TerminalFrame.Replay.class).from()).isZero();
        assertThat(viewer.await(TerminalFrame.Size.class))
                .isEqualTo(new TerminalFrame.Size(100, 30));
    }

    @Test
    void whoComesBackGoesOnFromWhatHeHas() throws Exception {
        var printed = printed(300_000, 1);
        store(printed, 0, printed.length);
        var first = admitted(member, "watch");
        first.awaitOutput(printed.length);
        first.close();

        var second = open(member, "watch", auth().put("fence", lease.fence()).put("from", 123_456));

        second.awaitOutput(printed.length);
        assertThat(second.begin()).isEqualTo(123_456);
        assertThat(second.output()).isEqualTo(Arrays.copyOfRange(printed, 123_456, printed.length));
        var other = open(member, "watch", auth().put("fence", 99).put("from", 123_456));
        other.awaitOutput(printed.length);
        assertThat(other.begin()).isZero();
    }

    @Test
    void theFirstPaintIsBoundedAndBeginsBehindALineAndOlderOutputCanBeHad() throws Exception {
        var printed = printed(2_000_000, 2);
        store(printed, 0, printed.length);
        var viewer = admitted(member, "watch");

        viewer.awaitOutput(printed.length);

        int begin = (int) viewer.begin();
        assertThat(printed.length - begin).isLessThanOrEqualTo(512 * 1024);
        assertThat(printed[begin - 1]).isEqualTo((byte) '\n');
        assertThat(viewer.output()).isEqualTo(Arrays.copyOfRange(printed, begin, printed.length));
        viewer.send(new TerminalFrame.Want(1_000, 5_000));
        var again = viewer.await(TerminalFrame.History.class);
        assertThat(again.offset()).isEqualTo(1_000);
        assertThat(again.bytes()).isEqualTo(Arrays.copyOfRange(printed, 1_000, 6_000));
    }

    @Test
    void whatTheLineMissedIsReadFromTheStoredLog() throws Exception {
        var printed = printed(100_000, 3);
        var viewer = open(member, "watch", auth().put("behind", "wait"));
        var line = line(Arrays.copyOf(printed, 10_000));
        viewer.awaitOutput(10_000);

        line.close();
        viewer.await(TerminalFrame.Line.class, TerminalIT::isLost);
        store(printed, 0, 60_000);
        var next = line(60_000, Arrays.copyOfRange(printed, 60_000, 70_000), 60_000);
        next.send(new TerminalFrame.Output(70_000, Arrays.copyOfRange(printed, 70_000, 80_000)));

        viewer.awaitOutput(80_000);
        assertThat(viewer.output()).isEqualTo(Arrays.copyOf(printed, 80_000));
    }

    @Test
    void anEndedTerminalIsShownToItsEndAndLeft() throws Exception {
        store("all of it\n".getBytes(UTF_8), 0, 10);
        coordinator.cancel(lease.task()).expect(200);

        var viewer = admitted(member, "watch");

        assertThat(viewer.await(TerminalFrame.Exit.class).at()).isEqualTo(10);
        assertThat(viewer.awaitClosed()).isEqualTo(TerminalClose.NORMAL.code());
        assertThat(new String(viewer.output(), UTF_8)).isEqualTo("all of it\n");
    }

    @Test
    void theLinesEndIsTheTerminals() throws Exception {
        var viewer = admitted(member, "watch");
        var line = line("bye".getBytes(UTF_8));

        line.send(new TerminalFrame.Exit(3));

        assertThat(viewer.await(TerminalFrame.Exit.class).at()).isEqualTo(3);
        assertThat(viewer.awaitClosed()).isEqualTo(TerminalClose.NORMAL.code());
    }

    @Test
    void oneWhoShowsNothingIsSkippedAheadAndToldAndTheOthersAreNotHeldUp() throws Exception {
        var slow = open(member, "watch", auth().put("window", 64 * 1024));
        var fast = open(maintainer, "watch", auth().put("behind", "wait"));
        var line = line(new byte[0]);
        var printed = printed(6_000_000, 4);
        for (int at = 0; at < printed.length; at += 30_000) {
            line.send(new TerminalFrame.Output(at, Arrays.copyOfRange(printed, at, at + 30_000)));
        }

        fast.awaitOutput(printed.length);
        assertThat(fast.output()).isEqualTo(printed);
        assertThat(slow.next()).isLessThanOrEqualTo(64 * 1024 + 32 * 1024);

        long shown = slow.next();
        slow.send(new TerminalFrame.Seen(shown));
        var skipped = slow.await(TerminalFrame.Skipped.class);
        assertThat(skipped.from()).isEqualTo(shown);
        assertThat(printed.length - skipped.to()).isLessThanOrEqualTo(512 * 1024);
        assertThat(printed[(int) skipped.to() - 1]).isEqualTo((byte) '\n');

        // who comes late, or comes back, is sent the rest, however much came before
        var late = open(member, "watch", auth().put("window", 1024 * 1024));
        assertThat(late.await(TerminalFrame.ReplayEnd.class).at()).isEqualTo(printed.length);
    }

    @Test
    void oneWhoStaysStuckIsSentAwayWithHisPlace() throws Exception {
        var stuck = open(member, "watch", auth().put("window", 64 * 1024));
        var line = line(new byte[0]);
        var printed = printed(300_000, 5);
        for (int at = 0; at < printed.length; at += 30_000) {
            line.send(new TerminalFrame.Output(at, Arrays.copyOfRange(printed, at, at + 30_000)));
        }

        assertThat(stuck.awaitClosed()).isEqualTo(TerminalClose.STUCK.code());
        assertThat(stuck.closeReason()).isEqualTo(Long.toString(stuck.next()));
    }

    // who types

    @Test
    void oneTypesAndTheOthersKeysNeverArrive() throws Exception {
        var driver = admitted(coordinator.accessToken(), "control");
        var watcher = admitted(member, "watch");
        var second = admitted(maintainer, "control");
        var line = line(new byte[0]);
        driver.await(TerminalFrame.People.class, you("control"));
        second.await(TerminalFrame.People.class, you("watch"));

        watcher.type("watcher");
        second.type("second");
        watcher.send(new TerminalFrame.Take());
        driver.type("driver");

        var first = line.await(TerminalFrame.Keys.class);
        assertThat(new String(first.bytes(), UTF_8)).isEqualTo("driver");

        second.send(new TerminalFrame.Take());
        second.await(TerminalFrame.People.class, you("control"));
        driver.await(TerminalFrame.People.class, you("watch"));
        driver.type("late");
        second.send(new TerminalFrame.Size(120, 40)).type("second");

        var taken = line.await(TerminalFrame.Keys.class);
        assertThat(new String(taken.bytes(), UTF_8)).isEqualTo("second");
        assertThat(taken.epoch()).isGreaterThan(first.epoch());
        assertThat(line.await(TerminalFrame.Resize.class))
                .isEqualTo(new TerminalFrame.Resize(taken.epoch(), 120, 40));
        assertThat(
                        coordinator.sql(
                                "select actor_name || ' ' || (data ->> 'from') from audit_entry"
                                        + " where action = 'terminal.take' and target_id = '"
                                        + lease.task()
                                        + "'"))
                .containsExactly("max admin");
        assertThat(line.count(TerminalFrame.Keys.class)).isZero();
    }

    @Test
    void whoLeavesGivesControlBackAndOneMayReleaseIt() throws Exception {
        var driver = admitted(coordinator.accessToken(), "control");
        driver.await(TerminalFrame.People.class, you("control"));
        var second = admitted(maintainer, "control");
        second.await(TerminalFrame.People.class, you("watch"));

        driver.send(new TerminalFrame.Release());
        second.await(
                TerminalFrame.People.class,
                people -> people.json().contains("\"controller\":null"));
        driver.close();

        var third = admitted(maintainer, "control");
        third.await(TerminalFrame.People.class, you("control"));
    }

    @Test
    void aHeartbeatSaysWhatAnOrderThatWasLostHadSaid() throws Exception {
        var viewer = admitted(coordinator.accessToken(), "watch");
        viewer.await(TerminalFrame.People.class, you("watch"));

        var wanted = wanted();
        assertThat(wanted).extracting(ToWorker.OpenTerminal::terminal).containsExactly("main");
        dialled(coordinator.port(), worker.token, wanted.getFirst().channelToken())
                .send(hello(0, 0))
                .await(TerminalFrame.From.class);
        assertThat(wanted()).isEmpty();
    }

    private List<ToWorker.OpenTerminal> wanted() {
        var all = worker.heartbeat(lease).terminals();
        return Stream.ofNullable(all)
                .flatMap(List::stream)
                .filter(order -> order.lease().equals(lease))
                .toList();
    }

    @Test
    void answersToWhatWasReplayedNeverReachTheTerminal() throws Exception {
        store("\u001b[c".getBytes(UTF_8), 0, 3);
        var driver = admitted(coordinator.accessToken(), "control");
        var line = line(3, new byte[0], 3);
        driver.await(TerminalFrame.People.class, you("control"));
        driver.awaitOutput(3);

        driver.type("\u001b[?1;2c");
        driver.send(new TerminalFrame.Seen(3)).type("x");

        var keys = line.await(TerminalFrame.Keys.class);
        assertThat(new String(keys.bytes(), UTF_8)).isEqualTo("x");
    }

    @Test
    void whatIsTypedAMomentBeforeTheLineIsThereArrives() throws Exception {
        var driver = admitted(coordinator.accessToken(), "control");
        driver.await(TerminalFrame.People.class, you("control"));
        driver.type("early").send(new TerminalFrame.Want(0, 1)).type(" bird");

        var line = line(new byte[0]);

        assertThat(new String(line.await(TerminalFrame.Keys.class).bytes(), UTF_8))
                .isEqualTo("early");
        assertThat(new String(line.await(TerminalFrame.Keys.class).bytes(), UTF_8))
                .isEqualTo(" bird");
    }

    @Test
    void acrossCoordinatorsTheLaterHolderHasTheLaterEpoch() throws Exception {
        try (var other = coordinator.another()) {
            var here = admitted(coordinator.accessToken(), "control");
            var lineHere = line(new byte[0]);
            here.await(TerminalFrame.People.class, you("control"));
            here.type("here");
            long before = lineHere.await(TerminalFrame.Keys.class).epoch();
            worker.terminals.clear();
            var there =
                    enter(
                            TerminalClient.viewer(other.port(), lease.task()),
                            maintainer,
                            auth(),
                            "control");
            var lineThere = line(other.port(), 0, new byte[0], 0);
            there.await(TerminalFrame.People.class, you("watch"));

            there.send(new TerminalFrame.Take());
            there.await(TerminalFrame.People.class, you("control"));
            there.type("there");

            assertThat(lineThere.await(TerminalFrame.Keys.class).epoch()).isGreaterThan(before);
            var people =
                    here.await(
                            TerminalFrame.People.class,
                            one -> you("watch").test(one) && one.json().contains("admin"));
            assertThat(new JsonObject(people.json()).getString("controller")).isEqualTo("max");

            // a size is recorded where it was asked for, and not by who only shows it
            lineHere.send(new TerminalFrame.Size(90, 33));
            here.await(TerminalFrame.Size.class, size -> size.columns() == 90);
            lineThere.send(new TerminalFrame.Output(0, new byte[1]));
            resize(there, lineThere, 90, 33);
            there.send(new TerminalFrame.Release());
            here.await(TerminalFrame.People.class, one -> one.json().contains("null"));
            there.send(new TerminalFrame.Take());
            here.await(TerminalFrame.People.class, one -> one.json().contains("max"));
            Await.until("it is stored", () -> !sizes().isEmpty());
            assertThat(sizes()).containsExactly("1 90x33");
        }
    }

    @Test
    void sizesAreRecordedWhereTheOutputWasThen() throws Exception {
        var driver = admitted(coordinator.accessToken(), "control");
        var line = line(new byte[0]);
        driver.await(TerminalFrame.People.class, you("control"));
        resize(driver, line, 100, 40);
        line.send(new TerminalFrame.Output(0, "ab".getBytes(UTF_8)));
        resize(driver, line, 80, 24);
        line.send(new TerminalFrame.Output(2, "cd".getBytes(UTF_8)));
        resize(driver, line, 81, 24);
        resize(driver, line, 82, 25);
        line.send(new TerminalFrame.Output(4, "e".getBytes(UTF_8)));
        driver.awaitOutput(5);
        worker.append(lease, 0, "abcde".getBytes(UTF_8), new Append.Moment(2, 500));
        Await.until("all are stored", () -> sizes().size() == 3 && sizes().contains("4 82x25"));

        var path = "/api/web/tasks/" + lease.task() + "/recording";
        var three = coordinator.lines(path);
        var two = coordinator.lines(path + "?format=asciicast-v2");

        assertThat(new JsonObject(three.getFirst()).getJsonObject("term"))
                .isEqualTo(new JsonObject().put("cols", 100).put("rows", 40));
        assertThat(three.subList(1, three.size()))
                .containsExactly(
                        "[0.001,\"m\",\"only\"]",
                        "[0.000,\"o\",\"ab\"]",
                        "[0.499,\"r\",\"80x24\"]",
                        "[0.000,\"o\",\"cd\"]",
                        "[0.000,\"r\",\"82x25\"]",
                        "[0.000,\"o\",\"e\"]");
        assertThat(two.getFirst()).contains("\"width\":100", "\"height\":40");
        assertThat(two)
                .contains("[0.500,\"r\",\"80x24\"]", "[0.500,\"r\",\"82x25\"]")
                .endsWith("[0.500,\"o\",\"e\"]");
    }

    /** Somebody gives the terminal a size, and its worker says that it has it. */
    private static void resize(TerminalClient driver, TerminalClient line, int columns, int rows)
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
    private List<String> sizes() {
        return coordinator.sql(
                "select start || ' ' || columns || 'x' || rows from terminal_size where task_id = "
                        + lease.task()
                        + " order by start");
    }

    // shells

    @Test
    void aShellIsOpenedAndTypedInAndEnded() throws Exception {
        try (var machine = new ShellMachine(worker)) {
            var made = openShell(maintainer, 201);
            var name = made.getString("terminalId");
            assertThat(made.getString("state")).isEqualTo("open");
            var asked = machine.opened();
            assertThat(asked.lease()).isEqualTo(lease);
            assertThat(asked.workspace()).isEqualTo(lease.attempt());
            assertThat(asked.size()).isEqualTo(new Question.OpenShell.Size(100, 40));
            assertThat(asked.setting().project()).isEqualTo("shop");

            var driver = enter(viewer(), maintainer, shellToken(maintainer, name, 201), auth());
            driver.await(TerminalFrame.People.class, you("control"));
            var order = ordered(one -> one.terminal().equals(name));
            assertThat(order.lease()).isEqualTo(lease);
            var line = dialled(coordinator.port(), worker.token, order.channelToken());
            line.send(hello(0, 2)).await(TerminalFrame.From.class);
            line.send(new TerminalFrame.Output(0, "$ ".getBytes(UTF_8)));
            driver.awaitOutput(2).send(new TerminalFrame.Seen(2)).type("ls\r");
            assertThat(new String(line.await(TerminalFrame.Keys.class).bytes(), UTF_8))
                    .isEqualTo("ls\r");
            resize(driver, line, 90, 30);

            var listed = terminals(maintainer);
            assertThat(listed.getBoolean("mayOpenShells")).isTrue();
            assertThat(listed.getJsonArray("items")).hasSize(2);
            assertThat(item(listed, 0).getString("kind")).isEqualTo("pipeline");
            var shell = item(listed, 1);
            assertThat(shell.getString("terminalId")).isEqualTo(name);
            assertThat(shell.getJsonObject("openedBy").getString("name")).isEqualTo("max");
            assertThat(shell.getJsonArray("viewers").encode())
                    .isEqualTo("[{\"mode\":\"control\",\"name\":\"max\"}]");

            endShell(maintainer, name, 204);
            endShell(maintainer, name, 204);
            machine.awaitEnded(name);
            line.close();
            assertThat(driver.awaitClosed()).isEqualTo(TerminalClose.NORMAL.code());
            var ended = item(terminals(maintainer), 1);
            assertThat(ended.getString("state")).isEqualTo("ended");
            assertThat(ended.getString("reason")).isEqualTo("closed");
            shellToken(maintainer, name, 409);
        }
        assertThat(sizes()).as("what a shell prints is not recorded").isEmpty();
        assertThat(
                        coordinator.sql(
                                "select actor_name || ' ' || action from audit_entry where"
                                        + " action in ('terminal.open', 'terminal.end') and"
                                        + " target_id = '"
                                        + lease.task()
                                        + "' order by id"))
                .containsExactly("max terminal.open", "max terminal.end");
    }

    @Test
    void aShellIsForThoseWhomTheProjectLetsAndForNobodyElseOnceItDoesNot() throws Exception {
        try (var machine = new ShellMachine(worker)) {
            var theirs = openShell(maintainer, 201).getString("terminalId");
            assertThat(openShell(member, 403).getString("code")).isEqualTo("shells_not_allowed");
            assertThat(openShell(stranger, 404).getString("code")).isEqualTo("not_found");
            shellToken(member, theirs, 403);
            endShell(member, theirs, 403);
            assertThat(terminals(member).getBoolean("mayOpenShells")).isFalse();

            shells("members");
            var own = openShell(member, 201).getString("terminalId");
            var sitting = enter(viewer(), member, shellToken(member, own, 201), auth());
            var watching = enter(viewer(), member, shellToken(member, theirs, 201), auth());
            sitting.await(TerminalFrame.People.class, you("control"));
            watching.await(TerminalFrame.Hello.class);
            var since = System.nanoTime();
            shells("maintainers");

            assertThat(watching.awaitClosed()).isEqualTo(TerminalClose.FORBIDDEN.code());
            assertThat(sitting.awaitClosed()).isIn(1000, TerminalClose.FORBIDDEN.code());
            assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(5));
            machine.awaitEnded(own);
            shells("nobody");
            machine.awaitEnded(theirs);
            assertThat(openShell(maintainer, 403).getString("code"))
                    .isEqualTo("shells_not_allowed");
            var last = openShell(coordinator.accessToken(), 201).getString("terminalId");
            coordinator.cancel(lease.task()).expect(200);
            machine.awaitEnded(last);
            Await.until("all have ended", () -> reasons().size() == 3);
            assertThat(reasons())
                    .containsExactlyInAnyOrder("not_allowed", "not_allowed", "task_cancelled");
        } finally {
            shells("maintainers");
        }
    }

    @Test
    void whatAMachineRefusesOrForgetsIsNoShell() throws Exception {
        try (var machine = new ShellMachine(worker)) {
            var forgotten = openShell(maintainer, 201).getString("terminalId");
            var path = "/api/web/tasks/" + lease.task() + "/terminals";
            var key = "once-" + lease.task();
            var first = coordinator.postOnce(coordinator.port(), key, path, new JsonObject());
            var again = coordinator.postOnce(coordinator.port(), key, path, new JsonObject());
            assertThat(again.expect(201).body()).isEqualTo(first.expect(201).body());

            machine.refuse(Refusal.TOO_MANY_SHELLS);
            assertThat(openShell(maintainer, 409).getString("code")).isEqualTo("too_many_shells");
            machine.refuse(Refusal.WORKSPACE_GONE);
            assertThat(openShell(maintainer, 410).getString("code")).isEqualTo("workspace_gone");
            assertThat(terminals(maintainer).getJsonArray("items")).hasSize(3);
            assertThat(
                            coordinator
                                    .postAs(maintainer, path, new JsonObject().put("rows", 0))
                                    .status())
                    .isEqualTo(400);

            coordinator.execute(
                    "update shell set opened_at = now() - interval '26 hours' where id = '"
                            + forgotten
                            + "'");
            Await.until("it counts as over", () -> reasons().equals(List.of("machine_silent")));
            machine.forgetAll();
            Await.until("it is known", () -> reasons().contains("worker_restarted"));
            shellToken(maintainer, "shell-0000", 404);
            endShell(maintainer, "main", 404);
        }
    }

    @Test
    void whatAShellPrintedLongAgoIsSkippedAndNobodyWaitsForIt() throws Exception {
        var printed = printed(1_000_000, 6);
        try (var machine = new ShellMachine(worker)) {
            var name = openShell(maintainer, 201).getString("terminalId");
            var token = shellToken(maintainer, name, 201);
            var viewer = enter(viewer(), maintainer, token, auth().put("behind", "wait"));
            line(5_000_000, printed, 5_000_000);

            var skipped = viewer.await(TerminalFrame.Skipped.class);
            viewer.awaitOutput(6_000_000);
            assertThat(skipped.from()).isZero();
            assertThat(skipped.to()).isBetween(5_000_000L, 5_000_100L);
            assertThat(viewer.output())
                    .isEqualTo(
                            Arrays.copyOfRange(
                                    printed, (int) skipped.to() - 5_000_000, printed.length));
            viewer.send(new TerminalFrame.Want(5_500_000, 100));
            assertThat(viewer.await(TerminalFrame.History.class).bytes())
                    .isEqualTo(Arrays.copyOfRange(printed, 500_000, 500_100));
            endShell(maintainer, name, 204);
            machine.awaitEnded(name);
        }
    }

    private JsonObject openShell(String token, int status) {
        worker.heartbeat(lease);
        return coordinator
                .postAs(
                        token,
                        "/api/web/tasks/" + lease.task() + "/terminals",
                        new JsonObject().put("columns", 100).put("rows", 40))
                .expect(status)
                .body();
    }

    private String shellToken(String token, String name, int status) {
        return coordinator
                .postAs(
                        token,
                        "/api/web/tasks/" + lease.task() + "/pty-token",
                        new JsonObject().put("terminalId", name))
                .expect(status)
                .body()
                .getString("channelToken", "");
    }

    private void endShell(String token, String name, int status) {
        var path = "/api/web/tasks/" + lease.task() + "/terminals/" + name;
        coordinator.sendAs(token, "DELETE", path, null).expect(status);
    }

    private JsonObject terminals(String token) {
        return coordinator
                .getAs(token, "/api/web/tasks/" + lease.task() + "/terminals")
                .expect(200)
                .body();
    }

    private static JsonObject item(JsonObject listed, int number) {
        return listed.getJsonArray("items").getJsonObject(number);
    }

    /** Why those of this test's task ended. */
    private List<String> reasons() {
        return coordinator.sql(
                "select reason from shell where ended_at is not null and task_id = "
                        + lease.task());
    }

    private static void shells(String who) {
        coordinator
                .put("/api/admin/projects/shop", new JsonObject().put("shells", who))
                .expect(200);
    }

    // who gets in

    @Test
    void aTokenIsGoodOnceForItsOwnerItsTaskAndItsMinute() throws Exception {
        var used = channel(member, "watch", 201).getString("channelToken");
        enter(viewer(), member, used, auth()).await(TerminalFrame.Hello.class);
        assertThat(refused(member, used)).isEqualTo(TerminalClose.UNAUTHORISED.code());

        var anothers = channel(member, "watch", 201).getString("channelToken");
        assertThat(refused(maintainer, anothers)).isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(refused(member, anothers)).isEqualTo(TerminalClose.UNAUTHORISED.code());

        var expired = channel(member, "watch", 201).getString("channelToken");
        coordinator.execute("update channel_token set expires_at = now() - interval '1 ms'");
        assertThat(refused(member, expired)).isEqualTo(TerminalClose.UNAUTHORISED.code());

        var elsewhere = channel(member, "watch", 201).getString("channelToken");
        coordinator.task("shop");
        var other = worker.running();
        var misplaced = TerminalClient.viewer(coordinator.port(), other.task());
        opened.add(misplaced);
        misplaced.text(auth().put("token", member).put("channelToken", elsewhere));
        assertThat(misplaced.awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());

        assertThat(refused(member, "")).isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(refused(member, "mst_pty_" + "A".repeat(32)))
                .isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(
                        refused(
                                "no.good.token",
                                channel(member, "watch", 201).getString("channelToken")))
                .isEqualTo(TerminalClose.UNAUTHORISED.code());
    }

    @Test
    void theHashIsAllThatIsKept() {
        var token = channel(member, "watch", 201).getString("channelToken");

        assertThat(
                        coordinator.sql(
                                "select encode(token_hash, 'escape') || c::text from channel_token"
                                        + " c"))
                .noneMatch(row -> row.contains(token));
        assertThat(coordinator.sql("select encode(token_hash, 'hex') from channel_token"))
                .allMatch(hash -> hash.length() == 64);
    }

    @Test
    void whoMayTypeIsWhoDecidesAboutTheTask() {
        assertThat(channel(coordinator.accessToken(), null, 201).getString("mode"))
                .isEqualTo("control");
        assertThat(channel(maintainer, null, 201).getString("mode")).isEqualTo("control");
        assertThat(channel(member, null, 201).getString("mode")).isEqualTo("watch");
        assertThat(channel(member, "control", 403).getString("code")).isEqualTo("not_your_task");
        assertThat(channel(stranger, "watch", 404).getString("code")).isEqualTo("not_found");
    }

    @Test
    void aTaskThatWaitsHasNoTerminal() {
        long waits = coordinator.task("shop");

        var problem =
                coordinator
                        .post("/api/web/tasks/" + waits + "/pty-token", new JsonObject())
                        .expect(409);

        assertThat(problem.body().getString("code")).isEqualTo("no_terminal");
        coordinator.cancel(waits).expect(200);
    }

    @Test
    void onlyTheCoordinatorsOwnPagesMayAsk() {
        int port = coordinator.port();
        for (var origin :
                new String[] {
                    null,
                    "null",
                    "http://127.0.0.1",
                    "http://127.0.0.1:" + (port + 1),
                    "https://127.0.0.1:" + port,
                    "http://127.0.0.1:" + port + ".evil.example",
                    "http://127.0.0.1:" + port + "/",
                    "HTTP://127.0.0.1:" + port,
                    "http://127.0.0.2:" + port,
                    "http://evil.example:" + port,
                    "http://localhost.evil.example:" + port,
                    "http://xn--lcalhost-54a:" + port
                }) {
            assertThat(TerminalClient.refusal(port, lease.task(), origin))
                    .as(String.valueOf(origin))
                    .isEqualTo(403);
        }
        assertThat(TerminalClient.refusal(port, lease.task(), "http://localhost:" + port))
                .isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "{}",
                "{\"type\":\"auth\"}",
                "{\"type\":\"auth\",\"token\":7}",
                "{\"type\":\"auth\",\"token\":\"t\",\"behind\":\"x\"}",
                "{\"type\":\"auth\",\"token\":\"t\",\"window\":1}"
            })
    void aFirstFrameThatIsNoneEndsIt(String text) throws Exception {
        assertThat(viewer().text(text).awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());
    }

    @Test
    void whoSaysNothingOrTooMuchOrTheWrongThingFirstHearsNothing() throws Exception {
        var silent = viewer();
        var huge = viewer().text("x".repeat(13_000));
        var binary = viewer().type("ls\r");

        assertThat(huge.awaitClosed()).isEqualTo(TerminalClose.TOO_LARGE.code());
        assertThat(binary.awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(silent.awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());
        for (var client : List.of(silent, huge, binary)) {
            assertThat(client.output()).isEmpty();
            assertThat(client.count(TerminalFrame.class)).isZero();
        }
    }

    @Test
    void anAddressThatFailedTooOftenIsNotListenedToAndOthersAre() throws Exception {
        int failures = CoordinatorFixture.FAILURES.burst();
        assertThat(failuresElsewhere()).isGreaterThanOrEqualTo(failures - 1);

        // it gets another go each second
        String good;
        TerminalClient unheard;
        do {
            failuresElsewhere();
            good = channel(member, "watch", 201).getString("channelToken");
            unheard = TerminalClient.viewerElsewhere(coordinator.port(), lease.task());
            enter(unheard, member, good, auth());
        } while (unheard.isLetIn());

        assertThat(unheard.awaitClosed()).isEqualTo(TerminalClose.TOO_MANY_FAILURES.code());
        assertThat(unheard.closeReason()).isEqualTo(TerminalClose.TOO_MANY_FAILURES.sentence());
        enter(viewer(), member, good, auth()).await(TerminalFrame.Hello.class);
    }

    /** How often one may fail to come in from there, by both doors, until one is not heard. */
    private int failuresElsewhere() throws InterruptedException {
        int port = coordinator.port();
        for (int failures = 0; ; failures++) {
            boolean asWorker = failures % 2 == 1;
            try (var client =
                    asWorker
                            ? TerminalClient.workerElsewhere(port, lease.task())
                            : TerminalClient.viewerElsewhere(port, lease.task())) {
                var key = asWorker ? "workerJwt" : "token";
                client.text(auth().put(key, "no.good.token").put("channelToken", "none"));
                int code = client.awaitClosed();
                if (code == TerminalClose.TOO_MANY_FAILURES.code()) {
                    return failures;
                }
                assertThat(code).isEqualTo(TerminalClose.UNAUTHORISED.code());
                assertThat(failures).isLessThan(1_000);
            }
        }
    }

    @Test
    void whoSpeaksAtOnceIsHeard() throws Exception {
        try (var talkers = Executors.newFixedThreadPool(8)) {
            var answers = new ArrayList<Callable<Integer>>();
            for (int i = 0; i < 1_500; i++) {
                answers.add(
                        () -> {
                            try (var client =
                                    TerminalClient.worker(coordinator.port(), lease.task())) {
                                var auth = auth().put("workerJwt", worker.token);
                                client.text(auth.put("channelToken", "mst_pty_none"));
                                return client.awaitClosed();
                            }
                        });
            }
            for (var answer : talkers.invokeAll(answers)) {
                assertThat(answer.get()).isEqualTo(TerminalClose.UNKNOWN.code());
            }
        }
    }

    @Test
    void aFrameThatIsNoneEndsItAndATooLargeOneDoesToo() throws Exception {
        var bad = admitted(member, "watch").bytes(new byte[] {0x7f});
        var worker = admitted(member, "watch").send(new TerminalFrame.Keys(1, new byte[1]));
        var large = admitted(member, "watch").send(new TerminalFrame.Input(new byte[40_000]));

        assertThat(bad.awaitClosed()).isEqualTo(TerminalClose.NOT_A_FRAME.code());
        assertThat(worker.awaitClosed()).isEqualTo(TerminalClose.NOT_A_FRAME.code());
        assertThat(large.awaitClosed()).isEqualTo(TerminalClose.TOO_LARGE.code());
    }

    @Test
    void whoseRightsEndIsSentAway() throws Exception {
        var name = "leaver" + lease.task();
        var removed = coordinator.person(name, "developer", "shop", "maintainer");
        var out = coordinator.person("out" + lease.task(), "developer", "shop", "member");
        var typing = admitted(removed, "control");
        typing.await(TerminalFrame.People.class, you("control"));
        var loggedOut = admitted(out, "watch");
        var line = line(new byte[0]);
        store(new byte[1], 0, 1);

        coordinator.execute(
                "update project_member set role = 'member' where developer_id = (select id from"
                        + " developer where name = '"
                        + name
                        + "')");
        var since = System.nanoTime();
        coordinator.execute(
                "update session set ended_at = now(), ended_reason = 'logout' where developer_id ="
                        + " (select id from developer where name = 'out"
                        + lease.task()
                        + "')");
        assertThat(loggedOut.awaitClosed()).isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(5));

        for (int go = 0; keysArrive(typing, line); go++) {
            assertThat(go).isLessThan(1_000);
        }
        coordinator.execute(
                "delete from project_member where developer_id = (select id from developer where"
                        + " name = '"
                        + name
                        + "')");
        assertThat(typing.awaitClosed()).isEqualTo(TerminalClose.FORBIDDEN.code());
    }

    /** Whether what he types comes through; asks for something twice, so that it would have. */
    private static boolean keysArrive(TerminalClient typing, TerminalClient line)
            throws InterruptedException {
        long before = line.count(TerminalFrame.Keys.class);
        typing.type("x").send(new TerminalFrame.Want(0, 1));
        var _ = typing.await(TerminalFrame.History.class);
        typing.send(new TerminalFrame.Want(0, 1));
        var _ = typing.await(TerminalFrame.History.class);
        return line.count(TerminalFrame.Keys.class) != before;
    }

    // workers

    @Test
    void aLineIsItsMachinesAndIsTakenOnce() throws Exception {
        admitted(member, "watch");
        var order = ordered();
        assertThat(order.url()).isEqualTo("http://127.0.0.1:" + coordinator.port());

        try (var thief = worker.neighbour(coordinator)) {
            assertThat(dialled(coordinator.port(), thief.token, order.channelToken()).awaitClosed())
                    .isEqualTo(TerminalClose.UNKNOWN.code());
        }
        assertThat(dialled(coordinator.port(), "no.good.token", order.channelToken()).awaitClosed())
                .isEqualTo(TerminalClose.UNAUTHORISED.code());
        assertThat(dialled(coordinator.port(), worker.token, "mst_pty_wrong").awaitClosed())
                .isEqualTo(TerminalClose.UNKNOWN.code());
        dialled(coordinator.port(), worker.token, order.channelToken())
                .send(hello(0, 0))
                .await(TerminalFrame.From.class);
        assertThat(dialled(coordinator.port(), worker.token, order.channelToken()).awaitClosed())
                .isEqualTo(TerminalClose.UNKNOWN.code());
    }

    @Test
    void aLineOfAnotherStartIsNotTaken() throws Exception {
        admitted(member, "watch");
        var order = ordered();

        var other =
                new JsonObject()
                        .put("fence", lease.fence() + 1)
                        .put("start", 0)
                        .put("end", 0)
                        .put("columns", 80)
                        .put("rows", 24);
        var line =
                dialled(coordinator.port(), worker.token, order.channelToken())
                        .send(new TerminalFrame.Hello(other.encode()));

        assertThat(line.awaitClosed()).isEqualTo(TerminalClose.REPLACED.code());
    }

    private static boolean isLost(TerminalFrame.Line line) {
        return line.json().contains("lost");
    }

    private static Predicate<TerminalFrame.People> you(String mode) {
        return people -> new JsonObject(people.json()).getString("you").equals(mode);
    }

    private static JsonObject auth() {
        return new JsonObject().put("type", "auth");
    }

    private TerminalClient viewer() {
        var client = TerminalClient.viewer(coordinator.port(), lease.task());
        opened.add(client);
        return client;
    }

    private JsonObject channel(String token, @Nullable String mode, int status) {
        var body = new JsonObject();
        if (mode != null) {
            body.put("mode", mode);
        }
        return coordinator
                .postAs(token, "/api/web/tasks/" + lease.task() + "/pty-token", body)
                .expect(status)
                .body();
    }

    private TerminalClient admitted(String token, String mode) {
        return open(token, mode, auth());
    }

    private TerminalClient open(String token, String mode, JsonObject auth) {
        return enter(viewer(), token, auth, mode);
    }

    private TerminalClient enter(
            TerminalClient client, String token, JsonObject auth, String mode) {
        return enter(client, token, channel(token, mode, 201).getString("channelToken"), auth);
    }

    private TerminalClient enter(
            TerminalClient client, String token, String channelToken, JsonObject auth) {
        opened.add(client);
        return client.text(auth.put("token", token).put("channelToken", channelToken));
    }

    private int refused(String token, String channelToken) throws InterruptedException {
        return enter(viewer(), token, channelToken, auth()).awaitClosed();
    }

    private TerminalFrame.Hello hello(long start, long end) {
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

    private TerminalClient dialled(int port, String token, String channelToken) {
        var client = TerminalClient.worker(port, lease.task());
        opened.add(client);
        return client.text(auth().put("workerJwt", token).put("channelToken", channelToken));
    }

    /** What the machine was asked to dial for this test's task. */
    private ToWorker.OpenTerminal ordered() throws InterruptedException {
        return ordered(order -> order.lease().equals(lease));
    }

    /** Of another test somebody may still wait for a line. */
    private ToWorker.OpenTerminal ordered(Predicate<ToWorker.OpenTerminal> which)
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
    private TerminalClient line(byte[] printed) throws InterruptedException {
        return line(coordinator.port(), 0, printed, 0);
    }

    /** The same of a worker that has forgotten what comes before {@code start}. */
    private TerminalClient line(long start, byte[] printed, long from) throws InterruptedException {
        return line(coordinator.port(), start, printed, from);
    }

    private TerminalClient line(int port, long start, byte[] printed, long from)
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

    private void store(byte[] printed, int from, int to) {
        for (int at = from; at < to; at += Append.MOST_BYTES) {
            int end = Math.min(at + Append.MOST_BYTES, to);
            var answer = worker.append(lease, at, Arrays.copyOfRange(printed, at, end));
            assertThat(answer.verdict()).isEqualTo(Verdict.ACCEPTED);
        }
    }

    /** Lines of random text. */
    private static byte[] printed(int length, long seed) {
        var bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        for (int i = 0; i < length; i++) {
            bytes[i] = i % 80 == 79 ? (byte) '\n' : (byte) ('!' + (bytes[i] & 0x3f));
        }
        return bytes;
    }
}
