package dev.muster.coordinator.db;

import com.sun.security.auth.module.UnixSystem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Under what name, and with what guard, PostgreSQL programs run on this machine.
 *
 * <p>PostgreSQL refuses to run as root. Root therefore starts it in a user namespace of its own
 * (the files stay root's), or, where namespaces are refused, as {@code nobody} with nothing of
 * root's power but that of reaching its files below a private home directory.
 *
 * @param owner the numeric user that must own the files; -1 for the current one
 * @param prefix words before a program to run it under that name
 * @param guardPrefix words before the server besides, so that the kernel ends it with its parent
 * @param guarded whether the kernel ends it with its parent; if not, a watching shell has to
 */
record PostgresIdentity(int owner, List<String> prefix, List<String> guardPrefix, boolean guarded) {

    private static final int NOBODY = 65_534;

    private static final List<String> NAMESPACE = List.of("unshare", "-U");

    private static final List<String> OTHER_USER =
            List.of(
                    "setpriv",
                    "--reuid=" + NOBODY,
                    "--regid=" + NOBODY,
                    "--clear-groups",
                    "--inh-caps=-all,+dac_override",
                    "--ambient-caps=-all,+dac_override");

    private static final List<String> OTHER_USER_PLAIN = OTHER_USER.subList(0, 4);

    // A Ctrl-C in the terminal reaches every process of the foreground group at once; in a session
    // of its own the server waits until it is told to stop, after those who use it.
    private static final List<String> OWN_SESSION = List.of("setsid");

    private static final List<String> ENDS_WITH_PARENT =
            List.of("setpriv", "--pdeathsig", "SIGINT");

    PostgresIdentity {
        prefix = List.copyOf(prefix);
        guardPrefix = List.copyOf(guardPrefix);
    }

    static PostgresIdentity ofThisMachine() {
        var guard = new ArrayList<String>();
        var guarded = works(ENDS_WITH_PARENT);
        if (guarded) {
            guard.addAll(ENDS_WITH_PARENT);
        }
        if (works(OWN_SESSION)) {
            guard.addAll(0, OWN_SESSION);
        }
        if (!isRoot()) {
            return new PostgresIdentity(-1, List.of(), guard, guarded);
        }
        if (works(NAMESPACE)) {
            return new PostgresIdentity(-1, NAMESPACE, guard, guarded);
        }
        for (var other : List.of(OTHER_USER, OTHER_USER_PLAIN)) {
            if (works(other)) {
                return new PostgresIdentity(NOBODY, other, guard, guarded);
            }
        }
        throw new EmbeddedPostgres.Failure(
                "PostgreSQL does not run as root, and this machine has neither 'unshare -U' nor"
                        + " 'setpriv --reuid'; run Muster as another user, or give it a server"
                        + " with --database-url");
    }

    boolean isOtherUser() {
        return owner != -1;
    }

    /** Makes {@code tree} the property of the user that the programs run as. */
    void own(Path tree) throws IOException {
        var wanted = owner == -1 ? 0 : owner;
        if (!isRoot() || wanted == ownerOf(tree)) {
            return;
        }
        try (var all = Files.walk(tree)) {
            for (var path : all.toList()) {
                Files.setAttribute(path, "unix:uid", wanted, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(path, "unix:gid", wanted, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    static boolean isRoot() {
        return new UnixSystem().getUid() == 0;
    }

    private static int ownerOf(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:uid");
    }

    private static boolean works(List<String> prefix) {
        var command = new ArrayList<>(prefix);
        command.add("true");
        try {
            var process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (process.waitFor(5, TimeUnit.SECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException e) {
            return false; // no such program
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
