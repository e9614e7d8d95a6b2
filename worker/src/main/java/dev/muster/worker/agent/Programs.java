package dev.muster.worker.agent;

import dev.muster.worker.user.RunAs;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs of agents on this machine. */
public final class Programs {

    private static final Logger log = LoggerFactory.getLogger(Programs.class);

    private static final Duration PROBE = Duration.ofSeconds(15);
    private static final int LONGEST_VERSION = 200;

    private Programs() {}

    /**
     * The agent types whose programs are here and tell their version, by name. Takes as long as
     * they do, at most 15 s each.
     *
     * @param user with whose rights they are asked; the daemon's own if empty
     */
    public static List<String> present(AgentTypes types, Optional<RunAs> user)
            throws InterruptedException {
        var present = new ArrayList<String>();
        for (var type : types.all()) {
            var program = find(type.program());
            if (program.isPresent() && answers(type, program.get(), user)) {
                present.add(type.name());
            }
        }
        return present;
    }

    /** The absolute path of a program, by its path or by its name on the daemon's own path. */
    public static Optional<Path> find(String program) {
        try {
            if (program.contains("/")) {
                return Optional.of(Path.of(program).toAbsolutePath()).filter(Programs::isProgram);
            }
            var path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
            return Stream.of(path.split(":"))
                    .filter(directory -> !directory.isEmpty())
                    .map(directory -> Path.of(directory, program).toAbsolutePath())
                    .filter(Programs::isProgram)
                    .findFirst();
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }

    private static boolean isProgram(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path);
    }

    private static boolean answers(AgentType type, Path program, Optional<RunAs> user)
            throws InterruptedException {
        if (type.probe().isEmpty() && user.isEmpty()) {
            log.info("agent found type={} program={}", type.name(), program);
            return true;
        }
        @Nullable Path said = null;
        try {
            said = Files.createTempFile("muster-probe-", "");
            var process = probing(probe(type, program), said, user).start();
            if (!process.waitFor(PROBE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                log.warn(
                        "agent does not tell its version type={} program={}", type.name(), program);
                return false;
            }
            var version = firstLine(said);
            log.info(
                    "agent probed type={} program={} status={} version={}",
                    type.name(),
                    program,
                    process.exitValue(),
                    version);
            return process.exitValue() == 0;
        } catch (IOException e) {
            log.warn("agent cannot be started type={} program={}", type.name(), program, e);
            return false;
        } finally {
            delete(said);
        }
    }

    private static List<String> probe(AgentType type, Path program) {
        if (type.probe().isEmpty()) {
            return List.of("/bin/sh", "-c", "[ -x \"$0\" ]", program.toString());
        }
        var command = new ArrayList<>(List.of(program.toString()));
        command.addAll(type.command().subList(1, type.command().size()));
        command.addAll(type.probe());
        return command;
    }

    // whoever installed it may be the user, so it never runs with root's rights
    private static ProcessBuilder probing(List<String> command, Path said, Optional<RunAs> user) {
        var probing =
                new ProcessBuilder(user.map(one -> one.command(command)).orElse(command))
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile());
        // the daemon's own, such as its token, are no agent's business
        probing.environment().keySet().removeIf(name -> name.startsWith("MUSTER_"));
        if (user.isPresent()) {
            probing.directory(Path.of("/").toFile());
            probing.environment().putAll(user.get().variables());
        }
        return probing;
    }

    private static String firstLine(Path said) throws IOException {
        try (var input = Files.newInputStream(said)) {
            var bytes = input.readNBytes(LONGEST_VERSION);
            var text = new String(bytes, StandardCharsets.UTF_8);
            return text.lines().findFirst().orElse("").replaceAll("\\p{Cntrl}", "?");
        }
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.debug("a temporary file stays behind", e);
        }
    }
}
