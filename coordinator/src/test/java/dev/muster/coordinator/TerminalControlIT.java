package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalSockets;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.Stream;

/** Who types at a terminal, and who gives it its size. */
class TerminalControlIT extends OneTerminal {

    @Test
    void oneTypesAndTheOthersKeysNeverArrive() throws Exception {
        var driver = admitted(coordinator.accessToken(), "control");
        // who comes is let in before they are given control: the next could be the first to get it
        driver.await(TerminalFrame.People.class, you("control"));
        var watcher = admitted(member, "watch");
        var second = admitted(maintainer, "control");
        var line = line(new byte[0]);
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

        assertThat(keys(line)).isEqualTo("x");
    }

    /** Who types while he is still shown what was there does not lose a letter. */
    @Test
    void keysArriveThoughOlderOutputIsStillReplayed() throws Exception {
        store("\u001b[c".getBytes(UTF_8), 0, 3);
        var driver = admitted(coordinator.accessToken(), "control");
        var line = line(3, new byte[0], 3);
        driver.await(TerminalFrame.People.class, you("control"));
        driver.awaitOutput(3);

        driver.type("l").type("\u001b[?1;2c").type("s");
        // an answer may be larger than a frame
        driver.type("\u001b]" + "x".repeat(TerminalSockets.LARGEST_INPUT - 2)).type("xx\u0007");
        driver.type("\r");

        assertThat(keys(line)).isEqualTo("l");
        assertThat(keys(line)).isEqualTo("s");
        assertThat(keys(line)).isEqualTo("\r");
    }

    private static String keys(TerminalClient line) throws Exception {
        return new String(line.await(TerminalFrame.Keys.class).bytes(), UTF_8);
    }

    @Test
    void whatIsTypedAMomentBeforeTheLineIsThereArrives() throws Exception {
        var driver = admitted(coordinator.accessToken(), "control");
        driver.await(TerminalFrame.People.class, you("control"));
        driver.type("early").send(new TerminalFrame.Want(0, 1)).type(" bird");

        var line = line(new byte[0]);

        assertThat(keys(line)).isEqualTo("early");
        assertThat(keys(line)).isEqualTo(" bird");
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
}
