package dev.muster.worker.run;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Try;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageValues;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The stages of one attempt, one after the other, each when it is its turn. */
final class Course {

    private final Assignment assignment;
    private final List<Stage> stages;
    private final RunContext context;
    private final Stages.Driver driver;
    private final @Nullable String branch;
    private final int first;

    /** Of the gates so far, by the variables that carry them. */
    private final Map<String, String> answers = new HashMap<>();

    Course(
            Assignment assignment,
            RunContext context,
            Stages.Driver driver,
            @Nullable String branch) {
        this.assignment = assignment;
        this.stages = assignment.pipeline().stages();
        this.context = context;
        this.driver = driver;
        this.branch = branch;
        var continues = assignment.continues();
        this.first = continues == null ? 0 : continues.stage();
    }

    /**
     * How a stage failed for good.
     *
     * @param ends whether nothing can be run after it
     */
    private record Failed(StageOutcome.Failure why, boolean ends) {}

    /** Runs them; answers why the attempt failed, by the first stage that did. */
    Optional<StageOutcome.Failure> run() throws IOException, InterruptedException {
        Failed failed = null;
        for (int i = first; i < stages.size(); i++) {
            if (stages.get(i).runs().isAfter(failed != null)) {
                var now = stage(i);
                failed = failed == null ? now : failed;
                if (now != null && now.ends()) {
                    break;
                }
            }
        }
        return Optional.ofNullable(failed).map(Failed::why);
    }

    /**
     * Asks at the stage's gate, if it has one, and runs the stage as often as it may be tried; null
     * once it succeeded.
     */
    private @Nullable Failed stage(int index) throws IOException, InterruptedException {
        var stage = stages.get(index);
        // with a gate before it the attempt began with that, and the answer proves that it was
        // heard
        boolean begins = index == first && stage.gate() == null;
        if (stage.gate() != null) {
            var opened = new Fact.GateOpened(context.elapsedMillis(), index, stage.name(), branch);
            var result = context.ask(opened);
            stage.gate().gives().ifPresent(one -> answers.put(one.environment(), result));
        }
        for (int number = 1; ; number++) {
            var go = stage.tries() == 1 ? null : new Try(number, stage.tries());
            boolean lastTry = number == stage.tries();
            var started =
                    new Fact.StageStarted(context.elapsedMillis(), index, stage.name(), branch, go);
            if (begins && number == 1) {
                context.begin(started);
            } else {
                context.report(started);
            }
            boolean last = lastTry && index == stages.size() - 1;
            var asks = new Asks(context, index, stage);
            StageEnd end;
            try {
                end = once(index, last, asks);
            } finally {
                asks.over();
            }
            var ended = StageOutcome.fact(context.elapsedMillis(), index, stage, end, go);
            context.report(ended);
            if (ended.ok()) {
                return null;
            }
            if (lastTry || !StageOutcome.isTheStagesOwn(end)) {
                return new Failed(
                        StageOutcome.failure(stage, end, go), StageOutcome.endsTheRest(end));
            }
            context.pause(stage.pause());
        }
    }

    /** Runs the stage once, if all it names is there. */
    private StageEnd once(int index, boolean last, Asks asks)
            throws IOException, InterruptedException {
        var stage = stages.get(index);
        var secrets = new HashMap<String, Confidential>();
        for (var name : stage.secrets()) {
            var secret = assignment.provision().secrets().get(name);
            if (secret == null) {
                return new StageEnd.SecretMissing(name);
            }
            secrets.put(name, secret);
        }
        return driver.run(index, stage, new StageValues(answers, secrets), last, asks);
    }
}
