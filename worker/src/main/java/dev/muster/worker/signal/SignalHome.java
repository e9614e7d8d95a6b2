package dev.muster.worker.signal;

import dev.muster.worker.terminal.Terminals;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The directory of the command {@code muster-signal}, and of the private directories of stages.
 * Made anew when the daemon starts.
 */
public final class SignalHome {

    // what a random name and the socket's own may add to a directory's path
    private static final int LONGEST_REST = "/run-12345678901234567890/s".length();

    private final Path directory;

    private SignalHome(Path directory) {
        this.directory = directory;
    }

    /**
     * Installs the command.
     *
     * @param directory the daemon's own; made if missing, mode 0700, with whatever a former daemon
     *     left in it deleted
     */
    public static SignalHome in(Path directory) throws IOException {
        var ownerOnly =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(directory, ownerOnly);
        Files.setPosixFilePermissions(directory, ownerOnly.value());
        Terminals.empty(directory);
        var home = new SignalHome(directory.toRealPath());
        Files.createDirectory(home.commands(), ownerOnly);
        var command = home.commands().resolve("muster-signal");
        Files.writeString(command, script());
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("r-x------"));
        return home;
    }

    /** Where the command is; belongs on the agent's path. */
    public Path commands() {
        return directory.resolve("bin");
    }

    /**
     * A new private directory of one stage, mode 0700. In the system's directory for temporary
     * files where this one's path is too long for a socket.
     */
    public Path newDirectory() throws IOException {
        var bytes = directory.toString().getBytes(StandardCharsets.UTF_8).length + LONGEST_REST;
        return bytes <= SignalSocket.LONGEST_PATH
                ? Files.createTempDirectory(directory, "run-")
                : Files.createTempDirectory(Path.of("/tmp"), "muster-");
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
