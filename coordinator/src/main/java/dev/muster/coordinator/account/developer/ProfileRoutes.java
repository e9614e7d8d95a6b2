package dev.muster.coordinator.account.developer;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonObject;

/** One's own account over HTTP. */
public final class ProfileRoutes {

    private final Profiles profiles;

    public ProfileRoutes(Profiles profiles) {
        this.profiles = profiles;
    }

    /** Binds this room's operations. */
    public void bind(Operations operations) {
        operations
                .on("getProfile", Access.DEVELOPER, this::get)
                .on("updateProfile", Access.DEVELOPER, this::update)
                .on("changePassword", Access.DEVELOPER, this::changePassword);
    }

    private Answer get(Call call) {
        return Answer.ok(json(profiles.get(call.person())));
    }

    private Answer update(Call call) {
        var profile =
                profiles.update(
                        call.person(), call.text("gitName"), call.text("gitEmail"), Actor.of(call));
        return Answer.ok(json(profile));
    }

    private Answer changePassword(Call call) {
        profiles.changePassword(
                call.person(),
                call.body().getString("currentPassword"),
                call.body().getString("newPassword"),
                Actor.of(call));
        return Answer.noContent();
    }

    private static JsonObject json(Profiles.Profile profile) {
        var developer = profile.developer();
        return new JsonObject()
                .put("id", developer.id())
                .put("name", developer.name())
                .put("role", developer.role().word())
                .put("gitName", developer.gitName())
                .put("gitEmail", developer.gitEmail())
                .put("mustChangePassword", developer.oneTime())
                .put("totp", developer.hasTotp())
                .put("recoveryCodesLeft", profile.recoveryCodes());
    }
}
