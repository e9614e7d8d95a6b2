package dev.muster.worker.terminal;

import java.io.IOException;

/** Where a terminal's bytes go. Called by one thread at a time; may block to slow the program. */
@FunctionalInterface
public interface TerminalOutput {

    /**
     * Takes bytes in the order they were printed. The array is the caller's again afterwards.
     *
     * @throws IOException if they cannot be kept; the terminal is then ended
     */
    void accept(byte[] bytes, int from, int length) throws IOException;
}
