package dev.muster.worker.signal;

import dev.muster.worker.terminal.Terminals;
import dev.muster.worker.user.RunAs;
import dev.muster.worker.user.RunAsFailure;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The directory of the command {@code muster-signal}, and of the private directories of stages.
 * Made anew when the daemon starts. All directories stay the daemon's: a user that agents run as
 * may pass them and put nothing in them, so that no link is there when the daemon deletes.
 */
public final class SignalHome {

    // what a random name and the socket's own may add to a directory's path
    private static final int LONGEST_REST = "/run-12345678901234567890/s".length();

    private final Path directory;
    private final Optional<RunAs> user;

    private SignalHome(Path directory, Optional<RunAs> user) {
        this.directory = directory;
        this.user = user;
    }

    /**
     * Installs the command.
     *
     * @param directory the daemon's own; made if missing, mode 0700, with whatever a former daemon
     *     left in it deleted
     * @param user that agents run as, for whom the mode is 0711; the daemon's own if empty
     * @throws RunAsFailure if the user cannot run the command
     */
    public static SignalHome in(Path directory, Optional<RunAs> user)
            throws IOException, InterruptedException, RunAsFailure {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(permissions(Optional.empty())));
        Files.setPosixFilePermissions(directory, permissions(user));
        Terminals.empty(directory);
        var home = new SignalHome(directory.toRealPath(), user);
        Files.createDirectory(home.commands());
        Files.setPosixFilePermissions(home.commands(), permissions(user));
        Files.writeString(home.command(), script());
        Files.setPosixFilePermissions(home.command(), PosixFilePermissions.fromString("r-x------"));
        if (user.isPresent()) {
            // not given: an agent that changed it would change it for all that come after
            user.get().lend(home.command(), "r-xr-x---");
            user.get().requireRunning(home.command(), SignalCommand.MISUSED);
        }
        return home;
    }

    /** A user may pass and not look around. */
    private static Set<PosixFilePermission> permissions(Optional<RunAs> user) {
        return PosixFilePermissions.fromString(user.isPresent() ? "rwx--x--x" : "rwx------");
    }

    private Path command() {
        return commands().resolve("muster-signal");
    }

    /** Where the command is; belongs on the agent's path. */
    public Path commands() {
        return directory.resolve("bin");
    }

    /**
     * A new private directory of one stage, mode 0700, or 0711 for a user. In the system's
     * directory for temporary files where this one's path is too long for a socket.
     */
    public Path newDirectory() throws IOException {
        var bytes = directory.toString().getBytes(StandardCharsets.UTF_8).length + LONGEST_REST;
        var made =
                bytes <= SignalSocket.LONGEST_PATH
                        ? Files.createTempDirectory(directory, "run-")
                        : Files.createTempDirectory(Path.of("/tmp"), "muster-");
        Files.setPosixFilePermissions(made, permissions(user));
        return made;
    }

    /**
     * Writes what an agent reads, mode 0600.
     *
     * @param file in a directory that {@link #newDirectory} made
     */
    public void write(Path file, String text) throws IOException {
        var ownerOnly = PosixFilePermissions.fromString("rw-------");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(ownerOnly));
        Files.writeString(file, text);
        give(file);
    }

    /** Makes a file in such a directory the agent's and nobody's else. */
    public void give(Path file) throws IOException {
        if (user.isPresent()) {
            user.get().giveOne(file);
        }
    }

    /** Deletes a directory that {@link #newDirectory} made. */
    public static void delete(Path directory) throws IOException {
        Terminals.empty(directory);
        Files.deleteIfExists(directory);
    }

    private static String script() {
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        return """
        #!/bin/sh
        unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
        exec %s -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx16m -cp %s %s "$@"
        """
                .formatted(quoted(java), quoted(classes()), SignalCommand.class.getName());
    }

    private static Path classes() {
        try {
            var source = SignalCommand.class.getProtectionDomain().getCodeSource();
            return Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the class path is no file", e);
        }
    }

    private static String quoted(Path path) {
        return "'" + path.toString().replace("'", "'\\''") + "'";
    }
}
