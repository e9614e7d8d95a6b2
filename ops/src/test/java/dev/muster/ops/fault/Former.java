package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.muster.ops.harness.Started;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The version before this one: the newest that does not know the newest migration. */
final class Former {

    private static final String MIGRATIONS = "coordinator/src/main/resources/db/migration";
    private static final Duration BUILD = Duration.ofMinutes(15);

    private Former() {}

    /**
     * Builds it, from the project's history; the test is aborted where that is not at hand.
     *
     * @param directory gets its sources
     * @return its distribution
     */
    static Path distribution(Path directory) throws IOException, InterruptedException {
        var project = Path.of("").toAbsolutePath().getParent();
        var newest =
                start(
                        project,
                        "git",
                        "log",
                        "-1",
                        "--diff-filter=A",
                        "--format=%H",
                        "--",
                        MIGRATIONS);
        assumeTrue(newest.awaitExit(BUILD) == 0, "no history here: " + newest.output());
        var commit = newest.output().strip() + "^";
        var parent = start(project, "git", "rev-parse", "--verify", "--quiet", commit);
        assumeTrue(parent.awaitExit(BUILD) == 0, "the history here begins with this version");
        expect(
                start(
                        project,
                        "git",
                        "clone",
                        "--quiet",
                        "--no-checkout",
                        ".",
                        directory.toString()));
        expect(start(directory, "git", "checkout", "--quiet", parent.output().strip()));
        expect(start(directory, "ops/muster", "--version"));
        var builds = directory.resolve("ops/target/launch");
        return builds.resolve(Files.readString(builds.resolve("current")).strip());
    }

    private static Started start(Path directory, String... command) throws IOException {
        return new Started(new ProcessBuilder(command).directory(directory.toFile()));
    }

    private static void expect(Started done) throws InterruptedException {
        assertThat(done.awaitExit(BUILD)).as(done.output()).isZero();
    }
}
