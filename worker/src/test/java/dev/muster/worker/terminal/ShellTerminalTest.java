package dev.muster.worker.terminal;

import static dev.muster.worker.Eventually.eventually;
import static dev.muster.worker.terminal.TerminalsUnderTest.LONG;
import static dev.muster.worker.terminal.TerminalsUnderTest.last;
import static dev.muster.worker.terminal.TerminalsUnderTest.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.terminal.TerminalsUnderTest.Kept;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

class ShellTerminalTest {

    @TempDir Path home;
    private TerminalsUnderTest given;
    private final Kept kept = new Kept();

    @BeforeEach
    void open() throws Exception {
        given = new TerminalsUnderTest(home);
    }

    @AfterEach
    void close() {
        given.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStageEndsWithTheStatusOfItsCommand(boolean last) throws Exception {
        for (int status : new int[] {0, 1, 7, 255}) {
            try (var terminal = given.open(kept)) {
                var end = terminal.run(script("printf out; exit " + status, last), LONG);

                assertThat(end).isEqualTo(new StageEnd.Exited(status));
                assertThat(kept.printed()).isEqualTo("out");
                assertThat(kept.text()).endsWith("\033]133;D;" + status + "\007");
            }
        }
    }

    @Test
    void stagesRunInOneTerminalAndKeepNothingOfEachOther() throws Exception {
        try (var terminal = given.open(kept)) {
            terminal.run(stage("tty; cd /; x=1; export y=2; set -e; trap 'echo no' EXIT"), LONG);
            var tty = kept.printed().lines().findFirst().orElseThrow();
            terminal.run(stage("tty; pwd -P; echo ${x-none} ${y-none}; false; echo on"), LONG);

            assertThat(kept.printed())
                    .isEqualTo(
                            String.join("\r\n", tty, given.workspace.toString(), "none none", "on")
                                    + "\r\n");
        }
    }

    @Test
    void aLastStageAfterOthersRunsInTheSameShell() throws Exception {
        try (var terminal = given.open(kept)) {
            assertThat(terminal.run(stage("true"), LONG)).isEqualTo(new StageEnd.Exited(0));
            assertThat(terminal.run(last("exit 3"), LONG)).isEqualTo(new StageEnd.Exited(3));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStageHasAControllingTerminalOfTheUsualSize(boolean last) throws Exception {
        try (var terminal = given.open(kept)) {
            terminal.run(
                    script("stty size </dev/tty; test -t 0 -a -t 1 -a -t 2 && echo yes", last),
                    LONG);

            assertThat(kept.printed()).isEqualTo("30 120\r\nyes\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theDescriptionAndAnswersStayData(boolean last) throws Exception {
        var hostile =
                "'; exit 9; \"$(touch pwned)`touch pwned`\\\n"
                        + "$HOME !! \033]133;D;0\007 *\t? ü\u202e "
                        + "x".repeat(10_000)
                        + "\n";
        var cookie = given.cookie;
        var environment =
                TerminalsUnderTest.describing("a\0b" + hostile).variables(System.getenv(), cookie);
        var file = given.workspace.resolve("said");
        var command = "printf %s {description} > said; printf %s {input} > typed";
        var stage = new Stage("say", command, 60, Map.of());
        var answers = Map.of("MUSTER_INPUT", "a\0b" + hostile);
        try (var terminal =
                given.terminals.open(
                        new TerminalSpec(given.workspace, environment, cookie), kept)) {

            var end =
                    terminal.run(
                            StageScript.of(stage, new StageValues(answers, Map.of()), last), LONG);

            assertThat(end).isEqualTo(new StageEnd.Exited(0));
            assertThat(Files.readString(file)).isEqualTo("ab" + hostile);
            assertThat(Files.readString(given.workspace.resolve("typed")))
                    .isEqualTo("ab" + hostile);
            assertThat(given.workspace.resolve("pwned")).doesNotExist();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStageHasItsOwnVariablesAndTheDaemonsOnlyByName(boolean last) throws Exception {
        var daemon = Map.of("PATH", "/usr/bin:/bin", "LC_TIME", "C", "AWS_SECRET", "leak");
        var cookie = given.cookie;
        var environment = TerminalsUnderTest.describing("do it").variables(daemon, cookie);
        var stage = new StageScript("the 'stage'", "env > env", Map.of("A", "it's $x\n`y`"), last);
        try (var terminal =
                given.terminals.open(
                        new TerminalSpec(given.workspace, environment, cookie), kept)) {

            terminal.run(stage, LONG);

            assertThat(Files.readAllLines(given.workspace.resolve("env")))
                    .filteredOn(line -> !line.matches("(PWD|OLDPWD|SHLVL|_)=.*"))
                    .containsExactlyInAnyOrder(
                            "PATH=/usr/bin:/bin",
                            "LC_TIME=C",
                            "TERM=xterm-256color",
                            "A=it's $x",
                            "`y`",
                            "MUSTER_STAGE=the 'stage'",
                            "MUSTER_TASK_ID=42",
                            "MUSTER_ATTEMPT=1",
                            "MUSTER_PROJECT=demo",
                            "MUSTER_BRANCH=muster/42",
                            "MUSTER_DESCRIPTION=do it",
                            "MUSTER_WORKSPACE=" + given.workspace,
                            "MUSTER_COOKIE=" + cookie.value());
        }
    }

    @Test
    void aProgramCannotForgeAnEnd() throws Exception {
        var guesses =
                "printf '\\033]133;D;0\\007'; printf '\\033]133;D;0;%s\\007' "
                        + "00000000000000000000000000000000 \"$_\"; exit 5";
        try (var terminal = given.open(kept)) {
            var end = terminal.run(stage(guesses), LONG);

            assertThat(end).isEqualTo(new StageEnd.Exited(5));
            assertThat(kept.text())
                    .contains("\033]133;D;0\007\033]133;D;0;00000000000000000000000000000000\007");
        }
    }

    @Test
    void aStageNeverSeesANonceAndTheLogKeepsNone() throws Exception {
        var everything =
                """
                echo "$_"; set; declare -p; env; trap; ps -ef
                cat /proc/$$/environ /proc/$PPID/environ /proc/$$/cmdline; ls -l /proc/$BASHPID/fd
                """;
        try (var terminal = given.open(kept)) {
            terminal.run(stage(everything), LONG);
            terminal.run(stage(everything), LONG);

            var text = kept.text();
            assertThat(text).doesNotContain("muster_nonce").doesNotContain("orders\r\n");
            assertThat(text).doesNotContainPattern("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])");
        }
    }

    @Test
    void aShellThatIsKilledEndsTheStage() throws Exception {
        try (var terminal = given.open(kept)) {
            assertThat(terminal.run(stage("echo a; kill -9 $$; sleep 60"), LONG))
                    .isEqualTo(new StageEnd.ShellDied(137, "the shell was killed by signal 9"));
        }
        try (var terminal = given.open(kept)) {
            assertThat(terminal.run(last("kill -TERM $$; sleep 60"), LONG))
                    .isEqualTo(new StageEnd.ShellDied(143, "the shell was killed by signal 15"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStoppedStageReturnsToItsCaller(boolean last) throws Exception {
        try (var terminal = given.open(kept)) {
            var running =
                    new FutureTask<>(() -> terminal.run(script("echo up; sleep 60", last), LONG));
            Thread.ofVirtual().start(running);
            eventually("the stage runs", () -> kept.printed().contains("up"));

            terminal.stop();

            assertThat(running.get()).isEqualTo(new StageEnd.Stopped());
            assertThat(terminal.run(stage("true"), LONG)).isEqualTo(new StageEnd.Stopped());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingRunsInADirectoryThatWasSwapped(boolean last) throws Exception {
        var moved = given.home.resolve("moved");
        try (var terminal = given.open(kept)) {
            Files.move(given.workspace, moved);
            Files.createSymbolicLink(given.workspace, given.home);

            var end = terminal.run(script("touch ran", last), LONG);

            assertThat(end).isInstanceOf(StageEnd.ShellDied.class);
            assertThat(kept.text()).contains("nothing was run");
            assertThat(given.home.resolve("ran")).doesNotExist();
        }
    }

    @Test
    void aTerminalInADirectoryThatIsGoneDoesNotStart() throws Exception {
        try (var terminal = given.open(kept)) {
            Files.delete(given.workspace);

            assertThatThrownBy(() -> terminal.run(last("true"), LONG))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("No such file or directory");
        }
    }

    @Test
    void aBlockedOutputPausesTheProgram() throws Exception {
        var open = new CountDownLatch(1);
        TerminalOutput blocked =
                (bytes, from, length) -> {
                    if (new String(bytes, from, length, StandardCharsets.UTF_8).startsWith("y")) {
                        uninterruptibly(open);
                    }
                    kept.accept(bytes, from, length);
                };
        var count = given.workspace.resolve("count");
        var flood = "for i in {1..3000}; do printf 'y%.0s' {1..100}; echo $i > count; done";
        try (var terminal = given.open(blocked)) {
            var running = new FutureTask<>(() -> terminal.run(last(flood), LONG));
            Thread.ofVirtual().start(running);
            eventually("the program stands still", () -> standsStill(count));
            assertThat(Integer.parseInt(Files.readString(count).strip())).isLessThan(2000);

            open.countDown();

            assertThat(running.get()).isEqualTo(new StageEnd.Exited(0));
            assertThat(kept.printed()).hasSize(300_000);
        }
    }

    @Test
    void anOutputThatFailsEndsTheStage() throws Exception {
        var full = new IOException("full");
        TerminalOutput failing =
                (bytes, from, length) -> {
                    if (bytes[from] == 'y') {
                        throw full;
                    }
                };
        try (var terminal = given.open(failing)) {
            assertThat(terminal.run(last("yes"), LONG)).isEqualTo(new StageEnd.OutputLost(full));
        }
    }

    @Test
    void aPersonCanTypeAndInterruptWithoutEndingTheShell() throws Exception {
        try (var terminal = given.open(kept)) {
            var reading =
                    new FutureTask<>(
                            () ->
                                    terminal.run(
                                            stage("read -p '? ' a; echo got $a; sleep 60"), LONG));
            Thread.ofVirtual().start(reading);
            eventually("it asks", () -> kept.printed().contains("? "));
            terminal.resize(80, 24);
            terminal.keyboard().type("hello\r".getBytes(StandardCharsets.UTF_8));
            eventually("it heard", () -> kept.printed().contains("got hello"));
            terminal.keyboard().type(new byte[] {3});

            assertThat(reading.get()).isEqualTo(new StageEnd.Exited(130));
            terminal.run(stage("stty size"), LONG);
            assertThat(kept.printed()).isEqualTo("24 80\r\n");
        }
    }

    @Test
    void aBackgroundJobThatFloodsDoesNotKeepAStageFromEnding() throws Exception {
        try (var terminal = given.open(kept)) {
            assertThat(terminal.run(last("yes & sleep 0.2; exit 4"), LONG))
                    .isEqualTo(new StageEnd.Exited(4));
        }
    }

    @Test
    void thePromptShowsTheCommandAndObeysNoneOfIt() throws Exception {
        try (var terminal = given.open(kept)) {
            terminal.run(last("true '\033[2J\u009b\u202e'\n# ü"), LONG);

            assertThat(kept.text())
                    .startsWith(
                            "\033]133;A\007$ \033]133;B\007true '^[[2J\\u009b\\u202e'\r\n> # ü\r\n"
                                    + "\033]133;C\007");
        }
    }

    @Test
    void aCharacterCutInTwoArrivesWhole() throws Exception {
        try (var terminal = given.open(kept)) {
            terminal.run(last("printf '\\303'; sleep 0.1; printf '\\274'"), LONG);

            assertThat(kept.printed()).isEqualTo("ü");
        }
    }

    @Test
    void nothingOfATerminalStaysOnDisk() throws Exception {
        try (var terminal = given.open(kept)) {
            terminal.run(stage("true"), LONG);
        }
        try (var left = Files.list(given.home.resolve("terminals"))) {
            assertThat(left.map(p -> p.getFileName().toString())).containsExactly("driver.sh");
        }
    }

    private static StageScript script(String command, boolean last) {
        return last ? last(command) : stage(command);
    }

    private static void uninterruptibly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static boolean standsStill(Path count) throws Exception {
        if (!Files.exists(count)) {
            return false;
        }
        var before = Files.readString(count);
        Thread.sleep(200); // the length of the stillness that is looked for
        return !before.isBlank() && before.equals(Files.readString(count));
    }
}
