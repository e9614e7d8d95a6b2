package dev.muster.worker.agent;

import dev.muster.worker.terminal.ShellTerminal;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** Types a prompt into an agent's terminal, on a thread of its own, when the agent is ready. */
final class Typist {

    private static final byte[] ENTER = "\r".getBytes(StandardCharsets.US_ASCII);

    /** Consoles take an Enter that comes with a paste for a part of it, and react to a paste. */
    private static final Duration REACTION = Duration.ofSeconds(2);

    // a terminal tells nobody when it has room again
    private static final Duration ROOM = Duration.ofMillis(20);

    private final ShellTerminal terminal;
    private final AgentOutput output;
    private final Duration ready;
    private volatile boolean gaveUp;
    private volatile boolean typed;
    private @Nullable Thread thread; // only its owner's thread touches this

    Typist(ShellTerminal terminal, AgentOutput output, Duration ready) {
        this.terminal = terminal;
        this.output = output;
        this.ready = ready;
    }

    /** Returns at once. */
    void type(Prompt prompt) {
        thread =
                Thread.ofVirtual()
                        .name("typist")
                        .start(
                                () -> {
                                    try {
                                        waitAndType(prompt);
                                    } catch (InterruptedException _) {
                                        // the stage is over
                                    }
                                });
    }

    private void waitAndType(Prompt prompt) throws InterruptedException {
        if (!output.awaitPasting(ready)) {
            if (!output.isOver()) {
                gaveUp = true;
                terminal.stop();
            }
            return;
        }
        long before = output.chunks();
        write(prompt.pasted());
        output.awaitMore(before, REACTION);
        write(ENTER);
        typed = true;
    }

    private void write(byte[] bytes) throws InterruptedException {
        for (int from = 0; from < bytes.length; ) {
            from += terminal.write(Arrays.copyOfRange(bytes, from, bytes.length));
            if (from < bytes.length) {
                Thread.sleep(ROOM);
            }
        }
    }

    /** Whether the agent never became ready, and was stopped for that. */
    boolean gaveUp() {
        return gaveUp;
    }

    /** Whether the whole prompt was typed. */
    boolean hasTyped() {
        return typed;
    }

    /** Types no more. */
    void end() throws InterruptedException {
        if (thread != null) {
            thread.interrupt();
            thread.join();
        }
    }
}
