package dev.muster.worker.terminal;

import dev.muster.worker.process.Cookie;
import dev.muster.worker.process.Sweeper;
import dev.muster.worker.user.RunAs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Opens terminals. One per daemon; thread-safe. */
public final class Terminals implements AutoCloseable {

    private static final String IN_PLACE =
            """
            [ "$PWD" = "$MUSTER_WORKSPACE" ] || { echo "muster: started in '$PWD'; nothing was run"; kill -9 $$; }
            """;

    private final Path directory;
    private final Path driver;
    private final List<String> shell;
    private final Sweeper sweeper;
    private final Optional<RunAs> user;
    private final ExecutorService readers;

    private Terminals(
            Path directory,
            Path driver,
            List<String> shell,
            Sweeper sweeper,
            Optional<RunAs> user) {
        this.directory = directory;
        this.driver = driver;
        this.shell = shell;
        this.sweeper = sweeper;
        this.user = user;
        this.readers =
                Executors.newCachedThreadPool(
                        Thread.ofPlatform().daemon().name("terminal-", 0).factory());
    }

    /**
     * Prepares for terminals with bash, or sh where there is no bash.
     *
     * @param directory for scripts and pipes; made if missing, readable by its owner only. What a
     *     former daemon left in it is deleted
     * @param user who runs what is in the terminals; the daemon's own if empty
     * @throws IOException if it cannot be written, or the machine has no shell
     */
    public static Terminals in(Path directory, Sweeper sweeper, Optional<RunAs> user)
            throws IOException {
        return in(directory, sweeper, user, usualShell());
    }

    /** The same with a shell of the caller's choice: its path and options. */
    static Terminals in(Path directory, Sweeper sweeper, Optional<RunAs> user, List<String> shell)
            throws IOException {
        if (Files.isDirectory(directory)) {
            empty(directory);
        } else {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(permissions(Optional.empty())));
        }
        Files.setPosixFilePermissions(directory, permissions(user));
        var home = directory.toRealPath();
        var driver = home.resolve("driver.sh");
        try (var source = Terminals.class.getResourceAsStream("driver.sh")) {
            if (source == null) {
                throw new AssertionError("driver.sh is not on the class path");
            }
            Files.copy(source, driver);
        }
        return new Terminals(home, driver, List.copyOf(shell), sweeper, user);
    }

    /** A user may pass and not look around. */
    private static Set<PosixFilePermission> permissions(Optional<RunAs> user) {
        return PosixFilePermissions.fromString(user.isPresent() ? "rwx--x--x" : "rwx------");
    }

    private static List<String> usualShell() throws IOException {
        for (var bash : List.of("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash")) {
            if (Files.isExecutable(Path.of(bash))) {
                return List.of(bash, "--noprofile", "--norc");
            }
        }
        if (Files.isExecutable(Path.of("/bin/sh"))) {
            return List.of("/bin/sh");
        }
        throw new IOException("this machine has neither bash nor /bin/sh");
    }

    /**
     * A terminal for one attempt. Its shell starts with the first stage.
     *
     * @throws IOException if the directory does not exist
     */
    public ShellTerminal open(TerminalSpec spec, TerminalOutput output) throws IOException {
        return new ShellTerminal(this, spec, spec.directory().toRealPath(), output);
    }

    /**
     * Waits until nothing is alive of what ran in terminals closed before.
     *
     * @return false if something still is after as long as a kill may take
     */
    public boolean awaitClosed() throws InterruptedException {
        return sweeper.awaitEnded(sweeper.grace().plus(ShellTerminal.PATIENCE));
    }

    /**
     * Waits until nothing is alive of what ran in these terminals, which are closed.
     *
     * @param afterKill how long what was killed is still waited for
     * @return what lives on even so, in words; empty if nothing does
     */
    public List<String> awaitGone(Set<Cookie> cookies, Duration afterKill)
            throws InterruptedException {
        return sweeper.awaitGone(cookies, afterKill);
    }

    /** Lets no further terminal open. Those that are open live on: the sweeper ends them. */
    @Override
    public void close() {
        readers.shutdown();
    }

    /** What stages are run with: a shell and its options. */
    public List<String> shell() {
        return shell;
    }

    Sweeper sweeper() {
        return sweeper;
    }

    ExecutorService readers() {
        return readers;
    }

    /** The shell running {@code text} and nothing else. */
    List<String> running(String text, Optional<Path> group) {
        return with("-c", group.map(Terminals::entering).orElse("") + IN_PLACE + text, "muster");
    }

    /** What a shell does first: from then on nothing it starts leaves its control group. */
    private static String entering(Path group) {
        return """
        echo $$ > %s || { echo "muster: its control group is closed to it; nothing was run"; kill -9 $$; }
        """
                .formatted(StageScript.quoted(group.toString()));
    }

    /** The shell running the driver. */
    List<String> driving(Path orders, Path workspace, Optional<Path> group) {
        var entered = group.map(Path::toString).orElse("");
        return with(driver.toString(), orders.toString(), workspace.toString(), entered);
    }

    /**
     * How a shell is started.
     *
     * @param group the file by which it enters its control group; for {@link #runsAsUser}
     */
    RunAs.Launch launch(
            List<String> command, Map<String, String> environment, Optional<Path> group) {
        return user.map(one -> one.inTerminal(command, environment, group))
                .orElseGet(() -> new RunAs.Launch(command, environment));
    }

    /** Whether commands lack the right to enter their control group themselves. */
    boolean runsAsUser() {
        return user.isPresent();
    }

    /** What one terminal is told in, in a new private directory. */
    Orders newOrders() throws IOException {
        var own = Files.createTempDirectory(directory, "run-"); // 0700 by contract
        Files.setPosixFilePermissions(own, permissions(user));
        return Orders.in(own, user);
    }

    private List<String> with(String... arguments) {
        var command = new ArrayList<>(shell);
        command.addAll(List.of(arguments));
        return command;
    }

    /** Deletes everything in a directory, links themselves and not what they point to. */
    public static void empty(Path directory) throws IOException {
        try (var entries = Files.walk(directory)) {
            entries.sorted(Comparator.reverseOrder())
                    .filter(path -> !path.equals(directory))
                    .forEach(
                            path -> {
                                try {
                                    Files.deleteIfExists(path);
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
