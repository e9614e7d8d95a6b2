package dev.muster.coordinator.project;

import dev.muster.protocol.pipeline.Gate;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A pipeline as the contract shows it, and as the database keeps it. */
public final class StagesJson {

    private StagesJson() {}

    public static JsonArray of(Pipeline pipeline) {
        var stages = new JsonArray();
        for (var stage : pipeline.stages()) {
            var json =
                    new JsonObject()
                            .put("name", stage.name())
                            .put("command", stage.command())
                            .put("timeout", stage.timeout());
            if (!stage.env().isEmpty()) {
                var env = new JsonObject();
                stage.env().forEach(env::put);
                json.put("env", env);
            }
            if (!stage.secrets().isEmpty()) {
                json.put("secrets", new JsonArray(stage.secrets()));
            }
            putUnlessZero(json, "retries", stage.retries());
            putUnlessZero(json, "backoff", stage.backoff());
            if (stage.idleTimeout() != null) {
                json.put("idleTimeout", stage.idleTimeout());
            }
            if (stage.when() != null) {
                json.put("when", stage.when().toString());
            }
            if (stage.gate() != null) {
                put(stage.gate(), json);
            }
            stages.add(json);
        }
        return stages;
    }

    private static void putUnlessZero(JsonObject json, String field, int value) {
        if (value != 0) {
            json.put(field, value);
        }
    }

    private static void put(Gate gate, JsonObject stage) {
        switch (gate) {
            case Gate.Confirm _ -> stage.put("confirm", true);
            case Gate.Choice(var choices, _, _) -> stage.put("choices", new JsonArray(choices));
            case Gate.Input _ -> stage.put("input", true);
        }
        stage.put("gateTimeout", gate.timeout())
                .put("onGateTimeout", gate.fallback() == null ? "fail" : "fallback");
        if (gate.fallback() != null) {
            stage.put("fallback", gate.fallback());
        }
    }

    /** What {@link Pipelines} reads back: on disk a pipeline is what it is in a message. */
    static JsonArray stored(Pipeline pipeline) {
        return new JsonArray(Buffer.buffer(Wire.encode(pipeline)));
    }
}
