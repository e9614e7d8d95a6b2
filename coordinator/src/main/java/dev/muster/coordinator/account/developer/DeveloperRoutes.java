package dev.muster.coordinator.account.developer;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Role;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.util.Optional;

/** People's accounts, for admins, over HTTP. */
public final class DeveloperRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Developers developers;

    public DeveloperRoutes(Developers developers) {
        this.developers = developers;
    }

    /** Binds this room's operations. */
    public void bind(Operations operations) {
        operations
                .on("listDevelopers", Access.ADMIN, this::list)
                .on("createDeveloper", Access.ADMIN, this::create)
                .on("getDeveloper", Access.ADMIN, this::get)
                .on("updateDeveloper", Access.ADMIN, this::update);
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        developers
                .list(page.limit(), page.offset())
                .forEach(developer -> items.add(json(developer)));
        return Answer.page(call, page, items, developers.count());
    }

    private Answer create(Call call) {
        var body = call.body();
        var draft =
                new Developers.Draft(
                        body.getString("name"),
                        Optional.ofNullable(body.getString("password")),
                        Role.of(body.getString("role", Role.DEVELOPER.word())),
                        body.getString("gitName"),
                        body.getString("gitEmail"));
        var outcome = developers.create(draft, Actor.of(call));
        return Answer.created("/api/admin/developers/" + outcome.developer().id(), json(outcome));
    }

    private Answer get(Call call) {
        return Answer.ok(json(developers.get(call.pathNumber("id"))));
    }

    private Answer update(Call call) {
        var body = call.body();
        var role = body.getString("role");
        var change =
                new Change(
                        body.getString("name"),
                        role == null ? null : Role.of(role),
                        body.getString("gitName"),
                        body.getString("gitEmail"),
                        body.getBoolean("disabled"),
                        null);
        var outcome =
                developers.update(
                        call.pathNumber("id"),
                        change,
                        body.getBoolean("resetPassword", false),
                        call.person(),
                        Actor.of(call));
        return Answer.ok(json(outcome));
    }

    private static JsonObject json(Developers.Outcome outcome) {
        var json = json(outcome.developer());
        outcome.password().ifPresent(password -> json.put("oneTimePassword", password));
        return json;
    }

    private static JsonObject json(Developer developer) {
        return new JsonObject()
                .put("id", developer.id())
                .put("name", developer.name())
                .put("role", developer.role().word())
                .put("gitName", developer.gitName())
                .put("gitEmail", developer.gitEmail())
                .put("disabled", developer.disabled())
                .put("mustChangePassword", developer.oneTime())
                .put("totp", developer.hasTotp())
                .put("createdAt", developer.createdAt().toInstant());
    }
}
