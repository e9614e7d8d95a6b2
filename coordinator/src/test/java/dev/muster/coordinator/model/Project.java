package dev.muster.coordinator.model;

import dev.muster.coordinator.model.Step.Told;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** The projects there are. Each has two stages, and a gate before one of them. */
enum Project {
    /** Any number at once; its second stage is confirmed by a person, or fails. */
    ROOMY(null, 1, null),
    /** One at once; before its first stage a person chooses, or it takes the fallback. */
    TIGHT(1, 0, "a");

    final String key = name().toLowerCase(Locale.ROOT);
    final @Nullable Integer limit;
    final int gate;
    final @Nullable String fallback;

    Project(@Nullable Integer limit, int gate, @Nullable String fallback) {
        this.limit = limit;
        this.gate = gate;
        this.fallback = fallback;
    }

    /** What may be answered at its gate. */
    String answer(boolean first) {
        return this == ROOMY ? (first ? "confirm" : "cancel") : (first ? "a" : "b");
    }

    /** What an honest worker tells as its fact {@code number}. */
    Told usual(int number) {
        return switch (number) {
            case 1 -> gate == 0 ? Told.ASKED : Told.STARTED;
            case 2 -> gate == 0 ? Told.STARTED : Told.ASKED;
            case 3 -> Told.WENT_ON;
            default -> Told.SUCCEEDED;
        };
    }

    JsonObject json() {
        var stages = new JsonArray();
        for (int stage = 0; stage < 2; stage++) {
            stages.add(stage == gate ? asking(stage) : stage(stage));
        }
        var json = new JsonObject().put("key", key).put("name", key).put("pipeline", stages);
        return limit == null ? json : json.put("concurrency", limit);
    }

    private static JsonObject stage(int stage) {
        return new JsonObject().put("name", "s" + stage).put("command", "true");
    }

    private JsonObject asking(int stage) {
        var asking = stage(stage).put("gateTimeout", Model.GATE * 30);
        return fallback == null
                ? asking.put("confirm", true)
                : asking.put("choices", JsonArray.of("a", "b"))
                        .put("onGateTimeout", "fallback")
                        .put("fallback", fallback);
    }
}
