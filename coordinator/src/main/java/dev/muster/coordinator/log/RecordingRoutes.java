package dev.muster.coordinator.log;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.task.Tasks;
import dev.muster.coordinator.task.Viewer;

import io.vertx.core.json.JsonObject;

import java.util.HexFormat;
import java.util.Locale;

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
        operations.on("verifyTaskRecording", Access.DEVELOPER, this::verify);
    }

    private Answer get(Call call) {
        long task = call.pathNumber("id");
        var head = head(call, task);
        var format =
                call.query("format").filter("asciicast-v2"::equals).isPresent()
                        ? Cast.Format.V2
                        : Cast.Format.V3;
        var recording =
                new Recording(
                        store, head, format, reader -> tasks.isVisible(task, Viewer.of(reader)));
        var name = "muster-task-%d-attempt-%d.cast".formatted(task, head.attempt());
        return Answer.download(recording, TYPE, name);
    }

    private Answer verify(Call call) {
        var head = head(call, call.pathNumber("id"));
        var found = LogVerification.of(store, head);
        var json =
                new JsonObject()
                        .put("attempt", head.attempt())
                        .put("bytes", head.bytes())
                        .put("unchained", found.unchained())
                        .put("dropped", found.dropped())
                        .put("link", HexFormat.of().formatHex(head.link().getBytes()))
                        .put("intact", found.fault().isEmpty());
        found.fault()
                .ifPresent(
                        fault ->
                                json.put(
                                        "fault",
                                        new JsonObject()
                                                .put("offset", fault.offset())
                                                .put("wrong", word(fault.wrong()))));
        return Answer.ok(json);
    }

    private static String word(LogChain.Wrong wrong) {
        return wrong.name().toLowerCase(Locale.ROOT);
    }

    /** Of the attempt that is asked for, or the newest. */
    private RecordingStore.Head head(Call call, long task) {
        int attempt = call.queryInt("attempt", tasks.newestAttempt(task, Viewer.of(call)));
        return store.head(task, attempt)
                .orElseThrow(
                        () ->
                                Problem.of(
                                        404,
                                        "no_recording",
                                        "No machine was given attempt %d yet.".formatted(attempt)));
    }
}
