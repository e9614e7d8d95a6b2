package dev.muster.worker.question;

import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;

/** Knows the answers. Asked by any thread. */
@FunctionalInterface
public interface Respondent {

    /**
     * Answers within seconds.
     *
     * @throws InterruptedException if this thread is interrupted, since the daemon ends
     */
    Reply answer(Question question) throws InterruptedException;
}
