package dev.muster.worker.run;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.pipeline.Stage;

import java.util.function.Consumer;

/** Tells what a running stage asks of people, and nothing once the stage is over. Thread-safe. */
final class Asks implements Consumer<String> {

    private final RunContext context;
    private final int index;
    private final Stage stage;
    private boolean over;

    Asks(RunContext context, int index, Stage stage) {
        this.context = context;
        this.index = index;
        this.stage = stage;
    }

    @Override
    public synchronized void accept(String message) {
        if (!over) {
            context.report(
                    new Fact.AgentAsked(context.elapsedMillis(), index, stage.name(), message));
        }
    }

    /** What comes late would be told among the facts of another stage. */
    synchronized void over() {
        over = true;
    }
}
