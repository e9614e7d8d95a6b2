package dev.muster.coordinator.model;

import dev.muster.coordinator.model.ModelMachine.Status;
import dev.muster.protocol.task.TaskState;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;

/** How leases end that nobody reports the end of, and what becomes of their tasks. */
final class EndRules {

    private static final int MOST_LOSSES = 3;

    /** Why; the word is what people see. */
    enum Loss {
        SILENCE("machine_lost"),
        UNMENTIONED("worker_lost"),
        RESTART("worker_restarted"),
        DECOMMISSION("machine_decommissioned");

        final String word;

        Loss(String word) {
            this.word = word;
        }
    }

    private final Model model;

    EndRules(Model model) {
        this.model = model;
    }

    void ofDecommissioned() {
        var gone = model.leased(lease -> lease.machine.status == Status.DECOMMISSIONED);
        for (var task : gone) {
            var lease = Objects.requireNonNull(task.lease);
            model.stop(lease.ref, lease.machine);
        }
        end(gone, Loss.DECOMMISSION);
        model.tasks.values().forEach(EndRules::waitForNobodyGone);
    }

    /** Where its workspace is nobody works any more. */
    private static void waitForNobodyGone(ModelTask task) {
        var at = task.goesOnAt;
        if (task.state == TaskState.QUEUED && at != null && at.status == Status.DECOMMISSIONED) {
            task.goesOnAt = null;
            task.goesOnIn = null;
            task.event("begins_anew " + Loss.DECOMMISSION.word);
        }
    }

    void ofOtherBoots(ModelMachine machine, UUID boot) {
        end(
                model.leased(lease -> lease.machine == machine && !lease.boot.equals(boot)),
                Loss.RESTART);
    }

    /** What a machine loses at a time without a word counts once against it. */
    void end(List<ModelTask> tasks, Loss loss) {
        if (loss == Loss.SILENCE) {
            tasks.stream()
                    .filter(EndRules::isUnheard)
                    .collect(
                            Collectors.toMap(
                                    task -> Objects.requireNonNull(task.lease).machine,
                                    task -> Objects.requireNonNull(task.lease).boot,
                                    (one, _) -> one))
                    .forEach((machine, boot) -> machine.beginsNothing(boot, model.now));
        }
        tasks.forEach(task -> end(task, loss));
    }

    private static boolean isUnheard(ModelTask task) {
        return !Objects.requireNonNull(task.lease).renewed && task.newest().log.isEmpty();
    }

    /**
     * What began is over, though not for good if its machine was only silent; what did not waits
     * again, unless it was lost too often.
     */
    private void end(ModelTask task, Loss loss) {
        var before = task.state;
        boolean counts = loss != Loss.DECOMMISSION;
        var attempt = task.newest();
        var lease = Objects.requireNonNull(task.lease);
        boolean unheard = loss == Loss.SILENCE && isUnheard(task);
        if (loss == Loss.SILENCE && attempt.began) {
            task.giveUp();
        } else {
            task.release();
        }
        if (attempt.began) {
            attempt.end("LOST", loss.word);
            if (before == TaskState.SUSPENDED && !counts) {
                task.attempt++;
                beginAnew(task, loss);
            } else if (counts) {
                lostWhileItRan(task, loss);
            } else {
                task.move(TaskState.FAILED, loss.word, loss.word);
            }
            return;
        }
        attempt.losses += counts && !unheard ? 1 : 0;
        if (counts && !unheard && attempt.losses >= MOST_LOSSES) {
            attempt.end("LOST", "poison");
            task.move(TaskState.FAILED, "poison", "poison");
            return;
        }
        attempt.fence = 0;
        attempt.log = "";
        if (counts) {
            task.requeue(loss.word);
            if (unheard && task.waitsFor() == null) {
                task.passOver(lease.machine, model.now);
            }
        } else {
            beginAnew(task, loss);
        }
    }

    /** It runs again if all that would run twice may, but for the third loss. */
    private static void lostWhileItRan(ModelTask task, Loss loss) {
        int stage = task.stage == null ? 0 : task.stage;
        int losses = task.lossesWhileItRan();
        if (losses >= MOST_LOSSES && task.project.mayRetry(stage, 1)) {
            task.move(TaskState.FAILED, "poison", "poison");
            return;
        }
        task.move(TaskState.FAILED, loss.word, loss.word);
        if (losses < MOST_LOSSES && task.project.mayRetry(stage, losses)) {
            task.attempt++;
            beginAnew(task, loss);
        }
    }

    /** Not in a workspace of a machine that is gone. */
    private static void beginAnew(ModelTask task, Loss loss) {
        task.goesOnAt = null;
        task.goesOnIn = null;
        task.requeue(loss.word);
    }
}
