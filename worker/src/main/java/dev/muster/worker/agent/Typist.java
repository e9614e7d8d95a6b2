package dev.muster.worker.agent;

import dev.muster.worker.terminal.ShellTerminal;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Types a prompt into an agent's terminal, on a thread of its own, when the agent is ready. */
final class Typist {

    private static final byte[] ENTER = "\r".getBytes(StandardCharsets.US_ASCII);

    /** Consoles take an Enter that comes with a paste for a part of it, and react to a paste. */
    private static final Duration REACTION = Duration.ofSeconds(2);

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
        // keys of people would end up in the prompt, or send half of it
        terminal.keyboard().typeTogether(() -> typed = isTyped(prompt));
    }

    private boolean isTyped(Prompt prompt) throws InterruptedException {
        long before = output.chunks();
        if (!terminal.keyboard().type(prompt.pasted())) {
            return false;
        }
        output.awaitMore(before, REACTION);
        return terminal.keyboard().type(ENTER);
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
