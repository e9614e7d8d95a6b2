package dev.muster.coordinator;

import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Refusal;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Answers for a worker as one does that opens shells as it is told. Thread-safe. */
final class ShellMachine implements AutoCloseable {

    private static final int MOST_SECONDS = 20;

    private final FakeWorker worker;
    private final Thread thread;
    // guarded by this, all
    private final Set<String> live = new HashSet<>();
    private final Set<String> ended = new HashSet<>();
    private final List<Question.OpenShell> opened = new ArrayList<>();
    private Reply.@Nullable Refused refusal;

    ShellMachine(FakeWorker worker) {
        this.worker = worker;
        worker.asks.clear();
        thread = Thread.ofVirtual().name("shell-machine").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                answer(worker.asks.take());
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    private void answer(ToWorker.Ask ask) {
        worker.answer(ask, reply(ask.question()));
    }

    private synchronized Reply reply(Question question) {
        notifyAll();
        return switch (question) {
            case Question.OpenShell _ when refusal != null -> refusal;
            case Question.OpenShell asked -> {
                if (!ended.contains(asked.terminal()) && live.add(asked.terminal())) {
                    opened.add(asked);
                }
                yield told(asked.terminal());
            }
            case Question.EndShell(var terminal) -> {
                live.remove(terminal);
                ended.add(terminal);
                yield told(terminal);
            }
            case Question.ShellStatus(var terminals) ->
                    new Reply.Shells(
                            terminals.stream().filter(live::contains).map(this::shell).toList());
            default -> new Reply.Refused(Refusal.UNREADABLE, "It was not asked of shells.");
        };
    }

    private Reply told(String terminal) {
        return new Reply.Shells(List.of(shell(terminal)));
    }

    private Reply.Shell shell(String terminal) {
        boolean lives = live.contains(terminal);
        return new Reply.Shell(terminal, lives, lives ? null : "ended");
    }

    /** From now on it opens none. */
    synchronized void refuse(Refusal code) {
        refusal = new Reply.Refused(code, "It does not want to.");
    }

    /** As by a start anew. */
    synchronized void forgetAll() {
        live.clear();
    }

    /** What it was told to open last. */
    synchronized Question.OpenShell opened() {
        return opened.getLast();
    }

    synchronized void awaitEnded(String terminal) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (!ended.contains(terminal)) {
            if (System.nanoTime() > end) {
                throw new AssertionError(terminal + " was not to end");
            }
            wait(500);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
