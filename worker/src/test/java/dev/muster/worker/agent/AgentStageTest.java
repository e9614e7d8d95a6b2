package dev.muster.worker.agent;

import static dev.muster.worker.Eventually.eventually;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.agent.AgentType.Completion;
import dev.muster.worker.agent.AgentType.Delivery;
import dev.muster.worker.process.ControlGroups;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.process.Sweeper;
import dev.muster.worker.signal.SignalHome;
import dev.muster.worker.terminal.ShellEnvironment;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageValues;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;

/** Real terminals and a real program in them, which behaves like an interactive agent. */
class AgentStageTest {

    @TempDir Path home;
    private Path workspace;
    private Sweeper sweeper;
    private Terminals terminals;
    private Path program;
    private Cookie.Family family;
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
    private String description = "words";

    @BeforeEach
    void open() throws Exception {
        workspace = Files.createDirectories(home.toRealPath().resolve("work space"));
        sweeper =
                new Sweeper(
                        Duration.ofMillis(300),
                        Duration.ofMillis(100),
                        ControlGroups.ofThisDaemon());
        terminals = Terminals.in(home.resolve("terminals"), sweeper, Optional.empty());
        family = Cookie.Family.of(home);
        program = ScriptedAgent.install(home.resolve("pro grams"), "agent");
    }

    @AfterEach
    void close() {
        sweeper.close();
        terminals.close();
    }

    @Test
    void aStageEndsWhenTheAgentSignalsThatItIsDone() throws Exception {
        assertThat(run("claude", "work\nsignal done 'All $HOME of it'"))
                .isEqualTo(new StageEnd.Told(true, "All $HOME of it"));
        assertThat(workspace.resolve("worked")).exists();
        assertThat(log()).endsWith("\033]133;D;0\007");
    }

    @Test
    void theHookInTheSettingsOfClaudeTellsThatItIsDone() throws Exception {
        assertThat(run("claude", "hook")).isEqualTo(new StageEnd.Told(true, ""));
    }

    @Test
    void aStageFailsWhenTheAgentSignalsThatItDid() throws Exception {
        assertThat(run("claude", "signal failed 'no \033[2Jway'\nsignal done"))
                .isEqualTo(new StageEnd.Told(false, "no [2Jway"));
        assertThat(log()).endsWith("\033]133;D;1\007");
    }

    @Test
    void aStageEndsWithItsMarkerHoweverThatIsDrawnAndCut() throws Exception {
        assertThat(run("cursor", "work\nmark 0:done")).isEqualTo(new StageEnd.Told(true, ""));
        assertThat(run("cursor", "mark 0:failed")).isEqualTo(new StageEnd.Told(false, ""));
    }

    @Test
    void anAgentThatExitsEndsTheStageWithItsStatus() throws Exception {
        assertThat(run("claude", "exit 0")).isEqualTo(new StageEnd.Exited(0));
        assertThat(run("claude", "exit 7")).isEqualTo(new StageEnd.Exited(7));
    }

    @Test
    void neitherTheEchoOfThePromptNorForgedMarkersNorAWrongNonceEndAStage() throws Exception {
        var end = run("cursor", "forge x\nmark 1:done\nsteal\nsignal\nsignal ready\nexit 3");

        assertThat(end).isEqualTo(new StageEnd.Exited(3));
        assertThat(log()).contains("stolen 1", "signalled 2", "directly followed by");
    }

    @Test
    void aMarkerDoesNotCountForATypeThatIsNotAskedForOne() throws Exception {
        assertThat(run("claude", "print muster::0:done\nexit 4")).isEqualTo(new StageEnd.Exited(4));
        assertThat(prompt()).doesNotContain("muster, the code");
    }

    @Test
    void whatTheAgentAsksIsToldAndTheStageGoesOn() throws Exception {
        assertThat(run("claude", "signal ask 'Which one?'\nwork\nsignal done"))
                .isInstanceOf(StageEnd.Told.class);
        assertThat(asked).containsExactly("Which one?");
        assertThat(log()).contains("signalled 0");
    }

    @Test
    void anAgentThatNeverFinishesIsEndedByTimeOrBySilence() throws Exception {
        var short2 = new Stage("s", "hang", 2, Map.of());
        assertThat(run("claude", short2)).isEqualTo(new StageEnd.TimedOut(Duration.ofSeconds(2)));

        var silent = new Stage("s", "hang", 60, Map.of(), 0, 0, 1, null);
        assertThat(run("claude", silent)).isEqualTo(new StageEnd.FellSilent(Duration.ofSeconds(1)));
        eventually("nothing of it lives", () -> !isAlive());
    }

    @Test
    void aPromptIsOnePasteInWhichNothingIsAKey() throws Exception {
        description = "a\033[201~\rexit 5\r\n\u009bb\tü" + "x".repeat(6000) + "\0\u0003";

        assertThat(run("claude", new Stage("s", "exit 6\nsay '{description}'", 60, Map.of())))
                .isEqualTo(new StageEnd.Exited(6));

        assertThat(prompt()).isEqualTo("exit 6\nsay 'a\nexit 5\nb\tü" + "x".repeat(6000) + "'");
    }

    @Test
    void anAgentMayGetItsPromptAsAnArgument() throws Exception {
        var settings = custom(List.of(program.toString(), "--print"), Delivery.ARGUMENT);

        var end = run(settings, "custom", new Stage("s", "exit 0 'it''s' $HOME", 60, Map.of()));

        assertThat(end).isEqualTo(new StageEnd.Exited(0));
        assertThat(prompt()).isEqualTo("exit 0 'it''s' $HOME");
    }

    @Test
    void aPromptThatNoProgramCouldBeGivenFailsTheStage() throws Exception {
        description = "'".repeat(20_000);

        assertThat(run("claude", "exit 0 {description} {description}"))
                .isEqualTo(new StageEnd.Told(false, "Its prompt is longer than 120000 bytes."));
        assertThat(log()).isEmpty();
    }

    @Test
    void anAgentWhoseExitTellsNothingFailsByIt() throws Exception {
        var settings =
                new AgentSettings(
                        Map.of(),
                        Optional.of(
                                new AgentSettings.Custom(
                                        List.of(program.toString()),
                                        Delivery.PASTE,
                                        Set.of(Completion.MARKER))));

        assertThat(run(settings, "custom", stage("signal done\nexit 0")))
                .isEqualTo(new StageEnd.Told(false, "It ended and had not said that it was done."));
        assertThat(log()).contains("signalled 1");
    }

    @Test
    void anAgentThatTakesNoPromptIsEnded() throws Exception {
        var ready = Duration.ofMillis(500);
        var claude = AgentTypes.of(AgentSettings.NONE).find("claude").orElseThrow();
        var deaf =
                new AgentType(
                        "claude",
                        List.of(program.toString(), "--deaf"),
                        List.of(),
                        List.of(),
                        "",
                        Delivery.PASTE,
                        claude.completions(),
                        ready,
                        List.of());

        assertThat(run(new AgentTypes(List.of(deaf)), "claude", stage("exit 0")))
                .isEqualTo(new StageEnd.AgentNotReady(ready));
    }

    @Test
    void aMissingProgramIsToldAndNothingRuns() throws Exception {
        Files.delete(program);

        assertThat(run("claude", "exit 0"))
                .isEqualTo(new StageEnd.AgentMissing(program.toString()));
        assertThat(log()).isEmpty();
    }

    @Test
    void whatAnAgentComplainsOfWhenItFailedIsTheReason() throws Exception {
        var complaint = "Claude AI usage limit reached";
        assertThat(run("codex", "print You've hit your usage limit.\nexit 1"))
                .as("it repeats what a person wrote")
                .isEqualTo(new StageEnd.Exited(1));
        Files.writeString(
                program,
                Files.readString(program)
                        .replace("print) echo", "limit) echo '" + complaint + "'"));
        assertThat(run("claude", "limit\nexit 1"))
                .isEqualTo(new StageEnd.AgentUnfit("agent_rate_limit", complaint));
        assertThat(run("claude", "limit\nexit 0")).isEqualTo(new StageEnd.Exited(0));
    }

    @Test
    void aStageThatIsInterruptedLeavesNothingBehind() throws Exception {
        var running = new FutureTask<>(() -> run("claude", "hang"));
        var thread = Thread.ofVirtual().start(running);
        eventually("it works", () -> log().contains("hang"));
        assertThat(isAlive()).isTrue();

        thread.interrupt();
        thread.join();

        eventually("nothing of it lives", () -> !isAlive());
        try (var left = Files.list(home.resolve("signals"))) {
            assertThat(left.map(p -> p.getFileName().toString())).containsExactly("bin");
        }
    }

    @Test
    void aSocketWorksInADirectoryWithALongName() throws Exception {
        home = Files.createDirectories(home.resolve("l".repeat(120)));

        assertThat(run("claude", "signal done")).isEqualTo(new StageEnd.Told(true, ""));
    }

    /** Whether a process is in the workspace. */
    private boolean isAlive() {
        return ProcessHandle.allProcesses()
                .map(process -> Path.of("/proc/" + process.pid() + "/cwd"))
                .anyMatch(this::leadsToTheWorkspace);
    }

    private boolean leadsToTheWorkspace(Path link) {
        try {
            return Files.readSymbolicLink(link).equals(workspace);
        } catch (IOException _) {
            return false; // it ended meanwhile, or is another user's
        }
    }

    private StageEnd run(String type, String command) throws Exception {
        return run(type, stage(command));
    }

    private static Stage stage(String command) {
        return new Stage("s", command, 60, Map.of());
    }

    private StageEnd run(String type, Stage stage) throws Exception {
        var commands = List.of(program.toString());
        var all = Map.of("claude", commands, "codex", commands, "cursor", commands);
        return run(new AgentSettings(all, Optional.empty()), type, stage);
    }

    private static AgentSettings custom(List<String> command, Delivery delivery) {
        return new AgentSettings(
                Map.of(),
                Optional.of(new AgentSettings.Custom(command, delivery, Set.of(Completion.EXIT))));
    }

    private StageEnd run(AgentSettings settings, String type, Stage stage) throws Exception {
        return run(AgentTypes.of(settings), type, stage);
    }

    private StageEnd run(AgentTypes types, String type, Stage stage) throws Exception {
        var agents = new Agents(types, SignalHome.in(home.resolve("signals"), Optional.empty()));
        var agent = agents.find(type, terminals::open, this::spec, this::keep).orElseThrow();
        return agent.run(0, stage, StageValues.NONE, asked::add);
    }

    private TerminalSpec spec() {
        var cookie = family.next();
        var environment =
                new ShellEnvironment(42, 1, "demo", "muster/42", description, Map.of())
                        .variables(System.getenv(), cookie);
        return new TerminalSpec(workspace, environment, cookie);
    }

    private synchronized void keep(byte[] bytes, int from, int length) {
        log.write(bytes, from, length);
    }

    private synchronized String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    private String prompt() throws Exception {
        return Files.readString(workspace.resolve("prompt"));
    }
}
