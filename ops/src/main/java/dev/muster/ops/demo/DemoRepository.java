package dev.muster.ops.demo;

import dev.muster.ops.terminal.Complaint;

import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * The repository that the demonstration works on: a copy of Muster's own, never the original.
 *
 * @param path of the repository, bare
 * @param branch its default branch
 * @param origin what it is a copy of, in words
 */
record DemoRepository(Path path, String branch, String origin) {

    private static final String BRANCH = "main";

    /**
     * Makes it below {@code directory}: from the clone this Muster runs from, or from its sources.
     */
    static DemoRepository in(Path directory) {
        var path = directory.resolve("muster.git");
        var source = System.getProperty("muster.source");
        if (source != null && Files.exists(Path.of(source, ".git"))) {
            Git.run(
                    directory,
                    "clone",
                    "--quiet",
                    "--bare",
                    "--no-hardlinks",
                    source,
                    path.toString());
            // The branch of a detached checkout has no name of its own.
            Git.run(path, "branch", "--force", BRANCH, "HEAD");
            Git.run(path, "symbolic-ref", "HEAD", "refs/heads/" + BRANCH);
            return new DemoRepository(path, BRANCH, "this clone");
        }
        var tree = directory.resolve("sources");
        unpack(shippedSources(), tree);
        Git.run(tree, "init", "--quiet", "--initial-branch=" + BRANCH);
        Git.run(tree, "add", "--all");
        Git.run(
                tree,
                "-c",
                "user.name=Muster",
                "-c",
                "user.email=muster@localhost",
                "-c",
                "commit.gpgsign=false",
                "commit",
                "--quiet",
                "--no-verify",
                "--message=Muster as it was shipped");
        Git.run(directory, "clone", "--quiet", "--bare", tree.toString(), path.toString());
        return new DemoRepository(path, BRANCH, "the sources it ships");
    }

    private static Path shippedSources() {
        var home = System.getProperty("muster.home");
        if (home == null || !Files.exists(Path.of(home, "lib", "muster-sources.tar.gz"))) {
            throw new Complaint(
                    "the demonstration finds neither a clone nor shipped sources; start it with"
                            + " ops/muster or bin/muster");
        }
        return Path.of(home, "lib", "muster-sources.tar.gz");
    }

    private static void unpack(Path archive, Path into) {
        try (var tar =
                new TarArchiveInputStream(
                        new GZIPInputStream(
                                new BufferedInputStream(Files.newInputStream(archive))))) {
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                var target = into.resolve(entry.getName()).normalize();
                if (!target.startsWith(into) || entry.isDirectory()) {
                    continue;
                }
                Files.createDirectories(target.getParent());
                Files.copy(tar, target);
            }
        } catch (IOException e) {
            throw new Complaint(
                    "the shipped sources in " + archive + " cannot be unpacked: " + e, e);
        }
    }
}
