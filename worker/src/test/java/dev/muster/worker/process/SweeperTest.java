package dev.muster.worker.process;

import static dev.muster.worker.Eventually.eventually;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Its processes are real: each started by setsid(1), so that it leads a session as a shell does.
 */
class SweeperTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private static final Duration SHORT = Duration.ofMillis(100);

    @TempDir Path home;
    private final Sweeper sweeper = new Sweeper(Duration.ofMillis(300), Duration.ofMillis(100));
    private Cookie.Family family;

    @BeforeEach
    void family() throws Exception {
        family = Cookie.Family.of(home);
    }

    @AfterEach
    void close() throws Exception {
        sweeper.close();
        sweeper.reap(family);
    }

    @Test
    void nothingOfAHostileTreeSurvives() throws Exception {
        var tree =
                started(
                        """
                        trap '' TERM HUP
                        note() { echo $BASHPID >> "$PIDS"; exec sleep 300; }
                        (note) &
                        setsid bash -c 'trap "" TERM HUP; echo $$ >> "$PIDS"; sleep 300; sleep 300' &
                        (setsid bash -c '(echo $BASHPID >> "$PIDS"; exec nohup sleep 300) & ') &
                        nohup bash -c 'echo $$ >> "$PIDS"; exec sleep 300' >/dev/null 2>&1 &
                        env -i PIDS="$PIDS" bash -c 'echo $$ >> "$PIDS"; exec sleep 300' &
                        env -i PIDS="$PIDS" setsid bash -c 'echo $$ >> "$PIDS"; sleep 300; :' &
                        echo $$ >> "$PIDS"
                        wait; while :; do sleep 300; done
                        """);
        eventually("all have started", () -> pids().size() == 7);

        sweeper.end(tree);

        assertThat(sweeper.awaitGone(tree, LONG)).isTrue();
        var dead = Set.copyOf(pids());
        assertThat(ProcessTable.read().closureOf(p -> dead.contains(p.pid()))).isEmpty();
    }

    @RepeatedTest(5)
    void aTreeThatForksFasterThanItIsKilledEndsToo() throws Exception {
        var tree =
                started(
                        """
                        trap '' TERM
                        breed() { (( EPOCHSECONDS < UNTIL )) || exit; trap '' TERM; sleep 0.02; setsid bash -c "$(declare -f breed); breed" & exit; }
                        export UNTIL=$((EPOCHSECONDS + 60))
                        for i in 1 2 3; do breed & done
                        echo $$ >> "$PIDS"; wait; sleep 300
                        """);
        eventually("it breeds", () -> !pids().isEmpty());

        sweeper.end(tree);

        assertThat(sweeper.awaitGone(tree, LONG)).isTrue();
        assertThat(withCookie(tree.cookie())).isEmpty();
    }

    @Test
    void whatAsksForGraceGetsIt() throws Exception {
        var tree =
                started(
                        """
                        trap 'echo bye > "$PIDS.bye"; exit' TERM
                        echo $$ >> "$PIDS"; while :; do sleep 0.01; done
                        """);
        eventually("it waits", () -> !pids().isEmpty());

        sweeper.end(tree);

        assertThat(sweeper.awaitGone(tree, LONG)).isTrue();
        assertThat(home.resolve("pids.bye")).exists();
    }

    @Test
    void aGraceMayBeShortenedWhenTheEndHasBegunAndIsNeverProlonged() throws Exception {
        try (var patient = new Sweeper(LONG.multipliedBy(2), Duration.ofMillis(100))) {
            var cookie = family.next();
            var script = "trap '' TERM; echo $$ >> \"$PIDS\"; while :; do sleep 1; done";
            var tree = new ProcessTree(start(script, cookie).pid(), cookie);
            patient.started(tree);
            eventually("it runs", () -> !pids().isEmpty());
            patient.end(tree);

            patient.end(tree, Duration.ofMillis(50));
            patient.end(tree);

            assertThat(patient.awaitGone(tree, LONG)).isTrue();
        }
    }

    /** It waits for a file system that was frozen, and hears of no signal meanwhile. */
    @Test
    void whatCannotBeKilledIsWaitedForNoLongerAndNamed() throws Exception {
        var image = home.resolve("image");
        var disk = Files.createDirectory(home.resolve("disk"));
        assumeTrue(
                run("truncate", "-s", "8M", image.toString())
                        && run("mkfs.ext4", "-q", image.toString())
                        && run("mount", "-o", "loop", image.toString(), disk.toString()),
                "only root may mount a disk");
        try {
            assumeTrue(run("fsfreeze", "--freeze", disk.toString()), "it cannot be frozen");
            var tree = started("echo $$ >> \"$PIDS\"; exec touch '" + disk + "/file'");
            eventually("it hangs", () -> !pids().isEmpty() && isStuck(tree.leader()));

            sweeper.end(tree);
            var named = tree.leader() + " (touch) D";
            eventually(
                    "it is given up and named",
                    () -> sweeper.awaitGone(Set.of(tree.cookie()), SHORT).contains(named));

            run("fsfreeze", "--unfreeze", disk.toString());
            assertThat(sweeper.awaitGone(Set.of(tree.cookie()), LONG)).isEmpty();
        } finally {
            run("fsfreeze", "--unfreeze", disk.toString());
            run("umount", disk.toString());
        }
    }

    private static boolean isStuck(long pid) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pid), "stat")).contains("(touch) D");
    }

    private static boolean run(String... command) throws Exception {
        try {
            var process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor() == 0;
        } catch (IOException _) {
            return false; // there is no such program
        }
    }

    @Test
    void othersAreLeftAlone() throws Exception {
        var ended = started("echo $$ >> \"$PIDS\"; sleep 300");
        var other = started("echo $$ >> \"$PIDS\"; sleep 300");
        eventually("both run", () -> pids().size() == 2);

        sweeper.end(ended);
        sweeper.awaitGone(ended, LONG);

        assertThat(ProcessHandle.of(other.leader())).isPresent();
        assertThat(ProcessHandle.current().isAlive()).isTrue();
    }

    @Test
    void theNextDaemonEndsWhatItsPredecessorLeftAndNothingElse(@TempDir Path elsewhere)
            throws Exception {
        var left = start("setsid sleep 300 & echo $$ >> \"$PIDS\"; sleep 300; :", family.next());
        var foreign = start("echo $$ >> \"$PIDS\"; sleep 300", Cookie.Family.of(elsewhere).next());
        eventually("both run", () -> pids().size() == 2);

        assertThat(sweeper.reap(family)).isGreaterThanOrEqualTo(2);

        assertThat(left.isAlive()).isFalse();
        assertThat(foreign.isAlive()).isTrue();
        assertThat(sweeper.reap(family)).isZero();
        foreign.destroyForcibly();
    }

    @Test
    void closingEndsWhatStillRuns() throws Exception {
        var tree = started("trap '' TERM; echo $$ >> \"$PIDS\"; while :; do sleep 1; done");
        eventually("it runs", () -> !pids().isEmpty());

        sweeper.close();

        assertThat(withCookie(tree.cookie())).isEmpty();
    }

    @Test
    void whatGaveUpParentSessionAndEnvironmentIsFoundInItsControlGroup() throws Exception {
        var groups = ControlGroups.ofThisDaemon();
        assumeTrue(groups.isPresent(), "this daemon may not make control groups here");
        try (var contained = new Sweeper(Duration.ofMillis(300), Duration.ofMillis(100), groups)) {
            var cookie = family.next();
            var script =
                    """
                    echo $$ > '%s'
                    hide='trap "" TERM; echo $$ >> "$PIDS"; while :; do sleep 300; done'
                    (setsid env -i PIDS="$PIDS" bash -c "(bash -c '$hide') & " &)
                    echo $$ >> "$PIDS"; exec sleep 300
                    """
                            .formatted(contained.group(cookie).orElseThrow());
            var tree = new ProcessTree(start(script, cookie).pid(), cookie);
            contained.started(tree);
            eventually("both run", () -> pids().size() == 2);

            contained.end(tree);

            assertThat(contained.awaitGone(tree, LONG)).isTrue();
            // the first of them is this JVM's child, which reaps it in its own time
            eventually(
                    "both are gone",
                    () -> pids().stream().allMatch(pid -> ProcessHandle.of(pid).isEmpty()));
        }
    }

    @Test
    void whatHidesInAControlGroupIsReapedByTheNextDaemon() throws Exception {
        var groups = ControlGroups.ofThisDaemon();
        assumeTrue(groups.isPresent(), "this daemon may not make control groups here");
        var group = groups.get().make(family.next());
        var script = "echo $$ > '%s'; echo $$ >> \"$PIDS\"; exec env -i sleep 300".formatted(group);
        var hidden = start(script, Cookie.Family.of(home).next());
        eventually("it hides", () -> environmentOf(hidden).isEmpty());

        try (var next = new Sweeper(Duration.ofMillis(300), Duration.ofMillis(100), groups)) {
            assertThat(next.reap(family)).isPositive();
        }

        assertThat(hidden.waitFor()).isNotZero();
        assertThat(group.getParent()).doesNotExist();
    }

    private static String environmentOf(Process process) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(process.pid()), "environ"));
    }

    private ProcessTree started(String script) throws IOException {
        var cookie = family.next();
        var tree = new ProcessTree(start(script, cookie).pid(), cookie);
        sweeper.started(tree);
        return tree;
    }

    private Process start(String script, Cookie cookie) throws IOException {
        var builder = new ProcessBuilder("setsid", "bash", "-c", script);
        builder.environment().put(Cookie.VARIABLE, cookie.value());
        builder.environment().put("PIDS", home.resolve("pids").toString());
        return builder.inheritIO().redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    private List<Long> pids() throws IOException {
        var file = home.resolve("pids");
        if (!Files.exists(file)) {
            return List.of();
        }
        return Files.readAllLines(file).stream().map(Long::valueOf).toList();
    }

    private static List<RunningProcess> withCookie(Cookie cookie) {
        return ProcessTable.read().closureOf(p -> p.cookie().filter(cookie::equals).isPresent());
    }
}
