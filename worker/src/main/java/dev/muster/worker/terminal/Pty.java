package dev.muster.worker.terminal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A program in a pseudo terminal, leader of its own session. One thread reads, and at the end reaps
 * and closes; the rest may be called by any thread at any time.
 */
interface Pty {

    /**
     * How the program ended.
     *
     * @param signal the signal that killed the program; 0 if it ended by itself
     * @param status its exit status; 128 + {@code signal} if killed; -1 if nobody knows
     */
    record Exit(int status, int signal) {}

    /** Starts a program; with {@code posix_spawn} where that can do it, else with pty4j. */
    static Pty start(
            List<String> command,
            Map<String, String> environment,
            Path directory,
            int columns,
            int rows)
            throws IOException {
        if (SpawnedPty.isAvailable()) {
            return SpawnedPty.start(command, environment, directory, columns, rows);
        }
        return ForkedPty.start(command, environment, directory, columns, rows);
    }

    /** The program's process id, and so its session and first group. */
    long pid();

    /**
     * Waits for output.
     *
     * @return how many bytes were read; -1 when the program has ended and all it printed was read,
     *     even while others still have the terminal open
     */
    int read(byte[] into);

    /** Collects the status of the ended program, whose number is then free for others. */
    Exit reap();

    /**
     * Types.
     *
     * @return how many of the bytes the terminal took; fewer when the program does not read
     */
    int write(byte[] bytes);

    /** The same, but never waits: where that cannot be promised, it takes nothing. */
    int writeNow(byte[] bytes);

    void resize(int columns, int rows);

    void close();
}
