package dev.muster.worker.workspace;

import dev.muster.worker.user.RunAs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs the git program: arguments as a list and never a shell, an environment made from nothing,
 * bounded output, and no child left behind.
 */
final class Git {

    /** What no config file may decide. These win over every file git reads. */
    private static final List<String> SETTINGS =
            List.of(
                    "core.hooksPath=/dev/null",
                    "core.fsmonitor=false",
                    "core.untrackedCache=false",
                    "core.attributesFile=/dev/null",
                    "core.excludesFile=/dev/null",
                    "core.alternateRefsCommand=true",
                    "core.askPass=/bin/false",
                    "core.editor=/bin/false",
                    "core.pager=cat",
                    "core.commitGraph=false",
                    "core.multiPackIndex=false",
                    "credential.helper=",
                    "protocol.allow=never",
                    "protocol.ext.allow=never",
                    "safe.bareRepository=explicit",
                    "submodule.recurse=false",
                    "fetch.recurseSubmodules=false",
                    "http.followRedirects=false",
                    "transfer.bundleURI=false",
                    "gc.auto=0",
                    "maintenance.auto=0",
                    "advice.detachedHead=false",
                    "advice.pushUpdateRejected=false",
                    "color.ui=false");

    /** Never asks, never shares a connection with a person's own ssh, never forwards anything. */
    private static final String SSH =
            "ssh -oBatchMode=yes -oControlMaster=no -oControlPath=none -oForwardAgent=no"
                    + " -oClearAllForwardings=yes -oPermitLocalCommand=no -oConnectTimeout=20";

    static final int MOST_OUTPUT = 256 * 1024;
    private static final int MOST_COMPLAINT = 8 * 1024;

    private final String program;
    private final Path home;
    private final Optional<RunAs> user;

    /**
     * @param program the git to run
     * @param home a private empty directory: its HOME, and where it runs
     */
    Git(String program, Path home) {
        this(program, home, Optional.empty());
    }

    private Git(String program, Path home, Optional<RunAs> user) {
        this.program = program;
        this.home = home;
        this.user = user;
    }

    /** The same with the rights of {@code user}, for what an agent may have written. */
    Git as(RunAs other) {
        return new Git(program, home, Optional.of(other));
    }

    /**
     * Runs one call to its end.
     *
     * @return what it wrote, at most 256 KiB of it
     * @throws GitFailure if it exits with anything but 0, or takes too long
     * @throws InterruptedException if this thread is interrupted; git is gone by then
     */
    String run(GitCall call) throws InterruptedException {
        return new String(bytes(call), StandardCharsets.UTF_8);
    }

    /** The same, where what it writes may be in any encoding. */
    byte[] bytes(GitCall call) throws InterruptedException {
        var end = end(call);
        if (end.status() != 0) {
            throw new GitFailure(
                    "git could not " + call.doing() + ": " + Complaint.tidied(end.complaint()));
        }
        return end.output();
    }

    /** How a call ended by itself. */
    record End(int status, byte[] output, String complaint) {}

    /** The same, where another status than 0 is an answer too. */
    End end(GitCall call) throws InterruptedException {
        Process process = start(call);
        var output = Drain.of(process.getInputStream(), MOST_OUTPUT);
        var complaint = Drain.of(process.getErrorStream(), MOST_COMPLAINT);
        boolean ended = false;
        try {
            ended = process.waitFor(call.atMost().toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (!ended) {
                killTree(process);
            }
        }
        if (!ended) {
            throw new GitFailure(
                    "git could not %s within %d s."
                            .formatted(call.doing(), call.atMost().toSeconds()));
        }
        return new End(process.exitValue(), output.bytes(), complaint.text());
    }

    private Process start(GitCall call) {
        var command = new ArrayList<String>();
        command.add(program);
        for (var setting : SETTINGS) {
            command.add("-c");
            command.add(setting);
        }
        if (call.token().isPresent()) {
            command.addAll(GitLogin.settings());
        }
        command.add("--git-dir=" + call.repository());
        call.workTree().ifPresent(files -> command.add("--work-tree=" + files));
        command.addAll(call.arguments());
        // the environment is made from nothing, so it may be in effect before the rights are gone
        var builder =
                new ProcessBuilder(launch(command, call))
                        .directory(user.isPresent() ? Path.of("/").toFile() : home.toFile());
        call.pipes()
                .ifPresent(
                        pipes -> {
                            builder.redirectInput(pipes.input().toFile());
                            pipes.output().map(Path::toFile).ifPresent(builder::redirectOutput);
                        });
        builder.environment().clear();
        builder.environment().putAll(environment(call.transport()));
        try {
            Process process = builder.start();
            give(call, process);
            return process;
        } catch (IOException e) {
            throw new WorkspaceFailure(
                    "git could not " + call.doing() + ", since it could not be started.", e);
        }
    }

    private List<String> launch(List<String> command, GitCall call) {
        if (call.token().isEmpty()) {
            return user.map(one -> one.command(command)).orElse(command);
        }
        if (user.isPresent()) {
            throw new IllegalStateException("a token is for the daemon's own git alone");
        }
        return GitLogin.command(command);
    }

    private static void give(GitCall call, Process process) throws IOException {
        try (var pipe = process.getOutputStream()) {
            if (call.token().isPresent()) {
                GitLogin.give(call.token().get(), pipe);
            }
        } catch (IOException e) {
            if (process.isAlive()) {
                process.destroyForcibly();
                throw e;
            }
            // it has ended, and its status and its words say why
        }
    }

    private Map<String, String> environment(Transport transport) {
        return Map.ofEntries(
                Map.entry(
                        "PATH", Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin")),
                Map.entry("HOME", home.toString()),
                Map.entry("LC_ALL", "C"),
                Map.entry("GIT_CONFIG_NOSYSTEM", "1"),
                Map.entry("GIT_CONFIG_GLOBAL", "/dev/null"),
                Map.entry("GIT_ATTR_NOSYSTEM", "1"),
                Map.entry("GIT_TERMINAL_PROMPT", "0"),
                Map.entry("GIT_ASKPASS", "/bin/false"),
                Map.entry("SSH_ASKPASS", "/bin/false"),
                Map.entry("SSH_ASKPASS_REQUIRE", "never"),
                Map.entry("GIT_SSH_COMMAND", SSH),
                Map.entry("GIT_SSH_VARIANT", "ssh"),
                Map.entry("GIT_ALLOW_PROTOCOL", transport.protocol),
                Map.entry("GIT_PROTOCOL_FROM_USER", "0"),
                Map.entry("GIT_NO_REPLACE_OBJECTS", "1"),
                Map.entry("GIT_OPTIONAL_LOCKS", "0"),
                Map.entry("GIT_PAGER", "cat"));
    }

    /** The list is taken while the root lives; once it is dead, its children answer to nobody. */
    private static void killTree(Process root) {
        var tree = root.descendants().toList();
        root.destroyForcibly();
        for (var child : tree) {
            child.descendants().forEach(ProcessHandle::destroyForcibly);
            child.destroyForcibly();
        }
    }
}
