/**
 * Keeping what a project confides to its attempts out of everything that is kept or sent: logs
 * first of all, and the sentences that say what became of a stage.
 *
 * <p>What a secret looks like is {@code protocol.secret}'s. This room masks what stages print
 * before it reaches the journal. How secrets reach a stage, as variables of its own shell and by no
 * file, is {@code terminal}'s and {@code run}'s.
 */
@NullMarked
package dev.muster.worker.secret;

import org.jspecify.annotations.NullMarked;
