/**
 * Stages that a coding agent works on.
 *
 * <p>What an agent type is stands in one table, as data: {@link
 * dev.muster.worker.agent.AgentTypes}. Each stage starts the agent anew, as the only program of a
 * terminal of its own, and ends it: what a former stage's agent still has to say cannot be taken
 * for a later one's.
 *
 * <p>A stage's end is known, whichever comes first, from a signal, from a marker in the output,
 * from the exit of the program, or from its time or silence being over. The first verdict stands.
 */
@NullMarked
package dev.muster.worker.agent;

import org.jspecify.annotations.NullMarked;
