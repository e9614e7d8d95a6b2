package dev.muster.ops.fault;

import dev.muster.ops.harness.Started;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A database server that the test starts itself, in a way that Muster does not. */
final class Server {

    private final List<String> command;

    private Server(List<String> command) {
        this.command = List.copyOf(command);
    }

    /**
     * With the program and the settings of one that runs.
     *
     * @param pid of that one, which may have ended when this one is started
     */
    static Server like(long pid) throws IOException {
        var arguments = Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline"));
        return new Server(List.of(new String(arguments, StandardCharsets.UTF_8).split("\0")));
    }

    /** The same over other data, with its socket in another directory. */
    Server of(Path data, Path sockets) {
        var changed = new ArrayList<>(command);
        changed.set(changed.indexOf("-D") + 1, data.toString());
        changed.replaceAll(
                word ->
                        word.startsWith("unix_socket_directories=")
                                ? "unix_socket_directories=" + sockets
                                : word);
        return new Server(changed);
    }

    /** The same with another setting, in PostgreSQL's own words. */
    Server with(String setting) {
        var changed = new ArrayList<>(command);
        changed.addAll(List.of("-c", setting));
        return new Server(changed);
    }

    /** Where its socket is. */
    Path sockets() {
        return command.stream()
                .filter(word -> word.startsWith("unix_socket_directories="))
                .map(word -> Path.of(word.substring(word.indexOf('=') + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** Starts it and returns when it takes connections. It ends with the site's directory. */
    Started start(Place place) throws Exception {
        var ours =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        if (!Files.exists(sockets())) {
            Files.createDirectory(sockets(), ours);
        }
        var words = new ArrayList<>(List.of("setsid"));
        if (System.getProperty("user.name").equals("root")) {
            words.addAll(List.of("unshare", "-U")); // it refuses to run as root
        }
        words.addAll(place.starter());
        words.addAll(command);
        var builder = new ProcessBuilder(words);
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv("PATH"));
        builder.environment().put("LC_ALL", "C");
        var started = new Started(builder);
        started.awaitLine("database system is ready to accept", Site.LONG);
        return started;
    }

    /** Ends it in order, though it has sessions. */
    static void stop(Started server) throws Exception {
        Site.signal("INT", server.pid());
        server.awaitExit(Site.LONG);
    }
}
