package dev.muster.coordinator.notification;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What a person was told.
 *
 * @param description the beginning of what its task is to do
 * @param data what the event or incident tells besides
 */
public record Notification(
        long id,
        OffsetDateTime at,
        String kind,
        @Nullable Long task,
        @Nullable String projectKey,
        @Nullable String description,
        @Nullable UUID machine,
        boolean read,
        JsonObject data) {

    /** As the contract shows it. */
    public JsonObject json() {
        var json =
                new JsonObject()
                        .put("id", id)
                        .put("at", at.toInstant())
                        .put("kind", kind)
                        .put("text", text())
                        .put("read", read)
                        .put("data", data);
        if (task != null) {
            json.put("taskId", task);
        }
        if (projectKey != null) {
            json.put("projectKey", projectKey).put("description", description);
        }
        if (machine != null) {
            json.put("machineId", machine.toString());
        }
        return json;
    }

    /** The same as a sentence. */
    String text() {
        var subject = "Task #" + task;
        return switch (kind) {
            case "gate_opened" ->
                    subject + " waits for an answer at stage '" + data.getString("stage") + "'.";
            case "task_completed" -> subject + " is done.";
            case "task_failed" -> subject + " failed" + why(data.getString("reason")) + ".";
            case "task_cancelled" -> subject + " was cancelled" + by() + ".";
            case "task_unrunnable" -> subject + " waits, and no machine could ever run it.";
            case "machine_drained" ->
                    "Machine "
                            + data.getString("name")
                            + " takes no new tasks. "
                            + data.getString("reason", "");
            case "session_ended" ->
                    "A login of yours was ended: its refresh token was used twice, as if stolen.";
            case "account_changed" ->
                    "Your account was changed" + by() + ": " + String.join(", ", changes()) + ".";
            default -> kind;
        };
    }

    private List<String> changes() {
        var changes = new ArrayList<String>();
        if (data.containsKey("role")) {
            changes.add("your role is " + data.getString("role"));
        }
        if (data.containsKey("disabled")) {
            boolean disabled = Boolean.TRUE.equals(data.getBoolean("disabled"));
            changes.add(disabled ? "it was disabled" : "it was enabled");
        }
        if (data.containsKey("passwordReset")) {
            changes.add("your password was reset");
        }
        if (data.containsKey("totpReset")) {
            changes.add("your second factor was removed");
        }
        return changes;
    }

    private static String why(@Nullable String reason) {
        return reason == null ? "" : " (" + reason + ")";
    }

    private String by() {
        var person = data.getJsonObject("by");
        return person == null ? "" : " by " + person.getString("name");
    }
}
