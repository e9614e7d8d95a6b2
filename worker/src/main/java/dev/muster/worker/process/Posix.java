package dev.muster.worker.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The few POSIX calls that the JDK lacks; the same on Linux and macOS. */
public final class Posix {

    /** What a process is asked, or made, to do. */
    public enum Signal {
        HANGUP(1),
        KILL(9),
        TERMINATE(15);

        private final int number;

        Signal(int number) {
            this.number = number;
        }
    }

    private static final MethodHandle KILL =
            Libc.function(
                    "kill",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle GETSID =
            Libc.function(
                    "getsid", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle MKFIFO =
            Libc.function(
                    "mkfifo",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    Libc.keepingErrno());

    private Posix() {}

    /**
     * Signals one process.
     *
     * @return false if there is none, or it is not ours to signal
     */
    public static boolean signal(long pid, Signal signal) {
        return kill(onlyOne(pid), signal);
    }

    /**
     * Signals every process of a group.
     *
     * @return false if the group is empty, or not ours to signal
     */
    public static boolean signalGroup(long group, Signal signal) {
        return kill(-onlyOne(group), signal);
    }

    /** The session a process is in; 0 if there is no such process. */
    static long sessionOf(long pid) {
        try {
            return Math.max(0, (int) GETSID.invokeExact((int) pid));
        } catch (Throwable e) {
            throw Libc.broken("getsid", e);
        }
    }

    /** Makes a named pipe that only its owner may open. */
    public static void makeFifo(Path path) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = Libc.callState(arena);
            int result;
            try {
                result = (int) MKFIFO.invokeExact(state, arena.allocateFrom(path.toString()), 0600);
            } catch (Throwable e) {
                throw Libc.broken("mkfifo", e);
            }
            if (result != 0) {
                throw new IOException("mkfifo " + path + ": " + Libc.message(Libc.errno(state)));
            }
        }
    }

    private static boolean kill(int target, Signal signal) {
        try {
            return (int) KILL.invokeExact(target, signal.number) == 0;
        } catch (Throwable e) {
            throw Libc.broken("kill", e);
        }
    }

    // INVARIANT: 0, 1 and negative numbers mean "my group", init and "everything" to kill(2)
    private static int onlyOne(long pid) {
        if (pid <= 1 || pid > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("not a process of ours: " + pid);
        }
        return (int) pid;
    }
}
