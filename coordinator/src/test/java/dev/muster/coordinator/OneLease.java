package dev.muster.coordinator;

import dev.muster.protocol.message.LeaseRef;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.BeforeEach;

import java.util.List;
import java.util.stream.Collectors;

/** With a task for each test, which runs at the worker. */
abstract class OneLease extends OneShop {

    LeaseRef lease;

    @BeforeEach
    void run() {
        coordinator.task("shop");
        lease = worker.running();
    }

    /** What is found when its recording is verified. */
    JsonObject verified() {
        var path = "/api/web/tasks/" + lease.task() + "/recording/verification";
        return coordinator.get(path).expect(200).body();
    }

    /** All that a recording prints. */
    static String output(List<String> recording) {
        return recording.stream()
                .skip(1)
                .map(JsonArray::new)
                .filter(event -> event.getString(1).equals("o"))
                .map(event -> event.getString(2))
                .collect(Collectors.joining());
    }
}
