package dev.muster.worker.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process as one look at the system saw it.
 *
 * @param session its session; 0 where the system does not tell
 * @param cookie the cookie in its environment; empty if there is none, or it is not ours to read
 */
record RunningProcess(long pid, long parent, long session, Optional<Cookie> cookie) {

    /** As people know it: number, program and state, as far as the system still tells. */
    String shown() {
        try {
            var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), ISO_8859_1);
            return stat.substring(0, stat.lastIndexOf(')') + 3);
        } catch (IOException | RuntimeException _) {
            return Long.toString(pid);
        }
    }
}
