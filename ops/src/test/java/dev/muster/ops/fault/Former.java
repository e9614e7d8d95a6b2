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
        var newest = git(project, "log", "-1", "--format=%H", "--", MIGRATIONS);
        assumeTrue(newest.awaitExit(BUILD) == 0, "no history here: " + newest.output());
        var commit = newest.output().strip() + "^";
        var parent = git(project, "rev-parse", "--verify", "--quiet", commit);
        assumeTrue(parent.awaitExit(BUILD) == 0, "the history here begins with this version");
        expect(git(project, "clone", "--quiet", "--no-checkout", ".", directory.toString()));
        expect(git(directory, "checkout", "--quiet", parent.output().strip()));
        expect(start(directory, "ops/muster", "--version"));
        var builds = directory.resolve("ops/target/launch");
        return builds.resolve(Files.readString(builds.resolve("current")).strip());
    }

    private static Started git(Path directory, String... arguments) throws IOException {
        var command = new String[arguments.length + 1];
        command[0] = "git";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return start(directory, command);
    }

    private static Started start(Path directory, String... command) throws IOException {
        return new Started(new ProcessBuilder(command).directory(directory.toFile()));
    }

    private static void expect(Started done) throws InterruptedException {
        assertThat(done.awaitExit(BUILD)).as(done.output()).isZero();
    }
}
