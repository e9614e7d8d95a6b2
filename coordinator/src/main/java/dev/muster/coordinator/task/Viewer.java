package dev.muster.coordinator.task;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Caller;

import io.vertx.core.json.JsonObject;

/**
 * Who looks, or decides.
 *
 * @param everywhere whether every project is open to them; others see the projects they belong to
 * @param actor the same person, as the audit log tells of them
 */
public record Viewer(long developer, String name, boolean everywhere, Actor actor) {

    /**
     * SQL: whether developer {@code $2} decides about task {@code t}: its creator, the maintainers
     * of its project and, as {@code $3} tells, admins.
     */
    public static final String DECIDES =
            """
            ($3 or t.developer_id = $2
             or exists (select 1 from project_member m
                         where m.project_id = t.project_id and m.developer_id = $2
                           and m.role = 'maintainer'))\
            """;

    /** Somebody who reads on after the request that began it. */
    public static Viewer of(Caller.Person person) {
        return new Viewer(
                person.id(), person.name(), person.isAdmin(), Actor.of(person, null, null));
    }

    /** The person who calls. */
    public static Viewer of(Call call) {
        var person = call.person();
        return new Viewer(person.id(), person.name(), person.isAdmin(), Actor.of(call));
    }

    /** As events tell of them. */
    public JsonObject json() {
        return new JsonObject().put("id", developer).put("name", name);
    }
}
