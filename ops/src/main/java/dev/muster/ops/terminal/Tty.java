package dev.muster.ops.terminal;

/** Which of our streams end in front of a person. */
public final class Tty {

    private Tty() {}

    public static boolean isStdout() {
        return Boolean.getBoolean("muster.stdout.tty");
    }

    public static boolean isStderr() {
        return Boolean.getBoolean("muster.stderr.tty");
    }
}
