package dev.muster.protocol.message;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.muster.protocol.question.Question;
import dev.muster.protocol.terminal.TerminalSockets;
import dev.muster.protocol.wire.Versioned;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * An order to one machine, sent to {@link Addresses#orders}. None is relied on: the next heartbeat
 * says the same, and a question is put again until it is answered.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "order")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ToWorker.Stop.class, name = "stop"),
    @JsonSubTypes.Type(value = ToWorker.Answer.class, name = "answer"),
    @JsonSubTypes.Type(value = ToWorker.OpenTerminal.class, name = "openTerminal"),
    @JsonSubTypes.Type(value = ToWorker.Ask.class, name = "ask")
})
public sealed interface ToWorker extends Versioned {

    /** End this attempt: its lease is gone, because a person cancelled it or it was given up. */
    record Stop(int v, LeaseRef lease) implements ToWorker {}

    /** Go on with an attempt that waits at a gate. */
    record Answer(int v, GateAnswer answer) implements ToWorker {}

    /**
     * Dial a coordinator that has viewers for this terminal. It repeats this for as long as it has
     * viewers and no connection, and so do heartbeats that it answers itself.
     *
     * @param terminal {@link dev.muster.protocol.terminal.TerminalSockets#MAIN}, or a shell's name
     * @param url base URL of that coordinator; null for the one that the worker knows
     * @param channelToken shown in the first frame, good once
     */
    record OpenTerminal(
            int v, LeaseRef lease, String terminal, @Nullable String url, String channelToken)
            implements ToWorker {

        public OpenTerminal {
            if (!TerminalSockets.isName(terminal) || channelToken.length() > 128) {
                throw new IllegalArgumentException("a terminal has a short name and token");
            }
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "OpenTerminal[" + lease + " terminal=" + terminal + "]";
        }
    }

    /**
     * Answer a question, by a request to {@link Addresses#ANSWER}.
     *
     * @param id names the question; it is the same however often it is put
     * @param asker the coordinator that asks, and listens at {@link Addresses#asker}
     */
    record Ask(int v, UUID id, UUID asker, Question question) implements ToWorker {}
}
