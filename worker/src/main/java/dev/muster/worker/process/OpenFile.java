package dev.muster.worker.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that somebody else may swap for anything while it is opened and read. Each directory on
 * the way is opened below the one before it and no link is followed, so that what is read lies
 * where it was said to; and nothing waits for anybody, whatever it turns out to be.
 */
public final class OpenFile implements AutoCloseable {

    /**
     * A part of a file.
     *
     * @param size of the whole
     */
    public record Part(long size, byte[] bytes) {}

    private static final boolean IS_LINUX = System.getProperty("os.name").equals("Linux");
    private static final boolean IS_ARM = System.getProperty("os.arch").equals("aarch64");
    private static final int O_NONBLOCK = IS_LINUX ? 0x800 : 0x4;
    private static final int O_CLOEXEC = IS_LINUX ? 0x80000 : 0x1000000;
    private static final int O_NOFOLLOW = !IS_LINUX ? 0x100 : IS_ARM ? 0x8000 : 0x20000;
    private static final int O_DIRECTORY = !IS_LINUX ? 0x100000 : IS_ARM ? 0x4000 : 0x10000;
    private static final int ENOENT = 2;
    private static final int ENOTDIR = 20;
    private static final int SEEK_END = 2;

    private static final MethodHandle OPEN =
            Libc.function(
                    "open",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    Libc.keepingErrno());
    private static final MethodHandle OPENAT =
            Libc.function(
                    "openat",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT),
                    Libc.keepingErrno());
    private static final MethodHandle LSEEK =
            Libc.function(
                    "lseek",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT),
                    Libc.keepingErrno());
    private static final MethodHandle PREAD =
            Libc.function(
                    "pread",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Libc.keepingErrno());
    private static final MethodHandle CLOSE =
            Libc.function(
                    "close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final int descriptor;
    private final String shown;

    private OpenFile(int descriptor, String shown) {
        this.descriptor = descriptor;
        this.shown = shown;
    }

    /**
     * Opens what lies below a directory.
     *
     * @param top a directory that is no link
     * @param names the steps to it, at least one, each a plain name
     * @throws NoSuchFileException if there is nothing
     * @throws FileSystemException if there is, and it is a link or cannot be opened
     */
    public static OpenFile below(Path top, List<String> names) throws IOException {
        if (names.isEmpty() || names.stream().anyMatch(OpenFile::isNoName)) {
            throw new IllegalArgumentException("not the names of a file");
        }
        var shown = String.join("/", names);
        try (var arena = Arena.ofConfined()) {
            var state = Libc.callState(arena);
            int directory =
                    opened(
                            (int)
                                    OPEN.invokeExact(
                                            state,
                                            Libc.path(arena, top),
                                            O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                            state,
                            shown);
            for (var name : names.subList(0, names.size() - 1)) {
                directory = step(directory, name, O_DIRECTORY, arena, state, shown);
            }
            return new OpenFile(step(directory, names.getLast(), 0, arena, state, shown), shown);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.broken("open", e);
        }
    }

    private static boolean isNoName(String name) {
        return name.isEmpty()
                || name.equals(".")
                || name.equals("..")
                || name.indexOf('/') >= 0
                || name.indexOf('\0') >= 0;
    }

    /** Opens what is in a directory, and closes that. */
    private static int step(
            int directory, String name, int kind, Arena arena, MemorySegment state, String shown)
            throws Throwable {
        try {
            int flags = kind | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
            var text = arena.allocateFrom(name);
            return opened((int) OPENAT.invokeExact(state, directory, text, flags), state, shown);
        } finally {
            var _ = (int) CLOSE.invokeExact(directory);
        }
    }

    private static int opened(int descriptor, MemorySegment state, String shown)
            throws FileSystemException {
        if (descriptor >= 0) {
            return descriptor;
        }
        int errno = Libc.errno(state);
        if (errno == ENOENT || errno == ENOTDIR) {
            throw new NoSuchFileException(shown);
        }
        throw new FileSystemException(shown, null, Libc.message(errno));
    }

    /**
     * Reads a part, less where the file ends.
     *
     * @throws FileSystemException if it is no file, such as a pipe or a directory
     */
    public Part read(long offset, int most) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = Libc.callState(arena);
            long size = (long) LSEEK.invokeExact(state, descriptor, 0L, SEEK_END);
            if (size < 0) {
                throw failed(state);
            }
            var bytes = arena.allocate(most);
            long count = 0;
            while (count < most) {
                long more =
                        (long)
                                PREAD.invokeExact(
                                        state,
                                        descriptor,
                                        bytes.asSlice(count),
                                        most - count,
                                        offset + count);
                if (more < 0) {
                    throw failed(state);
                }
                if (more == 0) {
                    break;
                }
                count += more;
            }
            return new Part(
                    Math.max(size, count == 0 ? 0 : offset + count),
                    bytes.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw Libc.broken("lseek or pread", e);
        }
    }

    private FileSystemException failed(MemorySegment state) {
        return new FileSystemException(shown, null, Libc.message(Libc.errno(state)));
    }

    @Override
    public void close() {
        try {
            var _ = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw Libc.broken("close", e);
        }
    }
}
