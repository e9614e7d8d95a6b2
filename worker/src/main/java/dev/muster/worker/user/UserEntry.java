package dev.muster.worker.user;

import java.util.List;
import java.util.regex.Pattern;

/** What this system knows of a user. */
record UserEntry(String name, int uid, int gid, String home, String shell) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}");

    /** Looks one up whose rights are less than root's. */
    static UserEntry of(String name) throws RunAsFailure, InterruptedException {
        if (!NAME.matcher(name).matches()) {
            throw new RunAsFailure("run-as: '" + name + "' is no user's name.");
        }
        var answer = Programs.run(List.of("getent", "passwd", name));
        var fields = answer.output().strip().split(":", -1);
        if (answer.status() != 0 || fields.length != 7) {
            throw new RunAsFailure("run-as: this machine has no user " + name + ".");
        }
        var entry =
                new UserEntry(
                        name,
                        Integer.parseInt(fields[2]),
                        Integer.parseInt(fields[3]),
                        fields[5],
                        fields[6].isEmpty() ? "/bin/sh" : fields[6]);
        if (entry.uid() == 0 || entry.gid() == 0) {
            throw new RunAsFailure(
                    "run-as: " + name + " has root's rights; name a user with less.");
        }
        return entry;
    }
}
