package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Shells that people open beside a task. */
class ShellTerminalIT extends OneTerminal {

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
}
