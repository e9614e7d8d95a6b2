package dev.muster.worker.process;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/** Calls into the C library, for what the JDK has no method for. */
public final class Libc {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private Libc() {}

    /** Whether this system's C library has a function of that name. */
    public static boolean has(String name) {
        return LINKER.defaultLookup().find(name).isPresent();
    }

    /** A C function that must be there. */
    @SuppressWarnings("restricted")
    public static MethodHandle function(
            String name, FunctionDescriptor type, Linker.Option... options) {
        return LINKER.defaultLookup()
                .find(name)
                .map(address -> LINKER.downcallHandle(address, type, options))
                .orElseThrow(() -> new UnsatisfiedLinkError("no function " + name));
    }

    /** Makes a function's first argument a buffer from {@link #callState}. */
    public static Linker.Option keepingErrno() {
        return Linker.Option.captureCallState("errno");
    }

    /**
     * A path as C functions take it. The JDK's text of a name cannot say the bytes of every name:
     * what it is depends on the daemon's locale.
     */
    public static MemorySegment path(Arena arena, Path path) {
        var text = path.toString();
        if (text.chars().allMatch(c -> c < 0x80)) {
            return arena.allocateFrom(text);
        }
        var escaped = path.toUri().getRawPath();
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c == '%') {
                bytes.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(c);
            }
        }
        // a directory's address ends with a slash, by which a link to one would be followed
        int length = escaped.endsWith("/") ? bytes.size() - 1 : bytes.size();
        var named = arena.allocate(length + 1L);
        MemorySegment.copy(bytes.toByteArray(), 0, named, ValueLayout.JAVA_BYTE, 0, length);
        return named;
    }

    /** Where a call leaves its {@code errno}. */
    public static MemorySegment callState(Arena arena) {
        return arena.allocate(CALL_STATE);
    }

    public static int errno(MemorySegment callState) {
        return (int) ERRNO.get(callState, 0L);
    }

    /** What the system says about an error number. */
    public static String message(int errno) {
        try {
            var text = (MemorySegment) Text.STRERROR.invokeExact(errno);
            return Text.read(text);
        } catch (Throwable e) {
            throw broken("strerror", e);
        }
    }

    /** A downcall only throws when its handle and its arguments do not fit: a bug. */
    public static AssertionError broken(String call, Throwable cause) {
        return new AssertionError("calling " + call, cause);
    }

    private static final class Text {
        private static final MethodHandle STRERROR =
                function(
                        "strerror",
                        FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

        @SuppressWarnings("restricted")
        private static String read(MemorySegment text) {
            return text.reinterpret(1024).getString(0);
        }
    }
}
