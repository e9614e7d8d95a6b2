package dev.muster.worker.user;

import dev.muster.worker.process.Cookie;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The user that attempts run as. On Linux, by util-linux's {@code setpriv}. Thread-safe. */
public final class RunAs {

    private static final Logger log = LoggerFactory.getLogger(RunAs.class);

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final String WHO =
            "echo $(id -u) $(id -g); printf '%s\\n"
                    + "' \"$(id -G)\"; printf '%s\\n"
                    + "' \"$(id -Gn 2>/dev/null)\"";

    private static final String CARRIED = "MUSTER_CARRIED_";

    // Runs with the daemon's rights, and so with no variable of the attempt's in effect. It enters
    // the group, which only the daemon may, and hands the terminal over, so that /dev/stderr opens.
    private static final String ENTERING =
            """
            [ -z "$1" ] || echo $$ > "$1" || { echo "muster: its control group is closed to it; nothing was run"; exit 125; }
            chown "$2" /proc/self/fd/0 || { echo "muster: its terminal cannot be handed over; nothing was run"; exit 125; }
            shift 2
            exec "$@"
            """;

    /** How a program is started. */
    public record Launch(List<String> command, Map<String, String> environment) {
        public Launch {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }
    }

    private final UserEntry user;
    private final Path setpriv;

    private RunAs(UserEntry user, Path setpriv) {
        this.user = user;
        this.setpriv = setpriv;
    }

    /**
     * Looks the user up and proves that a program can be started as it.
     *
     * @throws RunAsFailure if this daemon is not root's, or there is no such user or no way
     */
    public static RunAs of(String name) throws RunAsFailure, InterruptedException {
        requireRoot();
        var runAs = new RunAs(UserEntry.of(name), setpriv());
        var answer = Programs.run(runAs.command(List.of("/bin/sh", "-c", WHO)));
        var said = answer.output().lines().toList();
        var user = runAs.user;
        if (answer.status() != 0
                || said.size() < 3
                || !said.get(0).equals(user.uid() + " " + user.gid())) {
            throw new RunAsFailure(
                    "run-as: a program started as " + name + " says: " + answer.output().strip());
        }
        judge(name, Groups.parse(said.get(1), said.get(2)));
        return runAs;
    }

    /** A program has all groups of its user, as after a login, and not one of the daemon's. */
    private static void judge(String name, Groups groups) throws RunAsFailure {
        if (groups.areRoots()) {
            throw new RunAsFailure(
                    "run-as: " + name + " is in root's group; name a user that is not.");
        }
        if (!groups.mighty().isEmpty()) {
            log.warn(
                    "run-as: {} is in groups by which an agent may become root here, or read what"
                            + " only root should: take it out of them, or trust every task with"
                            + " this machine groups={}",
                    name,
                    groups.mighty());
        }
    }

    private static void requireRoot() throws RunAsFailure {
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                throw new RunAsFailure(
                        "run-as: only a worker that runs as root can run tasks as another user;"
                                + " this one runs as "
                                + System.getProperty("user.name")
                                + ".");
            }
            var umask =
                    Files.readAllLines(Path.of("/proc/self/status")).stream()
                            .filter(line -> line.startsWith("Umask:"))
                            .mapToInt(line -> Integer.parseInt(line.substring(6).strip(), 8))
                            .findFirst();
            if ((umask.orElse(0) & 0055) != 0) {
                throw new RunAsFailure(
                        "run-as: the worker's umask keeps mirrors from the user; start it with"
                                + " umask 022.");
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw new RunAsFailure("run-as: this system has no /proc; it works on Linux only.", e);
        }
    }

    private static Path setpriv() throws RunAsFailure {
        for (var path : List.of(Path.of("/usr/bin/setpriv"), Path.of("/bin/setpriv"))) {
            if (Files.isExecutable(path)) {
                return path;
            }
        }
        throw new RunAsFailure("run-as: there is no setpriv here; it comes with util-linux.");
    }

    /**
     * Lets the user into a directory of the daemon's.
     *
     * @throws RunAsFailure if a directory above it does not let it pass
     */
    public void requirePassage(Path directory) throws RunAsFailure, InterruptedException {
        var entering = command(List.of("/bin/sh", "-c", "cd \"$0\"", directory.toString()));
        if (Programs.run(entering).status() != 0) {
            throw new RunAsFailure(
                    "run-as: "
                            + user.name()
                            + " cannot enter "
                            + directory
                            + "; let it pass each directory above, or give --data elsewhere.");
        }
    }

    /**
     * Proves that the user can run a program of the daemon's, by running it without arguments.
     *
     * @param status with which it then ends
     */
    public void requireRunning(Path program, int status) throws RunAsFailure, InterruptedException {
        var answer = Programs.run(command(List.of(program.toString())));
        if (answer.status() != status) {
            throw new RunAsFailure(
                    "run-as: "
                            + user.name()
                            + " cannot run "
                            + program
                            + ", for which it must be able to read Java and Muster's own files: "
                            + answer.output().strip());
        }
    }

    /** {@code command} as the user; for programs whose whole environment is the daemon's own. */
    public List<String> command(List<String> command) {
        var all =
                new ArrayList<>(
                        List.of(
                                setpriv.toString(),
                                "--reuid=" + user.uid(),
                                "--regid=" + user.gid(),
                                "--init-groups",
                                "--inh-caps=-all",
                                "--"));
        all.addAll(command);
        return all;
    }

    /** What tells programs who they run as. */
    public Map<String, String> variables() {
        return Map.of(
                "HOME", user.home(),
                "USER", user.name(),
                "LOGNAME", user.name(),
                "SHELL", user.shell());
    }

    /**
     * {@code command} as the user in a terminal.
     *
     * @param environment anybody's; in effect only once the daemon's rights are gone
     * @param group the file by which it enters its control group
     */
    public Launch inTerminal(
            List<String> command, Map<String, String> environment, Optional<Path> group) {
        var carrier = new HashMap<String, String>();
        carrier.put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        var own = new HashMap<>(environment);
        own.putAll(variables());
        Optional.ofNullable(own.get(Cookie.VARIABLE))
                .ifPresent(cookie -> carrier.put(Cookie.VARIABLE, cookie));
        var taking = takingUp(own, carrier);
        var asUser = new ArrayList<>(List.of("/bin/sh", "-c", taking, "muster"));
        asUser.addAll(command);
        var entered = group.map(Path::toString).orElse("");
        var all =
                new ArrayList<>(
                        List.of(
                                "/bin/sh",
                                "-c",
                                ENTERING,
                                "muster",
                                entered,
                                Integer.toString(user.uid())));
        all.addAll(command(asUser));
        return new Launch(all, carrier);
    }

    /** Exports what was carried under names that mean nothing to anybody. */
    private static String takingUp(Map<String, String> variables, Map<String, String> carrier) {
        var script = new StringBuilder("unset PATH\n");
        for (var variable : variables.entrySet()) {
            if (!VARIABLE.matcher(variable.getKey()).matches()) {
                throw new IllegalArgumentException("no variable's name: " + variable.getKey());
            }
            var name = CARRIED + carrier.size();
            carrier.put(name, variable.getKey() + "=" + variable.getValue());
            script.append("export \"$").append(name).append("\"; unset ").append(name).append('\n');
        }
        return script.append("exec \"$@\"\n").toString();
    }

    /**
     * Makes a directory in one of the daemon's own, with all in it, the user's and nobody's else.
     */
    public void give(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        Files.walkFileTree(
                directory,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        giveOne(file);
                        return FileVisitResult.CONTINUE;
                    }

                    // last, since from then on the user may put a link in the place of anything
                    @Override
                    public FileVisitResult postVisitDirectory(Path inside, IOException failure)
                            throws IOException {
                        if (failure != null) {
                            throw failure;
                        }
                        giveOne(inside);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /** The same of one file or empty directory. */
    public void giveOne(Path file) throws IOException {
        Files.setAttribute(file, "unix:gid", user.gid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(file, "unix:uid", user.uid(), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Makes a file in one of the daemon's own directories readable by the user's group, and by
     * nobody else; it stays the daemon's, so that the user changes nothing in it.
     *
     * @param permissions of its owner and group
     */
    public void lend(Path file, String permissions) throws IOException {
        Files.setAttribute(file, "unix:gid", user.gid(), LinkOption.NOFOLLOW_LINKS);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    /** Whether a file or directory, not what it links to, is the user's. */
    public boolean owns(Path file) throws IOException {
        return Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(user.uid());
    }

    @Override
    public String toString() {
        return user.name();
    }
}
