package dev.muster.coordinator.account.token;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;
import dev.muster.coordinator.http.Scopes;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.Set;

/** One's own personal access tokens over HTTP. */
public final class TokenRoutes {

    private static final int DEFAULT_PAGE = 50;
    private static final int LAST_YEAR = 9999;

    private final PersonalTokens tokens;

    public TokenRoutes(PersonalTokens tokens) {
        this.tokens = tokens;
    }

    /** Binds this room's operations. */
    public void bind(Operations operations) {
        operations
                .on("listTokens", Access.DEVELOPER, this::list)
                .on(
                        "createToken",
                        Access.DEVELOPER,
                        call -> tokens.demandFresh(call.person()),
                        this::create)
                .on("revokeToken", Access.DEVELOPER, this::revoke);
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        tokens.list(call.person(), page.limit(), page.offset())
                .forEach(token -> items.add(json(token)));
        return Answer.page(call, page, items, tokens.count(call.person()));
    }

    private Answer create(Call call) {
        var made =
                tokens.create(
                        call.person(),
                        call.text("label").orElseThrow(),
                        scopes(call.body().getJsonArray("scopes")),
                        time(call.body().getString("expiresAt")),
                        Actor.of(call));
        return Answer.created(
                "/api/web/profile/tokens", json(made.token()).put("token", made.text()));
    }

    private static Set<String> scopes(@Nullable JsonArray wanted) {
        if (wanted == null) {
            return Scopes.DEFAULT;
        }
        var scopes = new HashSet<String>();
        wanted.forEach(scope -> scopes.add((String) scope));
        return scopes;
    }

    private static @Nullable OffsetDateTime time(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            var time = OffsetDateTime.parse(text);
            if (time.getYear() >= 0 && time.getYear() <= LAST_YEAR) {
                return time;
            }
        } catch (DateTimeParseException _) {
            // said below, with what is no year of ours
        }
        throw PersonalTokens.invalid(
                "/expiresAt", "invalid_time", "A time is written as 2030-01-31T12:00:00Z.");
    }

    private Answer revoke(Call call) {
        tokens.revoke(call.person(), call.pathNumber("id"), Actor.of(call));
        return Answer.noContent();
    }

    private static JsonObject json(TokenStore.PersonalToken token) {
        var json =
                new JsonObject()
                        .put("id", token.id())
                        .put("label", token.label())
                        .put("scopes", new JsonArray(token.scopes()))
                        .put("createdAt", token.createdAt().toInstant());
        put(json, "expiresAt", token.expiresAt());
        put(json, "lastUsedAt", token.lastUsedAt());
        put(json, "revokedAt", token.revokedAt());
        return json;
    }

    private static void put(JsonObject json, String name, @Nullable OffsetDateTime time) {
        if (time != null) {
            json.put(name, time.toInstant());
        }
    }
}
