package dev.muster.coordinator.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.lease.Leases;
import dev.muster.coordinator.machine.Greeting;
import dev.muster.coordinator.model.Step.Fit;
import dev.muster.coordinator.model.Step.Told;
import dev.muster.coordinator.model.Worker.Right;
import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.Kept;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.wire.Wire;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** What workers do, in both worlds. Each answers in words what came of it. */
final class Machinery {

    private static final Load LIGHT = new Load(0.5, 0.5, 0.5);

    private final Bench bench;
    private final Model model;
    private final TimeRules times;
    private final MachineRules rules;
    private final List<Worker> workers;
    private final List<Right> granted;

    /**
     * @param granted all rights that workers ever got
     */
    Machinery(
            Bench bench, Model model, TimeRules times, List<Worker> workers, List<Right> granted) {
        this.bench = bench;
        this.model = model;
        this.times = times;
        this.rules = new MachineRules(model, times);
        this.workers = workers;
        this.granted = granted;
    }

    /**
     * Of those that are held, the newest first; or of those that were and are not any more, and
     * then first those that are most like one that is.
     */
    private Optional<Right> right(int which) {
        var held = workers.stream().flatMap(worker -> worker.held.stream()).toList();
        var had = new ArrayList<>(granted);
        had.removeAll(held);
        had.sort(Comparator.comparing(this::isLikeTheHolders));
        boolean isPast = held.isEmpty() || (which >= Steps.HELD && !had.isEmpty());
        var from = isPast ? had : held;
        return from.isEmpty()
                ? Optional.empty()
                : Optional.of(from.get(from.size() - 1 - which % Steps.HELD % from.size()));
    }

    private boolean isLikeTheHolders(Right right) {
        var task = model.task(right.lease.task());
        return (task.lease != null || task.givenUp != null)
                && task.attempt == right.lease.attempt()
                && task.newest().machine == right.worker.machine;
    }

    /** The worker tells the next of what it was granted last. */
    String begin(Worker worker) {
        return worker.held.isEmpty()
                ? worker + " has none"
                : tell(worker.held.getLast(), new Step.Tell(0, Told.USUAL, Fit.NEXT));
    }

    /** It tells two things of what it was granted last, and so does who had it before. */
    String late(Worker worker, Told first, Told second) {
        if (worker.held.isEmpty()) {
            return worker + " has none";
        }
        var right = worker.held.getLast();
        var all =
                granted.stream()
                        .filter(one -> one.worker == worker && one != right)
                        .filter(one -> one.lease.task() == right.lease.task())
                        .collect(Collectors.toCollection(ArrayList::new));
        all.add(right);
        var said = new ArrayList<String>();
        for (var one : all) {
            said.add(tell(one, new Step.Tell(0, first, Fit.NEXT)));
            said.add(tell(one, new Step.Tell(0, second, Fit.NEXT)));
        }
        return said.toString();
    }

    String tell(Step.Tell step) {
        return right(step.right()).map(right -> tell(right, step)).orElse("nobody has any");
    }

    private String tell(Right right, Step.Tell step) {
        int number = number(right, step.fit());
        var fact = right.fact(step.told(), step.fit(), number);
        var by = step.fit() == Fit.STRANGER ? stranger(right) : right.worker;
        var real =
                Bench.await(bench.reporting.take(report(by, right.lease, number, fact)))
                        .verdicts()
                        .getFirst();
        assertThat(real)
                .as("verdict on %d %s of %s", number, fact, right.lease)
                .isEqualTo(rules.report(by.machine, right.lease, number, fact));
        if (by == right.worker) {
            note(right, number, fact, real);
        }
        return "%s %s, fact %d: %s".formatted(by, right.lease, number, real);
    }

    /** Who has no right any more guesses well. */
    private int number(Right right, Fit fit) {
        return fit == Fit.NEXT && !right.isHeld() ? present(right).facts + 1 : right.number(fit);
    }

    /** What is taken for the right's attempt by who does not look at fences. */
    private ModelTask.Attempt present(Right right) {
        return model.task(right.lease.task()).attempts.get(right.lease.attempt());
    }

    private static void note(Right right, int number, Fact fact, Verdict verdict) {
        if (verdict == Verdict.ACCEPTED && number > right.told) {
            right.told = number;
            right.last = fact;
        }
        if (verdict == Verdict.STALE || (verdict == Verdict.ACCEPTED && fact.isFinal())) {
            right.worker.held.remove(right);
        }
    }

    private Worker stranger(Right right) {
        return workers.get((workers.indexOf(right.worker) + 1) % workers.size());
    }

    private static Reports report(Worker by, LeaseRef lease, int number, Fact fact) {
        var report = new Report(lease, number, List.of(fact));
        return new Reports(Wire.VERSION, by.machine.id, by.boot, List.of(report));
    }

    /** Both are answered as if the other had come before. */
    String tellTwice(int which, boolean succeeded) {
        return right(which)
                .map(right -> tellTwice(right, succeeded ? Told.SUCCEEDED : Told.FAILED))
                .orElse("nobody has any");
    }

    private String tellTwice(Right right, Told told) {
        int number = number(right, Fit.NEXT);
        var fact = right.fact(told, Fit.NEXT, number);
        var reports = report(right.worker, right.lease, number, fact);
        var here = bench.reporting.take(reports);
        var there = bench.otherReporting.take(reports);
        var real =
                List.of(
                        Bench.await(here).verdicts().getFirst(),
                        Bench.await(there).verdicts().getFirst());
        var machine = right.worker.machine;
        var first = rules.report(machine, right.lease, number, fact);
        var second = rules.report(machine, right.lease, number, fact);
        assertThat(real).as("verdicts on %s", right.lease).isEqualTo(List.of(first, second));
        note(right, number, fact, first);
        return right.lease + ", fact " + number + " twice: " + first;
    }

    String print(Step.Print step) {
        return right(step.right()).map(right -> print(right, step)).orElse("nobody has any");
    }

    private String print(Right right, Step.Print step) {
        int offset =
                switch (step.fit()) {
                    case NEXT, STRANGER ->
                            right.isHeld() ? right.printed : present(right).log.length();
                    case AGAIN -> Math.max(0, right.printed - 2);
                    case AHEAD -> right.printed + 2;
                };
        var by = step.fit() == Fit.STRANGER ? stranger(right) : right.worker;
        var text = right.print(offset, step.bytes());
        var append =
                new Append(
                        Wire.VERSION,
                        by.machine.id,
                        by.boot,
                        right.lease,
                        offset,
                        1,
                        text.getBytes(StandardCharsets.UTF_8));
        var real = Bench.await(bench.logs.append(append));
        var meant = rules.append(by.machine, right.lease, offset, text);
        assertThat(new MachineRules.Appended(real.verdict(), real.stored()))
                .as("what is said to %d bytes at %d of %s", step.bytes(), offset, right.lease)
                .isEqualTo(meant);
        if (by == right.worker && real.verdict() == Verdict.ACCEPTED) {
            right.printed = (int) real.stored();
        }
        return "%s %s at %d: %s".formatted(by, right.lease, offset, real.verdict());
    }

    String forget(int which) {
        var right = right(which);
        right.ifPresent(one -> one.worker.held.remove(one));
        return right.map(one -> one.lease.toString()).orElse("there is nothing to forget");
    }

    String finish(int which) {
        var right = right(which);
        right.ifPresent(one -> one.isFinished = true);
        return right.map(one -> one.lease.toString()).orElse("nobody has any");
    }

    String beat(Worker worker) {
        return beat(worker, worker.heldLeases(), worker.finishedLeases());
    }

    String beatOfThePast(Worker worker, boolean finished) {
        var past =
                granted.stream()
                        .filter(right -> right.worker == worker && !right.isHeld())
                        .map(right -> right.lease)
                        .toList();
        return beat(worker, past, finished ? past : List.of());
    }

    private String beat(Worker worker, List<LeaseRef> held, List<LeaseRef> finished) {
        var beat =
                new Heartbeat(
                        Wire.VERSION,
                        worker.machine.id,
                        worker.boot,
                        LIGHT,
                        held,
                        finished.isEmpty() ? null : finished,
                        null,
                        null);
        var real = bench.leases.heartbeat(beat);
        var meant = times.heartbeat(worker.machine, worker.boot, held, finished);
        assertThat(real.isPresent()).as("whether it may speak").isEqualTo(meant.isPresent());
        if (real.isEmpty()) {
            return worker + " may not speak";
        }
        return worker + told(worker, real.get(), meant.get());
    }

    /** What it must stop, and what it may go on with for the whole window. */
    private static String told(Worker worker, Leases.Reply real, TimeRules.Reply meant) {
        assertThat(real.stop()).as("what must stop").isEqualTo(meant.stop());
        assertThat(real.kept())
                .as("what goes on")
                .containsExactlyInAnyOrderElementsOf(
                        meant.kept().stream()
                                .map(lease -> new Kept(lease, Model.GRACE * 30_000L))
                                .toList());
        worker.held.removeIf(right -> real.stop().contains(right.lease));
        return " stop=" + real.stop();
    }

    String restart(Worker worker, boolean knows) {
        var former = worker.boot;
        var boot = UUID.randomUUID();
        var said = hello(worker, boot, knows ? former : null);
        if (boot.equals(worker.machine.boot)) {
            worker.dead.add(former);
        }
        return said;
    }

    String helloFromTheGrave(Worker worker) {
        return worker.dead.isEmpty() ? "none is dead" : hello(worker, worker.dead.getFirst(), null);
    }

    /** As the endpoint of workers does it. */
    String hello(Worker worker, UUID boot, @Nullable UUID after) {
        boolean isNew = !boot.equals(worker.boot);
        var held = isNew ? List.<LeaseRef>of() : worker.heldLeases();
        var finished = isNew ? List.<LeaseRef>of() : worker.finishedLeases();
        var hello =
                new Hello(
                        Wire.VERSION,
                        worker.machine.id,
                        boot,
                        "test",
                        List.of("shell"),
                        4,
                        held,
                        finished.isEmpty() ? null : finished,
                        after);
        var real = bench.machines.hello(hello);
        var meant = times.hello(worker.machine, boot, after);
        assertThat(real).as("the greeting").isEqualTo(meant);
        if (real != Greeting.WELCOME) {
            return worker + " " + real;
        }
        if (isNew) {
            worker.boot = boot;
            worker.held.clear();
        }
        bench.leases.endOfOtherBoots(worker.machine.id, boot);
        var reply = bench.leases.reconcile(worker.machine.id, held, finished);
        return worker + told(worker, reply, times.reconcile(worker.machine, held, finished));
    }
}
