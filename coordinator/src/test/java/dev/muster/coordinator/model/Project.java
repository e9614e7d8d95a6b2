package dev.muster.coordinator.model;

import dev.muster.coordinator.model.Step.Told;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.stream.IntStream;

/** The projects there are. Each has two stages, and a gate before one of them. */
enum Project {
    /** Any number at once; its second stage is confirmed by a person, or fails. */
    ROOMY(null, 1, null, 0, 0),
    /** One at once; before its first stage a person chooses, or it takes the fallback. */
    TIGHT(1, 0, "a", 0, 0),
    /** As the first, and its stages may be retried, the second once only. */
    PATIENT(null, 1, null, 3, 1);

    final String key = name().toLowerCase(Locale.ROOT);
    final @Nullable Integer limit;
    final int gate;
    final @Nullable String fallback;
    private final int[] retries;

    Project(@Nullable Integer limit, int gate, @Nullable String fallback, int... retries) {
        this.limit = limit;
        this.gate = gate;
        this.fallback = fallback;
        this.retries = retries;
    }

    /** What may be answered at its gate. */
    String answer(boolean first) {
        return fallback == null ? (first ? "confirm" : "cancel") : (first ? "a" : "b");
    }

    /** Whether all stages up to that one may be retried so often. */
    boolean mayRetry(int upTo, int times) {
        return IntStream.rangeClosed(0, upTo).allMatch(stage -> retries[stage] >= times);
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

    private JsonObject stage(int stage) {
        return new JsonObject()
                .put("name", "s" + stage)
                .put("command", "true")
                .put("retries", retries[stage]);
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
