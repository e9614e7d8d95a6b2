package dev.muster.worker.disk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.muster.worker.process.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How much of the disk files take, which is not what they say they hold: a file may have holes, and
 * several names. By Linux's {@code statx}, whose numbers are the same on every processor; the JDK
 * does not tell.
 */
public final class Allocation {

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_NLINK = 0x4;
    private static final int STATX_BLOCKS = 0x400;
    private static final int SIZE = 256;
    private static final long NLINK = 16;
    private static final long BLOCKS = 48;
    private static final int BLOCK = 512;

    private static final Optional<MethodHandle> STATX =
            Libc.has("statx")
                    ? Optional.of(
                            Libc.function(
                                    "statx",
                                    FunctionDescriptor.of(
                                            JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT,
                                            ADDRESS)))
                    : Optional.empty();

    private Allocation() {}

    /**
     * How many bytes of the disk a file or link takes; its share, if it has several names.
     *
     * @param size what it says it holds; the answer where the system does not tell
     */
    public static long bytes(Path file, long size) {
        if (STATX.isEmpty()) {
            return size;
        }
        try (var arena = Arena.ofConfined()) {
            var told = arena.allocate(SIZE, Long.BYTES);
            return asked(STATX.get(), Libc.path(arena, file), told)
                    ? told.get(ValueLayout.JAVA_LONG, BLOCKS)
                            * BLOCK
                            / Math.max(1, told.get(JAVA_INT, NLINK))
                    : size;
        }
    }

    private static boolean asked(MethodHandle statx, MemorySegment path, MemorySegment told) {
        try {
            int result =
                    (int)
                            statx.invokeExact(
                                    AT_FDCWD,
                                    path,
                                    AT_SYMLINK_NOFOLLOW,
                                    STATX_NLINK | STATX_BLOCKS,
                                    told);
            return result == 0;
        } catch (Throwable e) {
            throw Libc.broken("statx", e);
        }
    }
}
