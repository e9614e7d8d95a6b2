package dev.muster.protocol.message;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.muster.protocol.wire.Versioned;

/**
 * An order to one machine, sent to {@link Addresses#orders}. None is relied on: the next heartbeat
 * says the same.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "order")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ToWorker.Stop.class, name = "stop"),
    @JsonSubTypes.Type(value = ToWorker.Answer.class, name = "answer")
})
public sealed interface ToWorker extends Versioned {

    /** End this attempt: its lease is gone, because a person cancelled it or it was given up. */
    record Stop(int v, LeaseRef lease) implements ToWorker {}

    /** Go on with an attempt that waits at a gate. */
    record Answer(int v, GateAnswer answer) implements ToWorker {}
}
