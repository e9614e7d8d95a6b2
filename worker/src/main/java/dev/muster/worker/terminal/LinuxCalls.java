package dev.muster.worker.terminal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.muster.worker.process.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C calls on terminals and processes of {@link SpawnedPty}, with Linux's numbers (the same on
 * x86-64 and arm64).
 */
final class LinuxCalls {

    static final short POLLIN = 1;

    static final int O_RDWR = 2;
    private static final int O_NOCTTY = 0x100;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final long TIOCSWINSZ = 0x5414;
    private static final long PIDFD_OPEN = 434;
    private static final int SIGCHLD = 17;

    private static final MethodHandle OPENPT = call("posix_openpt", type(JAVA_INT));
    private static final MethodHandle GRANTPT = call("grantpt", type(JAVA_INT));
    private static final MethodHandle UNLOCKPT = call("unlockpt", type(JAVA_INT));
    private static final MethodHandle PTSNAME =
            call("ptsname_r", type(JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle IOCTL =
            Libc.function(
                    "ioctl", type(JAVA_INT, JAVA_LONG, ADDRESS), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SYSCALL =
            Libc.function(
                    "syscall",
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Libc.keepingErrno(),
                    Linker.Option.firstVariadicArg(1));
    private static final MethodHandle CLOSE = call("close", type(JAVA_INT));
    private static final MethodHandle POLL = call("poll", type(ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle WAITPID = call("waitpid", type(JAVA_INT, ADDRESS, JAVA_INT));
    // neither blocks, for the descriptor never does, so both may work on the array itself
    private static final MethodHandle READ = transfer("read");
    private static final MethodHandle WRITE = transfer("write");
    private static final MethodHandle SIGNAL =
            Libc.function("signal", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));

    static {
        try {
            // a daemon started with SIGCHLD ignored would never learn how its children ended
            var _ = (MemorySegment) SIGNAL.invokeExact(SIGCHLD, MemorySegment.NULL);
        } catch (Throwable e) {
            throw Libc.broken("signal", e);
        }
    }

    private LinuxCalls() {}

    static int openMaster() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = Libc.callState(arena);
            int master =
                    (int) OPENPT.invokeExact(state, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
            if (master < 0) {
                throw failed("no new terminal", Libc.errno(state));
            }
            return master;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.broken("posix_openpt", e);
        }
    }

    /** The path of the program's end of a terminal. */
    static MemorySegment slaveOf(int master, Arena arena) throws IOException {
        try {
            var state = Libc.callState(arena);
            var name = arena.allocate(64);
            if ((int) GRANTPT.invokeExact(state, master) != 0
                    || (int) UNLOCKPT.invokeExact(state, master) != 0
                    || (int) PTSNAME.invokeExact(state, master, name, name.byteSize()) != 0) {
                throw failed("no end for the program", Libc.errno(state));
            }
            return name;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.broken("ptsname_r", e);
        }
    }

    /** A descriptor that becomes readable when the process ends. */
    static int exitDescriptor(int pid) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = Libc.callState(arena);
            long descriptor = (long) SYSCALL.invokeExact(state, PIDFD_OPEN, (long) pid, 0L);
            if (descriptor < 0) {
                throw failed("watching process " + pid, Libc.errno(state));
            }
            return (int) descriptor;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.broken("pidfd_open", e);
        }
    }

    /** Waits on two {@code pollfd}; negative if a signal came between. */
    static int poll(MemorySegment two, int timeoutMillis) {
        try (var arena = Arena.ofConfined()) {
            return (int) POLL.invokeExact(Libc.callState(arena), two, 2L, timeoutMillis);
        } catch (Throwable e) {
            throw Libc.broken("poll", e);
        }
    }

    static int read(int descriptor, byte[] into) {
        try {
            var target = MemorySegment.ofArray(into);
            return (int) (long) READ.invokeExact(descriptor, target, (long) into.length);
        } catch (Throwable e) {
            throw Libc.broken("read", e);
        }
    }

    /** How many of the bytes were taken, perhaps none. */
    static int write(int descriptor, byte[] bytes) {
        try {
            var source = MemorySegment.ofArray(bytes);
            long count = (long) WRITE.invokeExact(descriptor, source, (long) bytes.length);
            return (int) Math.max(0, count);
        } catch (Throwable e) {
            throw Libc.broken("write", e);
        }
    }

    static void resize(int master, int columns, int rows) {
        try (var arena = Arena.ofConfined()) {
            var size = arena.allocate(8, 2);
            size.set(JAVA_SHORT, 0, (short) rows);
            size.set(JAVA_SHORT, 2, (short) columns);
            int _ = (int) IOCTL.invokeExact(master, TIOCSWINSZ, size);
        } catch (Throwable e) {
            throw Libc.broken("ioctl", e);
        }
    }

    static Pty.Exit reap(int pid) {
        try (var arena = Arena.ofConfined()) {
            var status = arena.allocate(JAVA_INT);
            if ((int) WAITPID.invokeExact(Libc.callState(arena), pid, status, 0) != pid) {
                return new Pty.Exit(-1, 0);
            }
            int value = status.get(JAVA_INT, 0);
            int signal = value & 0x7f;
            return new Pty.Exit(signal == 0 ? value >> 8 & 0xff : 128 + signal, signal);
        } catch (Throwable e) {
            throw Libc.broken("waitpid", e);
        }
    }

    static void close(int descriptor) {
        try (var arena = Arena.ofConfined()) {
            int _ = (int) CLOSE.invokeExact(Libc.callState(arena), descriptor);
        } catch (Throwable e) {
            throw Libc.broken("close", e);
        }
    }

    static FunctionDescriptor type(MemoryLayout... arguments) {
        return FunctionDescriptor.of(JAVA_INT, arguments);
    }

    static MethodHandle call(String name, FunctionDescriptor type) {
        return Libc.function(name, type, Libc.keepingErrno());
    }

    private static MethodHandle transfer(String name) {
        return Libc.function(
                name,
                FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG),
                Linker.Option.critical(true));
    }

    static IOException failed(String doing, int errno) {
        return new IOException(doing + ": " + Libc.message(errno));
    }
}
