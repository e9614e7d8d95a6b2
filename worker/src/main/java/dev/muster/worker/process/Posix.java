package dev.muster.worker.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
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

    private static final int CHUNK = 64 * 1024;

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

    private static final boolean IS_LINUX = System.getProperty("os.name").equals("Linux");
    private static final int O_NONBLOCK = IS_LINUX ? 0x800 : 0x4;
    private static final int O_CLOEXEC = IS_LINUX ? 0x80000 : 0x1000000;
    private static final boolean IS_ARM = System.getProperty("os.arch").equals("aarch64");
    private static final int O_NOFOLLOW = !IS_LINUX ? 0x100 : IS_ARM ? 0x8000 : 0x20000;
    private static final MethodHandle OPEN =
            Libc.function(
                    "open",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    Libc.keepingErrno());
    private static final MethodHandle READ =
            Libc.function(
                    "read",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG),
                    Libc.keepingErrno());
    private static final MethodHandle CLOSE =
            Libc.function(
                    "close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

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
                result = (int) MKFIFO.invokeExact(state, Libc.path(arena, path), 0600);
            } catch (Throwable e) {
                throw Libc.broken("mkfifo", e);
            }
            if (result != 0) {
                throw new IOException("mkfifo " + path + ": " + Libc.message(Libc.errno(state)));
            }
        }
    }

    /**
     * Reads a file from its start without ever waiting for anybody, whatever it is by the time it
     * is opened: a pipe that nobody writes to is empty, and a link is refused.
     *
     * @param most so many bytes at most
     * @throws IOException if it cannot be opened or read
     */
    public static byte[] read(Path path, int most) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = Libc.callState(arena);
            int file =
                    (int)
                            OPEN.invokeExact(
                                    state,
                                    Libc.path(arena, path),
                                    O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
            if (file < 0) {
                throw new IOException("open " + path + ": " + Libc.message(Libc.errno(state)));
            }
            try {
                return read(file, path, most, state, arena.allocate(Math.min(CHUNK, most)));
            } finally {
                var _ = (int) CLOSE.invokeExact(file);
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.broken("open, read or close", e);
        }
    }

    private static byte[] read(
            int file, Path path, int most, MemorySegment state, MemorySegment chunk)
            throws Throwable {
        var all = new ByteArrayOutputStream();
        while (all.size() < most) {
            long wanted = Math.min(chunk.byteSize(), most - all.size());
            long count = (long) READ.invokeExact(state, file, chunk, wanted);
            if (count < 0) {
                throw new IOException("read " + path + ": " + Libc.message(Libc.errno(state)));
            }
            if (count == 0) {
                break;
            }
            all.writeBytes(chunk.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
        }
        return all.toByteArray();
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
