package dev.muster.worker.terminal;

import com.pty4j.PtyProcess;
import com.pty4j.PtyProcessBuilder;
import com.pty4j.WinSize;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A terminal of pty4j's, for systems without {@link SpawnedPty}. It forks the whole JVM, whose
 * memory makes that slow, and needs a second thread that waits for the exit.
 */
final class ForkedPty implements Pty {

    private final PtyProcess process;

    private ForkedPty(PtyProcess process) {
        this.process = process;
    }

    static ForkedPty start(
            List<String> command,
            Map<String, String> environment,
            Path directory,
            int columns,
            int rows)
            throws IOException {
        return new ForkedPty(
                new PtyProcessBuilder(command.toArray(String[]::new))
                        .setEnvironment(environment)
                        .setDirectory(directory.toString())
                        .setInitialColumns(columns)
                        .setInitialRows(rows)
                        // or what a program prints just before its exit may be lost
                        .setUnixOpenTtyToPreserveOutputAfterTermination(true)
                        .start());
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public int read(byte[] into) {
        try {
            return process.getInputStream().read(into);
        } catch (IOException _) {
            return -1; // how a terminal ends on some systems
        }
    }

    /** pty4j tells 128 + signal as the status of a killed program, so the signal is not known. */
    @Override
    public Exit reap() {
        while (true) {
            try {
                return new Exit(process.waitFor(), 0);
            } catch (InterruptedException _) {
                // the reader thread is nobody's to interrupt, and a zombie nobody's to leave
            }
        }
    }

    /** May block while the program does not read. */
    @Override
    public int write(byte[] bytes) {
        try {
            var out = process.getOutputStream();
            out.write(bytes);
            out.flush();
            return bytes.length;
        } catch (IOException _) {
            return 0;
        }
    }

    @Override
    public int writeNow(byte[] bytes) {
        return 0;
    }

    @Override
    public void resize(int columns, int rows) {
        if (process.isAlive()) {
            process.setWinSize(new WinSize(columns, rows));
        }
    }

    @Override
    public void close() {
        // both streams, for closing one leaves the terminal open for the other
        close(process.getInputStream());
        close(process.getOutputStream());
    }

    private static void close(Closeable stream) {
        try {
            stream.close();
        } catch (IOException _) {
            // closed is closed
        }
    }
}
