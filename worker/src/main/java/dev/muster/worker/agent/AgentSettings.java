package dev.muster.worker.agent;

import dev.muster.worker.agent.AgentType.Completion;
import dev.muster.worker.agent.AgentType.Delivery;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an operator says of the agents on a machine.
 *
 * @param commands by agent type, a program and its first arguments in place of the usual program
 * @param custom the agent type of the operator's own; empty if there is none
 */
public record AgentSettings(Map<String, List<String>> commands, Optional<Custom> custom) {

    /** Agents as their makers install them. */
    public static final AgentSettings NONE = new AgentSettings(Map.of(), Optional.empty());

    /**
     * An agent that nobody knows but the operator.
     *
     * @param command its program and arguments
     */
    public record Custom(List<String> command, Delivery delivery, Set<Completion> completions) {
        public Custom {
            command = List.copyOf(command);
            completions = Set.copyOf(completions);
            if (completions.isEmpty()) {
                throw new IllegalArgumentException(
                        "an agent of your own never tells that a stage is finished: give"
                                + " agent.custom-completion");
            }
        }
    }

    public AgentSettings {
        commands = Map.copyOf(commands);
    }
}
