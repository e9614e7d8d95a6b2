package dev.muster.ops.client;

import java.util.Map;

/** Something that happened to a task; {@code n} counts from 1. */
public record Event(int n, String at, String type, Map<String, Object> data) {
    public Event {
        data = Map.copyOf(data);
    }

    /** A number among its data, or 0. */
    public long number(String name) {
        return data.get(name) instanceof Number number ? number.longValue() : 0;
    }

    /** A word among its data, or none. */
    public String word(String name) {
        return data.get(name) instanceof String word ? word : "";
    }
}
