package dev.muster.ops.bench;

import com.pty4j.PtyProcess;
import com.pty4j.PtyProcessBuilder;

import io.vertx.core.buffer.Buffer;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.function.Consumer;

/** A terminal without anything between it and who types: the first floor. */
final class BarePty implements TerminalEnd {

    private static final int CHUNK = 32 * 1024;

    private final PtyProcess process;
    private final OutputStream input;
    private volatile Consumer<Buffer> listener = _ -> {};

    BarePty(String command) throws IOException {
        process =
                new PtyProcessBuilder(new String[] {"/bin/bash", "--norc", "-c", command})
                        .setEnvironment(new HashMap<>(System.getenv()))
                        .start();
        input = process.getOutputStream();
        Thread.ofPlatform().daemon().name("bare terminal").start(this::read);
    }

    private void read() {
        var chunk = new byte[CHUNK];
        try (var output = process.getInputStream()) {
            for (int count = output.read(chunk); count >= 0; count = output.read(chunk)) {
                listener.accept(Buffer.buffer(count).appendBytes(chunk, 0, count));
            }
        } catch (IOException e) {
            // a terminal whose program ended cannot be read
            if (process.isAlive()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void type(byte[] keys) {
        try {
            input.write(keys);
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void listen(Consumer<Buffer> to) {
        listener = to;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
