package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;

/** The edge of recordings: logs with their timing, for players of terminals. */
public final class RecordingRoutes {

    private static final String TYPE = "application/x-asciicast";

    private final RecordingStore store;
    private final Tasks tasks;

    public RecordingRoutes(Database database, Tasks tasks) {
        this.store = new RecordingStore(database);
        this.tasks = tasks;
    }

    public void bind(Operations operations) {
        operations.on("getTaskRecording", Access.DEVELOPER, this::get);
    }

    private Answer get(Call call) {
        long task = call.pathNumber("id");
        int attempt = call.queryInt("attempt", tasks.newestAttempt(task, Viewer.of(call)));
        var format =
                call.query("format").filter("asciicast-v2"::equals).isPresent()
                        ? Cast.Format.V2
                        : Cast.Format.V3;
        var head =
                store.head(task, attempt)
                        .orElseThrow(
                                () ->
                                        Problem.of(
                                                404,
                                                "no_recording",
                                                "No machine was given attempt %d yet."
                                                        .formatted(attempt)));
        var recording =
                new Recording(
                        store, head, format, reader -> tasks.isVisible(task, Viewer.of(reader)));
        var name = "muster-task-%d-attempt-%d.cast".formatted(task, attempt);
        return Answer.download(recording, TYPE, name);
    }
}
