package dev.muster.coordinator.project;

import dev.muster.protocol.pipeline.Pipeline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A pipeline as the contract shows it and as the database keeps it. */
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
            if (stage.idleTimeout() != null) {
                json.put("idleTimeout", stage.idleTimeout());
            }
            stages.add(json);
        }
        return stages;
    }
}
