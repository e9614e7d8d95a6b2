package dev.muster.worker;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.run.RunContext;
import dev.muster.worker.run.Runner;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs attempts without a process: at once, for the command {@code hold} until let go, for {@code
 * ask} once a gate was answered.
 */
final class TestRunner implements Runner {

    private final List<LeaseRef> ran = new CopyOnWriteArrayList<>();
    private final List<LeaseRef> interrupted = new CopyOnWriteArrayList<>();
    private final Map<LeaseRef, String> answers = new ConcurrentHashMap<>();
    private final Map<LeaseRef, CountDownLatch> holds = new ConcurrentHashMap<>();
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    @Override
    public void run(Assignment assignment, RunContext context) throws InterruptedException {
        ran.add(assignment.lease());
        most.accumulateAndGet(now.incrementAndGet(), Math::max);
        try {
            var stage = assignment.pipeline().stages().getFirst();
            if (stage.command().equals("ask")) {
                var opened = new Fact.GateOpened(context.elapsedMillis(), 0, stage.name(), null);
                answers.put(assignment.lease(), context.ask(opened));
            }
            context.report(new Fact.StageStarted(context.elapsedMillis(), 0, stage.name(), null));
            switch (stage.command()) {
                case "hold" -> hold(assignment.lease()).await();
                case "bug" -> throw new IllegalStateException("a bug");
                default -> {}
            }
            context.report(
                    new Fact.StageEnded(context.elapsedMillis(), 0, stage.name(), true, 0, null));
            context.report(new Fact.Succeeded(context.elapsedMillis(), null));
        } catch (InterruptedException e) {
            interrupted.add(assignment.lease());
            throw e;
        } finally {
            now.decrementAndGet();
        }
    }

    private CountDownLatch hold(LeaseRef lease) {
        return holds.computeIfAbsent(lease, _ -> new CountDownLatch(1));
    }

    void letGo(LeaseRef lease) {
        hold(lease).countDown();
    }

    List<LeaseRef> ran() {
        return List.copyOf(ran);
    }

    /** What was answered at the gate of an attempt; null before that. */
    @Nullable String answer(LeaseRef lease) {
        return answers.get(lease);
    }

    boolean wasInterrupted(LeaseRef lease) {
        return interrupted.contains(lease);
    }

    int now() {
        return now.get();
    }

    int most() {
        return most.get();
    }
}
