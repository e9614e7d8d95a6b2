package dev.muster.worker.process;

import java.util.Optional;

/**
 * A process as one look at the system saw it.
 *
 * @param session its session; 0 where the system does not tell
 * @param cookie the cookie in its environment; empty if there is none, or it is not ours to read
 */
record RunningProcess(long pid, long parent, long session, Optional<Cookie> cookie) {}
