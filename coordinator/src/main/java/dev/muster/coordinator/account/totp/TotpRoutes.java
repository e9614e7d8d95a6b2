package dev.muster.coordinator.account.totp;

import dev.muster.coordinator.account.PasswordCheck;
import dev.muster.coordinator.account.Sessions;
import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** One's own second factor, and another's that was lost, over HTTP. */
public final class TotpRoutes {

    private final Totp totp;
    private final Sessions sessions;
    private final PasswordCheck passwords;

    public TotpRoutes(Totp totp, Sessions sessions, PasswordCheck passwords) {
        this.totp = totp;
        this.sessions = sessions;
        this.passwords = passwords;
    }

    /** Binds this room's operations. */
    public void bind(Operations operations) {
        operations
                .on("setUpTotp", Access.DEVELOPER, this::setUp)
                .on("verifyTotp", Access.DEVELOPER, this::verify)
                .on("turnOffTotp", Access.DEVELOPER, this::turnOff)
                .on("resetTotp", Access.ADMIN, this::reset);
    }

    private Answer setUp(Call call) {
        var setup = totp.setUp(call.person());
        return Answer.ok(
                new JsonObject()
                        .put("secret", setup.secret())
                        .put("uri", setup.uri())
                        .put("qrCode", QrCode.dataUri(setup.uri())));
    }

    private Answer verify(Call call) {
        var codes = totp.turnOn(call.person(), call.body().getString("code"), Actor.of(call));
        return Answer.ok(new JsonObject().put("recoveryCodes", new JsonArray(codes)));
    }

    private Answer turnOff(Call call) {
        sessions.demandFresh(call.person());
        passwords.demand(
                call.person(),
                call.body().getString("currentPassword"),
                "/currentPassword",
                call.remoteAddress());
        totp.turnOff(call.person(), call.body().getString("code"), Actor.of(call));
        return Answer.noContent();
    }

    private Answer reset(Call call) {
        totp.reset(call.pathNumber("id"), call.person(), Actor.of(call));
        return Answer.noContent();
    }
}
