package dev.muster.coordinator.account;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonObject;

import java.util.Optional;

/** Logging in, staying in, logging out, over HTTP. */
public final class AccountRoutes {

    private final Accounts accounts;

    public AccountRoutes(Accounts accounts) {
        this.accounts = accounts;
    }

    /** Binds this room's operations. */
    public void bind(Operations operations) {
        operations
                .on("login", Access.OPEN, this::login)
                .on("refresh", Access.OPEN, this::refresh)
                .on("logout", Access.DEVELOPER, this::logout);
    }

    private Answer login(Call call) {
        var body = call.body();
        var claim =
                new Accounts.Claim(
                        body.getString("username"),
                        body.getString("password"),
                        Optional.ofNullable(body.getString("totpCode")));
        return answer(accounts.login(claim, Actor.of(call)));
    }

    private Answer refresh(Call call) {
        return answer(accounts.refresh(call.body().getString("refreshToken"), Actor.of(call)));
    }

    private Answer logout(Call call) {
        accounts.logout(call.person(), call.body().getString("refreshToken"), Actor.of(call));
        return Answer.noContent();
    }

    private static Answer answer(Accounts.Pair pair) {
        var json =
                new JsonObject()
                        .put("accessToken", pair.accessToken())
                        .put("refreshToken", pair.refreshToken())
                        .put("expiresInSeconds", Tokens.PERSON_LIFE.toSeconds());
        return Answer.ok(pair.oneTime() ? json.put("mustChangePassword", true) : json);
    }
}
