package dev.muster.worker.terminal;

import static dev.muster.worker.Eventually.eventually;
import static dev.muster.worker.terminal.TerminalsUnderTest.last;
import static dev.muster.worker.terminal.TerminalsUnderTest.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.worker.terminal.TerminalsUnderTest.Kept;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

class StageLimitsTest {

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
    void aStageThatRunsTooLongIsEndedWithAllItsProcesses(boolean last) throws Exception {
        var limit = Duration.ofMillis(200);
        try (var terminal = given.open(kept)) {
            var end =
                    terminal.run(
                            script("trap '' TERM; echo $BASHPID; while :; do sleep 7; done", last),
                            Limits.of(limit));

            assertThat(end).isEqualTo(new StageEnd.TimedOut(limit));
            long pid = Long.parseLong(kept.printed().lines().findFirst().orElseThrow());
            eventually("the stage is dead", () -> ProcessHandle.of(pid).isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStageThatFallsSilentIsEndedWithAllItsProcesses(boolean last) throws Exception {
        var silence = Duration.ofMillis(400);
        var limits = new Limits(Duration.ofSeconds(60), silence);
        try (var terminal = given.open(kept)) {
            var end =
                    terminal.run(
                            script(
                                    "echo $BASHPID; for i in 1 2 3 4 5 6 7 8; do sleep 0.1; echo;"
                                            + " done; echo last; sleep 600",
                                    last),
                            limits);

            assertThat(end).isEqualTo(new StageEnd.FellSilent(silence));
            assertThat(kept.printed()).contains("last");
            long pid = Long.parseLong(kept.printed().lines().findFirst().orElseThrow());
            eventually("the stage is dead", () -> ProcessHandle.of(pid).isEmpty());
        }
    }

    @Test
    void aStageWhoseOutputIsBlockedIsNotSilent() throws Exception {
        var open = new CountDownLatch(1);
        TerminalOutput blocked =
                (bytes, from, length) -> {
                    if (new String(bytes, from, length, StandardCharsets.UTF_8).startsWith("y")) {
                        await(open);
                    }
                    kept.accept(bytes, from, length);
                };
        var limits = new Limits(Duration.ofSeconds(60), Duration.ofMillis(300));
        try (var terminal = given.open(blocked)) {
            var running = new FutureTask<>(() -> terminal.run(last("echo y; exit 3"), limits));
            Thread.ofVirtual().start(running);
            assertThatThrownBy(() -> running.get(900, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);

            open.countDown();

            assertThat(running.get()).isEqualTo(new StageEnd.Exited(3));
        }
    }

    private static StageScript script(String command, boolean last) {
        return last ? last(command) : stage(command);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
