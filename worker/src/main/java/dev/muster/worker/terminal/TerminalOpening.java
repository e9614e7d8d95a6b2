package dev.muster.worker.terminal;

import java.io.IOException;

/** Opens terminals. */
@FunctionalInterface
public interface TerminalOpening {

    /**
     * A terminal whose shell starts with the first stage.
     *
     * @throws IOException if its directory does not exist
     */
    ShellTerminal open(TerminalSpec spec, TerminalOutput output) throws IOException;
}
