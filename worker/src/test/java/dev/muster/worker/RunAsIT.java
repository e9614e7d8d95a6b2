package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.worker.agent.ScriptedAgent;
import dev.muster.worker.shell.ShellSettings;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A daemon of root's whose attempts are run by somebody with less rights. */
final class RunAsIT {

    @TempDir private Path temp;
    private Path data;

    @BeforeEach
    void requireRoot() throws Exception {
        assumeThat(System.getProperty("user.name"))
                .as("only root can run as somebody else")
                .isEqualTo("root");
        data = temp.resolve("data");
    }

    @Test
    void attemptsAreTheUsersAndReachNothingOfTheDaemons() throws Exception {
        letPass();
        letPass(ScriptedAgent.install(temp.resolve("programs"), "claude"));
        var coordinator = new FakeCoordinator();
        try (var worker = Worker.start(config(coordinator))) {
            worksAndIsKeptOut(coordinator);
            goesOnWhereItsUserWas(coordinator, worker);
            isToldByAnAgentThatIsTheUsers(coordinator);
            isEndedWithAllItStarted(coordinator, worker);
        } finally {
            coordinator.close();
        }
    }

    private void worksAndIsKeptOut(FakeCoordinator coordinator) throws Exception {
        var each =
                """
                echo "who=$(id -un) home=$HOME logname=$LOGNAME dir=$(stat -c %%U .)"
                echo said > /dev/stderr
                tries() { "$@" >/dev/null 2>&1 && echo "BREACH $*"; }
                tries cat %1$s/identity.json
                tries ls %1$s
                tries ls %1$s/journals
                tries ls %1$s/kept
                tries ls %1$s/agents
                tries touch %1$s/agents/mine
                tries touch %1$s/agents/bin/mine
                tries touch %1$s/agents/bin/muster-signal
                tries ls %1$s/workspaces
                tries touch %1$s/mine
                tries touch %1$s/mirrors/mine
                tries touch %2$s/mine
                tries kill -0 %3$d
                tries cat /proc/%3$d/environ
                env | grep CARRIED && echo BREACH
                git commit -q --allow-empty -m work || echo BREACH
                true
                """
                        .formatted(data, temp, ProcessHandle.current().pid());

        var lease =
                coordinator.enqueue(
                        Given.stages(stage("driven", each), stage("in-place", each))
                                .repository(
                                        TestRepository.make(temp.resolve("source")).toString()));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        var log = logOf(coordinator, lease);
        assertThat(coordinator.facts(lease).getLast())
                .as(log)
                .isInstanceOfSatisfying(
                        Fact.Succeeded.class,
                        succeeded -> {
                            assertThat(succeeded.work()).isNotNull();
                            assertThat(succeeded.work().commits()).isEqualTo(2);
                            assertThat(succeeded.work().dirty()).isFalse();
                        });
        var printed = log.replaceAll("(?s)^.*?who=", "who=");
        assertThat(printed.split("who=nobody home=/\\S+ logname=nobody dir=nobody\r\nsaid", -1))
                .as(log)
                .hasSize(3);
        assertThat(log.lines().filter(line -> line.startsWith("BREACH"))).isEmpty();
    }

    private static void goesOnWhereItsUserWas(FakeCoordinator coordinator, Worker worker)
            throws Exception {
        var failed = coordinator.enqueue("echo kept > kept; chmod 0600 kept; exit 1");
        coordinator.until("it is over", () -> coordinator.isOver(failed));
        openShell(coordinator, worker, failed);

        var next =
                coordinator.enqueueNext(
                        failed,
                        1,
                        Given.stages(
                                stage("a", "false"), stage("b", "cat kept who && echo x > kept")));
        coordinator.until("the next is over", () -> coordinator.isOver(next));
        assertThat(coordinator.facts(next).getLast())
                .as(logOf(coordinator, next))
                .isInstanceOf(Fact.Succeeded.class);
        assertThat(logOf(coordinator, next)).contains("kept\r\nnobody nobody\r\n");
    }

    /** One that a person opens, whose command has ended when this returns. */
    private static void openShell(FakeCoordinator coordinator, Worker worker, LeaseRef lease)
            throws Exception {
        var opening =
                new Question.OpenShell(
                        lease,
                        1,
                        "shell-1",
                        new Question.OpenShell.Size(80, 24),
                        new Question.OpenShell.Committer("Eve", "eve@example.org"),
                        new Question.OpenShell.Setting("p", "words"),
                        Provision.NONE);
        assertThat(coordinator.ask(worker.machine(), opening)).isInstanceOf(Reply.Shells.class);
        var over = new Reply.Shells(List.of(new Reply.Shell("shell-1", false, "exited")));
        var status = new Question.ShellStatus(List.of("shell-1"));
        Eventually.eventually(
                "the shell has ended",
                () -> coordinator.ask(worker.machine(), status).equals(over));
    }

    private static void isToldByAnAgentThatIsTheUsers(FakeCoordinator coordinator)
            throws Exception {
        var lease =
                coordinator.enqueue(
                        Given.stages(
                                        stage(
                                                "asks",
                                                "signal ask \"I am $(id -un) in $HOME\"\nhook"),
                                        stage("fails", "signal failed no"))
                                .agent("claude"));
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        var facts = coordinator.facts(lease);
        assertThat(facts)
                .as(logOf(coordinator, lease))
                .hasExactlyElementsOfTypes(
                        Fact.StageStarted.class,
                        Fact.AgentAsked.class,
                        Fact.StageEnded.class,
                        Fact.StageStarted.class,
                        Fact.StageEnded.class,
                        Fact.Failed.class);
        assertThat(((Fact.AgentAsked) facts.get(1)).message()).startsWith("I am nobody in /");
        assertThat(((Fact.StageEnded) facts.get(2)).ok()).isTrue();
        assertThat(((Fact.StageEnded) facts.get(4)).reason()).isEqualTo("agent_failed");
    }

    private static void isEndedWithAllItStarted(FakeCoordinator coordinator, Worker worker)
            throws Exception {
        var lease =
                coordinator.enqueue(
                        "setsid sleep 600 & echo \"pids=$$,$! who=$(id -un)\"; exec sleep 600");
        coordinator.until(
                "it prints",
                () -> logOf(coordinator, lease).matches("(?s).*pids=\\d+,\\d+ who=nobody.*"));
        var pids =
                logOf(coordinator, lease)
                        .replaceAll("(?s).*pids=(\\d+,\\d+) who.*", "$1")
                        .split(",", -1);
        var processes =
                List.of(
                        ProcessHandle.of(Long.parseLong(pids[0])).orElseThrow(),
                        ProcessHandle.of(Long.parseLong(pids[1])).orElseThrow());

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        coordinator.until(
                "all is gone", () -> processes.stream().noneMatch(ProcessHandle::isAlive));
        coordinator.until("the slot is free", () -> worker.running() == 0);
    }

    @Test
    void aDirectoryThatTheUserCannotReachIsRefusedAtTheStart() throws Exception {
        var coordinator = new FakeCoordinator();
        try {
            assertThatThrownBy(() -> Worker.start(config(coordinator)))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("nobody cannot enter " + data);
        } finally {
            coordinator.close();
        }
    }

    private void letPass() throws Exception {
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwx--x--x"));
    }

    private static void letPass(Path program) throws Exception {
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private WorkerConfig config(FakeCoordinator coordinator) {
        return new TestConfig(coordinator.http.address(), data)
                .token(coordinator.http.drawToken())
                .repositories(temp)
                .claude(temp.resolve("programs/claude"))
                .runAs("nobody")
                .shells(
                        new ShellSettings(
                                Optional.of(
                                        List.of(
                                                "/bin/sh",
                                                "-c",
                                                "echo \"$(id -un) $LOGNAME\" > who")),
                                1,
                                1,
                                Duration.ofHours(1),
                                Duration.ofHours(1)))
                .build();
    }

    private static Stage stage(String name, String command) {
        return new Stage(name, command, 60, Map.of());
    }

    private static String logOf(FakeCoordinator coordinator, LeaseRef lease) {
        return new String(coordinator.log(lease), UTF_8);
    }
}
