package dev.muster.worker.terminal;

import static dev.muster.worker.terminal.TerminalsUnderTest.LONG;
import static dev.muster.worker.terminal.TerminalsUnderTest.last;
import static dev.muster.worker.terminal.TerminalsUnderTest.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.worker.terminal.TerminalsUnderTest.Kept;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A machine without bash: the same driver in whatever /bin/sh is. */
class PlainShellTest {

    @TempDir Path home;
    private TerminalsUnderTest given;
    private final Kept kept = new Kept();

    @BeforeEach
    void open() throws Exception {
        given = new TerminalsUnderTest(home, List.of("/bin/sh"));
    }

    @AfterEach
    void close() {
        given.close();
    }

    @Test
    void stagesRunAloneAndEndWithTheirStatus() throws Exception {
        try (var terminal = given.open(kept)) {
            assertThat(terminal.run(stage("cd /; x=1; stty size; exit 7"), LONG))
                    .isEqualTo(new StageEnd.Exited(7));
            assertThat(kept.printed()).isEqualTo("30 120\r\n");
            assertThat(terminal.run(stage("pwd -P; echo ${x-none}; set"), LONG))
                    .isEqualTo(new StageEnd.Exited(0));
            assertThat(kept.printed())
                    .startsWith(given.workspace + "\r\nnone\r\n")
                    .doesNotContain("nonce");
        }
    }

    @Test
    void aStageThatIsTheWholeAttemptRunsInPlace() throws Exception {
        try (var terminal = given.open(kept)) {
            assertThat(terminal.run(last("stty size; exit 7"), LONG))
                    .isEqualTo(new StageEnd.Exited(7));
            assertThat(kept.printed()).isEqualTo("30 120\r\n");
        }
    }

    @Test
    void nothingRunsInADirectoryThatWasSwapped() throws Exception {
        try (var first = given.open(kept);
                var second = given.open(kept)) {
            Files.move(given.workspace, given.home.resolve("moved"));
            Files.createSymbolicLink(given.workspace, given.home);

            assertThat(first.run(last("touch ran"), LONG)).isInstanceOf(StageEnd.ShellDied.class);
            assertThat(second.run(stage("touch ran"), LONG)).isInstanceOf(StageEnd.ShellDied.class);
            assertThat(given.home.resolve("ran")).doesNotExist();
        }
    }
}
