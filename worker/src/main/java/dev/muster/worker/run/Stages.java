package dev.muster.worker.run;

import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.pipeline.Template;
import dev.muster.worker.agent.AgentTypes;
import dev.muster.worker.agent.Agents;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.relay.Controls;
import dev.muster.worker.terminal.Limits;
import dev.muster.worker.terminal.StageEnd;
import dev.muster.worker.terminal.StageScript;
import dev.muster.worker.terminal.StageValues;
import dev.muster.worker.terminal.TerminalOpening;
import dev.muster.worker.terminal.TerminalOutput;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What stages are run with: a shell or an agent, as the agent type says. Thread-safe. */
public final class Stages {

    private final Terminals terminals;
    private final Agents agents;

    public Stages(Terminals terminals, Agents agents) {
        this.terminals = terminals;
        this.agents = agents;
    }

    /** Runs the stages of one attempt, one after the other, on one thread. */
    interface Driver extends AutoCloseable {

        /**
         * Runs a stage and waits for its end.
         *
         * @param index of the stage, from 0
         * @param values answers of gates, and the stage's secrets
         * @param last whether nothing is run afterwards
         * @param asks told what the stage asks of people; by any thread
         */
        StageEnd run(
                int index, Stage stage, StageValues values, boolean last, Consumer<String> asks)
                throws IOException, InterruptedException;

        /**
         * Closes it, and waits until nothing of the stages is alive.
         *
         * @return false if something still is after as long as a kill may take
         */
        boolean closeAndAwait() throws InterruptedException;

        @Override
        void close();
    }

    /**
     * The driver of one attempt.
     *
     * @param specs what a terminal is opened with; a new one each time
     * @param controls of the terminal, whichever runs
     */
    Driver open(
            String agentType,
            Supplier<TerminalSpec> specs,
            TerminalOutput output,
            Controls controls)
            throws IOException {
        var opening = controls.over(terminals::open);
        if (agentType.equals(AgentTypes.SHELL)) {
            return shell(opening, specs, output);
        }
        var agent = agents.find(agentType, opening, specs, output);
        return new Driver() {
            @Override
            public StageEnd run(
                    int index, Stage stage, StageValues values, boolean last, Consumer<String> asks)
                    throws IOException, InterruptedException {
                return agent.isPresent()
                        ? agent.get().run(index, stage, values, asks)
                        : new StageEnd.AgentMissing(agentType);
            }

            @Override
            public boolean closeAndAwait() {
                return true; // each stage has waited
            }

            @Override
            public void close() {
                // each stage has ended its own terminal
            }
        };
    }

    /** Waits, bounded, for terminals that are being closed; false if some processes live on. */
    boolean awaitClosed() throws InterruptedException {
        return terminals.awaitClosed();
    }

    /** As {@link Terminals#awaitGone} does. */
    List<String> awaitGone(Set<Cookie> cookies, Duration afterKill) throws InterruptedException {
        return terminals.awaitGone(cookies, afterKill);
    }

    private static Driver shell(
            TerminalOpening opening, Supplier<TerminalSpec> specs, TerminalOutput output)
            throws IOException {
        var terminal = new AttemptTerminal(() -> opening.open(specs.get(), output));
        return new Driver() {
            @Override
            public StageEnd run(
                    int index, Stage stage, StageValues values, boolean last, Consumer<String> asks)
                    throws IOException, InterruptedException {
                // it may have been saved when other commands were taken
                var refusal = Template.refusalOf(stage.command());
                if (refusal.isPresent()) {
                    return new StageEnd.CommandRefused(refusal.get().message());
                }
                boolean alone = last || !values.secrets().isEmpty();
                return terminal.run(StageScript.of(stage, values, alone), Limits.of(stage));
            }

            @Override
            public boolean closeAndAwait() throws InterruptedException {
                return terminal.closeAndAwait();
            }

            @Override
            public void close() {
                terminal.close();
            }
        };
    }
}
