package dev.muster.worker.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What every kind of terminal must do; the one that is not used on this system too. */
class PtyTest {

    enum Kind {
        SPAWNED,
        FORKED;

        Pty start(List<String> command, Path directory) throws IOException {
            var environment = Map.of("PATH", "/usr/bin:/bin");
            return this == SPAWNED
                    ? SpawnedPty.start(command, environment, directory, 120, 30)
                    : ForkedPty.start(command, environment, directory, 120, 30);
        }
    }

    private record Result(String printed, Pty.Exit exit) {}

    @TempDir Path home;

    @ParameterizedTest
    @EnumSource
    void aProgramRunsInItsDirectoryWithAControllingTerminalAndNothingElse(Kind kind)
            throws Exception {
        var result =
                run(
                        kind,
                        "pwd -P; test -c /dev/tty && : </dev/tty && echo tty; env | cut -d= -f1 |"
                                + " sort; ls -1 /proc/$$/fd; :");

        assertThat(result.printed().lines())
                .containsExactly(
                        home.toRealPath().toString(),
                        "tty",
                        "PATH",
                        "PWD",
                        "SHLVL",
                        "_",
                        "0",
                        "1",
                        "2");
        assertThat(result.exit().status()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void theStatusIsTheProgramsOrTellsItsSignal(Kind kind) throws Exception {
        assertThat(run(kind, "exit 7").exit().status()).isEqualTo(7);
        assertThat(run(kind, "kill -9 $$").exit().status()).isEqualTo(137);
    }

    @ParameterizedTest
    @EnumSource
    void everythingPrintedBeforeTheExitIsRead(Kind kind) throws Exception {
        assertThat(run(kind, "seq 100000").printed()).hasSize(688_895).endsWith("100000\r\n");
        for (int i = 0; i < 50; i++) {
            assertThat(run(kind, "echo end").printed()).isEqualTo("end\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aJobThatKeepsTheTerminalOpenDoesNotKeepTheEndAway(Kind kind) throws Exception {
        assertThat(run(kind, "trap '' HUP; sleep 3 & echo out").printed()).isEqualTo("out\r\n");
    }

    @ParameterizedTest
    @EnumSource
    void aProgramThatClosesItsTerminalIsWaitedFor(Kind kind) throws Exception {
        var result = run(kind, "exec </dev/null >/dev/null 2>&1; sleep 0.3; exit 5");

        assertThat(result.exit().status()).isEqualTo(5);
    }

    /** pty4j sets the size only once the program runs, which may have asked for it by then. */
    @Test
    void aSpawnedProgramFindsTheSizeFromTheStart() throws Exception {
        assertThat(run(Kind.SPAWNED, "stty size").printed()).isEqualTo("30 120\r\n");
    }

    @Test
    void aSpawnedProgramIgnoresAndBlocksNoSignal() throws Exception {
        var result = run(Kind.SPAWNED, "grep -E 'Sig(Blk|Ign)' /proc/self/status");

        // 32 and 33 are glibc's own, which it ignores in whatever it spawns
        assertThat(result.printed().lines())
                .containsExactly("SigBlk:\t0000000000000000", "SigIgn:\t0000000180000000");
    }

    @Test
    void aProgramThatCannotStartIsToldAndLeavesNothingOpen() throws Exception {
        var before = Path.of("/proc/self/fd").toFile().list().length;
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> Kind.SPAWNED.start(List.of("/no/shell"), home))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("/no/shell");
        }
        assertThat(Path.of("/proc/self/fd").toFile().list().length).isLessThan(before + 10);
    }

    private Result run(Kind kind, String script) throws IOException {
        var pty = kind.start(List.of("/bin/bash", "--noprofile", "--norc", "-c", script), home);
        var printed = new ByteArrayOutputStream();
        var chunk = new byte[8192];
        for (int count = pty.read(chunk); count >= 0; count = pty.read(chunk)) {
            printed.write(chunk, 0, count);
        }
        var exit = pty.reap();
        pty.close();
        return new Result(printed.toString(StandardCharsets.UTF_8), exit);
    }
}
