/**
 * What a coordinator asks a machine, and what that answers.
 *
 * <p>A question travels as an order ({@link dev.muster.protocol.message.ToWorker.Ask}) and may get
 * lost, doubled or late as all orders may; so it has an id, and asked again by the same id it
 * changes nothing more than the first time. Its answer is a request of the machine's ({@link
 * dev.muster.protocol.question.Answered}), which any coordinator takes and passes on to the one
 * that asked. INVARIANT: an answer fits into one message; what is larger is asked for part by part.
 */
@NullMarked
package dev.muster.protocol.question;

import org.jspecify.annotations.NullMarked;
