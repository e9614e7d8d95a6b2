package dev.muster.protocol.question;

import dev.muster.protocol.wire.Versioned;

import java.util.UUID;

/**
 * A machine's answer to one question, for whichever coordinator takes it.
 *
 * @param id of the question
 * @param asker who asked, as the question said
 */
public record Answered(int v, UUID machine, UUID boot, UUID id, UUID asker, Reply reply)
        implements Versioned {}
