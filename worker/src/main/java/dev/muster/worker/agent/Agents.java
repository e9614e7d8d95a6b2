package dev.muster.worker.agent;

import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.signal.SignalHome;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageValues;
import dev.muster.worker.terminal.TerminalOpening;
import dev.muster.worker.terminal.TerminalOutput;
import dev.muster.worker.terminal.TerminalSpec;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Has agents work on stages. One per daemon; thread-safe. */
public final class Agents {

    private final AgentTypes types;
    private final SignalHome home;

    public Agents(AgentTypes types, SignalHome home) {
        this.types = types;
        this.home = home;
    }

    /**
     * The agent that works on all stages of one attempt.
     *
     * @param terminals opens a stage's terminal
     * @param specs what it is opened with; asked once for each
     */
    public Optional<Agent> find(
            String type,
            TerminalOpening terminals,
            Supplier<TerminalSpec> specs,
            TerminalOutput output) {
        return types.find(type).map(found -> new Agent(found, terminals, specs, output));
    }

    /** An agent at work on an attempt. One thread runs its stages. */
    public final class Agent {

        private final AgentType type;
        private final TerminalOpening terminals;
        private final Supplier<TerminalSpec> specs;
        private final TerminalOutput output;

        private Agent(
                AgentType type,
                TerminalOpening terminals,
                Supplier<TerminalSpec> specs,
                TerminalOutput output) {
            this.type = type;
            this.terminals = terminals;
            this.specs = specs;
            this.output = output;
        }

        /**
         * Works on a stage and waits for its end.
         *
         * @param index of the stage, from 0
         * @param values answers of gates, and the stage's secrets
         * @param asks told what it asks of people while it works; by any thread
         * @throws IOException if it cannot be started
         * @throws InterruptedException if the waiting was; nothing of the stage lives on
         */
        public StageEnd run(int index, Stage stage, StageValues values, Consumer<String> asks)
                throws IOException, InterruptedException {
            var program = Programs.find(type.program());
            if (program.isEmpty()) {
                return new StageEnd.AgentMissing(type.program());
            }
            var directory = home.newDirectory();
            try {
                return new AgentStage(type, program.get(), index, stage, values, asks)
                        .run(terminals, specs.get(), output, directory, home);
            } finally {
                SignalHome.delete(directory);
            }
        }
    }
}
