package dev.muster.protocol.message;

import dev.muster.protocol.pipeline.Stage;

/**
 * One go at a stage within an attempt.
 *
 * @param number from 1
 * @param of how many there are at most
 */
public record Try(int number, int of) {
    public Try {
        if (number < 1 || number > of || of > 1 + Stage.MOST_RETRIES) {
            throw new IllegalArgumentException("no try is number " + number + " of " + of);
        }
    }

    @Override
    public String toString() {
        return "try " + number + " of " + of;
    }
}
