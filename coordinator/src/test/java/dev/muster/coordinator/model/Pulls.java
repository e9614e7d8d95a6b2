package dev.muster.coordinator.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.dispatch.Dispatcher;
import dev.muster.coordinator.model.Worker.Right;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Pulled;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.Future;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Workers ask for tasks, in both worlds. Each answers in words what came of it. */
final class Pulls {

    /** Longer than a pull waits that is given something. */
    private static final long LONG_MILLIS = 10_000;

    /** Longer than a pass takes that finds nothing. */
    private static final long SHORT_MILLIS = 15;

    /** All rights that workers ever got, the newest last. */
    final List<Right> granted = new ArrayList<>();

    private final Bench bench;
    private final Model model;

    Pulls(Bench bench, Model model) {
        this.bench = bench;
        this.model = model;
    }

    String pull(Worker worker, int credit) {
        var due = model.due(worker.machine, credit);
        try (var dispatcher = bench.dispatcher()) {
            var pulled =
                    dispatcher.pull(
                            pull(worker, credit, due.isEmpty() ? SHORT_MILLIS : LONG_MILLIS));
            dispatcher.start();
            var real = leases(Bench.await(pulled));
            var meant = due.stream().map(task -> grant(task, worker)).toList();
            assertThat(real).as("what is granted").isEqualTo(meant);
            return "granted " + real;
        }
    }

    /**
     * Each is given one task if there is one for it, whoever comes first, and nobody is given
     * another's.
     */
    String pullTogether(Worker one, Worker other) {
        if (isNothingDue(one) && isNothingDue(other)) {
            return "there is nothing for either";
        }
        try (var here = bench.dispatcher();
                var there = bench.dispatcher()) {
            var first = here.pull(pull(one, 1, LONG_MILLIS));
            var second = there.pull(pull(other, 1, LONG_MILLIS));
            here.start();
            there.start();
            Bench.await(Future.any(first, second));
            // what the quicker one was given is gone before it is asked what is left
            return first.isComplete()
                    ? adopt(one, first) + finish(other, there, second)
                    : adopt(other, second) + finish(one, here, first);
        }
    }

    private boolean isNothingDue(Worker worker) {
        return model.due(worker.machine, 1).isEmpty();
    }

    private String finish(Worker worker, Dispatcher at, Future<Pulled> pulled) {
        if (isNothingDue(worker)) {
            // answers what is parked
            at.close();
        }
        return adopt(worker, pulled);
    }

    private String adopt(Worker worker, Future<Pulled> pulled) {
        var real = leases(Bench.await(pulled));
        var task = real.isEmpty() ? null : model.task(real.getFirst().task());
        boolean isDue =
                task == null ? isNothingDue(worker) : model.mayBeGranted(task, worker.machine);
        assertThat(isDue).as("%s is due to %s", real, worker).isTrue();
        if (task != null) {
            assertThat(real).containsExactly(grant(task, worker));
        }
        return worker + " " + real + " ";
    }

    private LeaseRef grant(ModelTask task, Worker worker) {
        var lease = model.grant(task, worker.machine);
        var right = new Right(worker, lease, task.project);
        worker.held.add(right);
        granted.add(right);
        return lease;
    }

    private static Pull pull(Worker worker, int credit, long millis) {
        return new Pull(
                Wire.VERSION,
                worker.machine.id,
                worker.boot,
                UUID.randomUUID(),
                credit,
                List.of("shell"),
                millis,
                false,
                null);
    }

    private static List<LeaseRef> leases(Pulled pulled) {
        return pulled.assignments().stream().map(Assignment::lease).toList();
    }
}
