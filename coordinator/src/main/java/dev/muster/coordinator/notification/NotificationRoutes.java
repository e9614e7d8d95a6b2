package dev.muster.coordinator.notification;

import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of notifications (seed 004, notifications). */
public final class NotificationRoutes {

    private static final int DEFAULT_LIMIT = 50;

    private final Notifications notifications;

    public NotificationRoutes(Notifications notifications) {
        this.notifications = notifications;
    }

    public void bind(Operations operations) {
        operations
                .on("listNotifications", Access.DEVELOPER, this::list)
                .on("readNotification", Access.DEVELOPER, this::read)
                .on("readAllNotifications", Access.DEVELOPER, this::readAll);
    }

    private Answer list(Call call) {
        int limit = call.queryInt("limit", DEFAULT_LIMIT);
        var before = call.query("cursor").map(Long::valueOf).orElse(null);
        var unread = call.query("unread").map(Boolean::valueOf).orElse(false);
        // one more than asked for tells whether there is more
        var found = notifications.list(call.person(), before, unread, limit + 1);
        var items = new JsonArray();
        found.stream().limit(limit).forEach(one -> items.add(one.json()));
        var json =
                new JsonObject()
                        .put("items", items)
                        .put("limit", limit)
                        .put("unread", notifications.unread(call.person()));
        if (found.size() > limit) {
            json.put("nextCursor", found.get(limit - 1).id());
        }
        return Answer.ok(json);
    }

    private Answer read(Call call) {
        notifications.read(call.person(), call.pathNumber("id"));
        return Answer.noContent();
    }

    private Answer readAll(Call call) {
        return Answer.ok(new JsonObject().put("count", notifications.readAll(call.person())));
    }
}
