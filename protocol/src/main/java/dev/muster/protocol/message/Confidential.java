package dev.muster.protocol.message;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** A text that is written into messages and nowhere else: what prints it prints stars. */
public record Confidential(@JsonValue String value) {

    @JsonCreator
    public Confidential {}

    @Override
    public String toString() {
        return "***";
    }
}
