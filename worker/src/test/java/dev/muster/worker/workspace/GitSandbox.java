package dev.muster.worker.workspace;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.Given;
import dev.muster.worker.TestConfig;
import dev.muster.worker.WorkerConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A directory with a real repository in it, a worker's data beside it, and a git for the agent. */
final class GitSandbox {

    final Path root;
    final Path allowed;
    final Path source;
    final Path data;
    final Path canary;

    /** Leaves a trace if anything ever runs it. */
    final Path trap;

    /** By this clock workspaces grow old. */
    Instant now = Instant.parse("2026-01-01T00:00:00Z");

    GitSandbox(Path directory) throws IOException {
        root = directory.toRealPath();
        allowed = Files.createDirectory(root.resolve("allowed"));
        data = root.resolve("data");
        canary = root.resolve("canary");
        trap = script("trap", "touch " + canary + "\ncat");
        source = newRepository("source");
        write(source, "readme.txt", "one\ntwo\n");
        commit(source, "first");
    }

    Workspaces open() {
        return open("git");
    }

    Workspaces open(String gitProgram) {
        return Workspaces.open(config(), Optional.empty(), () -> now, gitProgram);
    }

    /** With a budget for workspaces of ended attempts. */
    Workspaces open(long budget) {
        var usual = WorkerConfig.Disk.DEFAULT;
        var disk =
                new WorkerConfig.Disk(
                        usual.floor(),
                        usual.keepCompleted(),
                        usual.keepFailed(),
                        usual.keepWork(),
                        Optional.of(budget));
        return Workspaces.open(config(disk), Optional.empty(), () -> now);
    }

    WorkerConfig config() {
        return config(WorkerConfig.Disk.DEFAULT);
    }

    private WorkerConfig config(WorkerConfig.Disk disk) {
        return new TestConfig(URI.create("http://127.0.0.1:9000"), data)
                .repositories(allowed)
                .killGrace(Duration.ofSeconds(5))
                .disk(disk)
                .build();
    }

    Path newRepository(String name) throws IOException {
        var path = allowed.resolve(name);
        git(allowed, "init", "-q", "-b", "main", name);
        return path;
    }

    Path script(String name, String body) throws IOException {
        var file = root.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + file + " executable");
        }
        return file;
    }

    static void write(Path directory, String name, String text) throws IOException {
        var file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    String commit(Path repository, String message) throws IOException {
        git(repository, "add", "-A");
        git(repository, "commit", "-q", "-m", message);
        return git(repository, "rev-parse", "HEAD");
    }

    Assignment assignment(long task) {
        return assignment(task, source.toString(), null);
    }

    Assignment assignment(long task, @Nullable String repoUrl, @Nullable String branch) {
        return given(repoUrl).branch(branch).under(new LeaseRef(task, 1, 1));
    }

    /** Attempt {@code number} of the task, which goes on in the workspace of the first. */
    Assignment continuing(long task, int number) {
        return given(source.toString()).continuing(1, 0).under(new LeaseRef(task, number, number));
    }

    static Given given(@Nullable String repoUrl) {
        return Given.anything().repository(repoUrl);
    }

    /** What a person's or an agent's own git does; fails loudly. */
    String git(Path directory, String... arguments) throws IOException {
        return git(
                directory,
                Map.of(
                        "GIT_AUTHOR_NAME", "Someone",
                        "GIT_AUTHOR_EMAIL", "someone@example.org",
                        "GIT_COMMITTER_NAME", "Someone",
                        "GIT_COMMITTER_EMAIL", "someone@example.org"),
                arguments);
    }

    String git(Path directory, Map<String, String> environment, String... arguments)
            throws IOException {
        var command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("HOME", root.toString());
        builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
        builder.environment().putAll(environment);
        var process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command + " failed: " + output);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return output.strip();
    }

    List<String> names(String directory) throws IOException {
        try (Stream<Path> entries = Files.list(data.resolve(directory))) {
            return entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
        }
    }
}
