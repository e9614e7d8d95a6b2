package dev.muster.worker.terminal;

import dev.muster.worker.process.Libc;
import dev.muster.worker.process.Posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A terminal whose program is started with {@code posix_spawn}, on Linux with glibc 2.34 or newer.
 *
 * <p>The child borrows the daemon's memory until its {@code exec} instead of copying the page
 * tables, as {@code fork} does: a spawn costs the same 0.5 ms whatever the daemon's size, where
 * forking a daemon of 300 MB took 40 ms. The end is seen through a process descriptor, polled
 * together with the terminal, so one thread is enough.
 */
final class SpawnedPty implements Pty {

    // a terminal holds less than this, so after the exit nothing of the program's is behind it
    private static final int MOST_UNREAD = 128 * 1024;

    private static final boolean AVAILABLE =
            System.getProperty("os.name", "").equals("Linux")
                    && Libc.has("posix_spawn_file_actions_addclosefrom_np")
                    && Libc.has("posix_spawn_file_actions_addchdir_np");

    private final long pid;
    private final int exitDescriptor;
    private final MemorySegment polled = Arena.ofAuto().allocate(16, 4);

    private int master; // guarded by this; -1 when closed. The reader alone closes it

    // only the reader thread touches these
    private boolean exited;
    private int readSinceExit;

    private SpawnedPty(int master, long pid, int exitDescriptor) {
        this.master = master;
        this.pid = pid;
        this.exitDescriptor = exitDescriptor;
        poll(0, master);
        poll(1, exitDescriptor);
    }

    static boolean isAvailable() {
        return AVAILABLE;
    }

    static SpawnedPty start(
            List<String> command,
            Map<String, String> environment,
            Path directory,
            int columns,
            int rows)
            throws IOException {
        int master = LinuxCalls.openMaster();
        try (var arena = Arena.ofConfined()) {
            LinuxCalls.resize(master, columns, rows);
            var slave = LinuxCalls.slaveOf(master, arena);
            int pid =
                    PosixSpawn.spawn(
                            arena,
                            slave,
                            command,
                            environment.entrySet().stream()
                                    .map(e -> e.getKey() + "=" + e.getValue())
                                    .toList(),
                            directory.toString());
            return new SpawnedPty(master, pid, watched(pid));
        } catch (IOException | RuntimeException e) {
            LinuxCalls.close(master);
            throw e;
        }
    }

    private static int watched(int pid) throws IOException {
        try {
            return LinuxCalls.exitDescriptor(pid);
        } catch (IOException e) {
            Posix.signalGroup(pid, Posix.Signal.KILL);
            LinuxCalls.reap(pid);
            throw e;
        }
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public int read(byte[] into) {
        while (true) {
            if (LinuxCalls.poll(polled, exited ? 0 : -1) < 0) {
                continue; // a signal of the JVM's own
            }
            int events = happened(0);
            if ((events & LinuxCalls.POLLIN) != 0 && readSinceExit < MOST_UNREAD) {
                int count = LinuxCalls.read(master, into);
                if (count > 0) {
                    readSinceExit += exited ? count : 0;
                    return count;
                }
            }
            if (exited) {
                return -1;
            }
            if (happened(1) != 0) {
                // poll looked at the terminal first: what was printed in between is seen by another
                exited = true;
                poll(0, master);
                poll(1, -1);
            } else if (events != 0 && (events & LinuxCalls.POLLIN) == 0) {
                poll(0, -1); // nobody has the terminal open any more; only the exit is left to see
            }
        }
    }

    @Override
    public Exit reap() {
        return LinuxCalls.reap((int) pid);
    }

    @Override
    public synchronized int write(byte[] bytes) {
        return master < 0 ? 0 : LinuxCalls.write(master, bytes);
    }

    @Override
    public int writeNow(byte[] bytes) {
        return write(bytes);
    }

    @Override
    public synchronized void resize(int columns, int rows) {
        if (master >= 0) {
            LinuxCalls.resize(master, columns, rows);
        }
    }

    @Override
    public synchronized void close() {
        if (master >= 0) {
            LinuxCalls.close(master);
            LinuxCalls.close(exitDescriptor);
            master = -1;
        }
    }

    private void poll(int entry, int descriptor) {
        polled.set(ValueLayout.JAVA_INT, entry * 8L, descriptor);
        polled.set(ValueLayout.JAVA_SHORT, entry * 8L + 4, LinuxCalls.POLLIN);
        polled.set(ValueLayout.JAVA_SHORT, entry * 8L + 6, (short) 0);
    }

    private int happened(int entry) {
        return polled.get(ValueLayout.JAVA_SHORT, entry * 8L + 6);
    }
}
