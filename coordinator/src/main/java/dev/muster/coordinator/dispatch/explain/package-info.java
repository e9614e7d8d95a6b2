/**
 * Why a task waits, in words, and which can only wait in vain.
 *
 * <p>Asks the rules that place tasks ({@code dispatch.rule}) about every machine. Owns {@code
 * queue.flagged} and the events {@code unrunnable}. INVARIANT: a task that no enrolled machine
 * could ever run is flagged within 30 s, and not once a machine could.
 */
@NullMarked
package dev.muster.coordinator.dispatch.explain;

import org.jspecify.annotations.NullMarked;
