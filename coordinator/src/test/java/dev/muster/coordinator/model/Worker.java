package dev.muster.coordinator.model;

import dev.muster.coordinator.model.Step.Fit;
import dev.muster.coordinator.model.Step.Told;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** What the worker of a machine knows: who it is, and what it was granted. */
final class Worker {

    /** A right it was granted, and how far it got with it. */
    static final class Right {
        final Worker worker;
        final LeaseRef lease;
        final Project project;
        int told;
        int printed;
        @Nullable Fact last;

        /** Nothing of it runs any more. */
        boolean isFinished;

        Right(Worker worker, LeaseRef lease, Project project) {
            this.worker = worker;
            this.lease = lease;
            this.project = project;
        }

        /** Whether its worker believes in it. */
        boolean isHeld() {
            return worker.held.contains(this);
        }

        /** What it says now; what nothing can begin with it does not say. */
        Fact fact(Told told, Fit fit, int number) {
            if (fit == Fit.AGAIN && last != null) {
                return last;
            }
            return number == 1 && told == Told.SUCCEEDED
                    ? fact(Told.STARTED, number)
                    : fact(told, number);
        }

        private Fact fact(Told told, int number) {
            return switch (told) {
                case USUAL -> fact(project.usual(number), number);
                case STARTED -> new Fact.StageStarted(1, 0, "s0", null);
                case ASKED -> new Fact.GateOpened(1, project.gate, "s" + project.gate, null);
                case WENT_ON -> new Fact.StageStarted(1, 1, "s1", null);
                case SUCCEEDED -> new Fact.Succeeded(9, null);
                case FAILED -> new Fact.Failed(9, "stage_failed", "It broke.", null);
            };
        }

        /** The number of what is told so. */
        int number(Fit fit) {
            return switch (fit) {
                case NEXT, STRANGER -> told + 1;
                case AGAIN -> Math.max(1, told);
                case AHEAD -> told + 2;
            };
        }

        /** What its terminal prints at {@code offset}: no other grant's prints the same. */
        String print(int offset, int bytes) {
            var text = new StringBuilder();
            for (int i = offset; i < offset + bytes; i++) {
                text.append(i % 4 == 3 ? '\n' : (char) ('a' + (i + lease.fence() * 7) % 26));
            }
            return text.toString();
        }
    }

    final ModelMachine machine;

    /** What it believes to have. */
    final List<Right> held = new ArrayList<>();

    final List<UUID> dead = new ArrayList<>();
    UUID boot = UUID.randomUUID();
    boolean isSilent;

    Worker(ModelMachine machine) {
        this.machine = machine;
    }

    List<LeaseRef> heldLeases() {
        return held.stream().map(right -> right.lease).toList();
    }

    /** Those of them of which only the outcome is left to tell. */
    List<LeaseRef> finishedLeases() {
        return held.stream().filter(right -> right.isFinished).map(right -> right.lease).toList();
    }

    @Override
    public String toString() {
        return "machine=" + Lines.brief(machine.id);
    }
}
