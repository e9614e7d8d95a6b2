package dev.muster.ops.bench;

import io.vertx.core.buffer.Buffer;

import java.util.function.Consumer;

/** One end of a terminal that somebody types at. */
interface TerminalEnd extends AutoCloseable {

    /** Types; returns at once. */
    void type(byte[] keys);

    /** Has output told to {@code listener} from now on, from one thread at a time. */
    void listen(Consumer<Buffer> listener);

    @Override
    void close();
}
