package dev.muster.worker.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A control group for each attempt (Linux, cgroup v2), where this daemon may make them: nothing
 * that an attempt starts falls out of its group, whatever else it sheds, and all of a group is
 * killed in one step. Only what has the daemon's own right to write group files can move itself
 * out, and must mean to. Groups lie below the daemon's own, are named after the attempt's cookie,
 * and carry no limits. Thread-safe.
 */
public final class ControlGroups {

    private static final Logger log = LoggerFactory.getLogger(ControlGroups.class);

    private static final String PREFIX = "muster-";
    private static final Pattern NAMED = Pattern.compile("/muster-([0-9a-f]{16}-[0-9a-f]{16})");
    private static final String MEMBERS = "cgroup.procs";
    private static final int PROBE_SECONDS = 5;

    private final Path home;

    private ControlGroups(Path home) {
        this.home = home;
    }

    /** Those below this process's own group; empty, with a line in the log, where it may not. */
    public static Optional<ControlGroups> ofThisDaemon() {
        try {
            var home = ownGroup();
            if (home.isPresent() && isUsable(home.get())) {
                return Optional.of(new ControlGroups(home.get()));
            }
            log.info("control groups cannot be used here: attempts are contained by session");
        } catch (IOException e) {
            log.info("control groups cannot be used here: attempts are contained by session", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    /** Where the second version is mounted and this process is in it. */
    private static Optional<Path> ownGroup() throws IOException {
        var mounts = Path.of("/proc/self/mountinfo");
        if (!Files.isReadable(mounts)) {
            return Optional.empty();
        }
        for (var mount : Files.readAllLines(mounts)) {
            var fields = mount.split(" ", -1);
            if (mount.contains(" - cgroup2 ") && fields[3].equals("/")) {
                return pathInHierarchy(Files.readString(Path.of("/proc/self/cgroup")))
                        .map(path -> Path.of(fields[4], path));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> pathInHierarchy(String groups) {
        return groups.lines()
                .filter(line -> line.startsWith("0::/"))
                .map(line -> line.substring("0::".length()))
                .findFirst();
    }

    /** Being root does not mean that a container's runtime lets one: only trying tells. */
    private static boolean isUsable(Path home) throws IOException, InterruptedException {
        if (!Files.isWritable(home)) {
            return false;
        }
        var probe = Files.createTempDirectory(home, PREFIX + "probe-");
        try {
            if (!Files.isWritable(probe.resolve("cgroup.kill"))) {
                return false;
            }
            var members = probe.resolve(MEMBERS).toString();
            var entering = new ProcessBuilder("/bin/sh", "-c", "echo $$ > \"$0\"", members);
            var process =
                    entering.redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            return process.exitValue() == 0;
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    /**
     * Makes the group of an attempt's processes.
     *
     * @return the file into which its shell writes its process id before it does anything else
     */
    Path make(Cookie cookie) throws IOException {
        return Files.createDirectories(groupOf(cookie)).resolve(MEMBERS);
    }

    /** Whether anything lives in the group, or in groups that were made inside it. */
    boolean isPopulated(Cookie cookie) {
        return isPopulated(groupOf(cookie));
    }

    /** Kills all that lives in the group, what is being forked at this moment included. */
    void kill(Cookie cookie) {
        kill(groupOf(cookie));
    }

    /** Removes a group that nothing lives in; nothing if there is none. */
    void remove(Cookie cookie) {
        remove(groupOf(cookie));
    }

    /** Kills and removes what former daemons of a data directory left. */
    void reap(Cookie.Family family) {
        var names = PREFIX + family.name() + "-*";
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(home, names)) {
            for (var group : groups) {
                kill(group);
                remove(group);
            }
        } catch (IOException e) {
            log.warn("leftover control groups could not be listed reason={}", e.toString());
        }
    }

    /** The cookie in what {@code /proc/PID/cgroup} says: the innermost group's. */
    static Optional<Cookie> cookieIn(String groups) {
        return pathInHierarchy(groups)
                .flatMap(path -> NAMED.matcher(path).results().reduce((_, last) -> last))
                .map(named -> new Cookie(named.group(1)));
    }

    private Path groupOf(Cookie cookie) {
        return home.resolve(PREFIX + cookie.value());
    }

    private static boolean isPopulated(Path group) {
        try {
            return Files.readString(group.resolve("cgroup.events")).contains("populated 1");
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            log.warn("a control group could not be read group={} reason={}", group, e.toString());
            return false;
        }
    }

    private static void kill(Path group) {
        try {
            Files.writeString(group.resolve("cgroup.kill"), "1");
        } catch (NoSuchFileException e) {
            // removed meanwhile, so nothing lives in it
        } catch (IOException e) {
            log.error("a control group could not be killed group={}", group, e);
        }
    }

    /** Inner groups first: a stage may have made some. */
    private static void remove(Path group) {
        if (!Files.isDirectory(group)) {
            return;
        }
        try (var inner = Files.walk(group)) {
            for (var directory :
                    inner.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            log.warn("a control group stays behind group={} reason={}", group, e.toString());
        }
    }
}
