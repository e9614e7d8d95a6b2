package dev.muster.coordinator.secret;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Access;
import dev.muster.coordinator.http.Answer;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The edge of environments, secrets and their keys. */
public final class SecretRoutes {

    private static final int DEFAULT_PAGE = 50;

    private final Secrets secrets;
    private final Rotation rotation;

    public SecretRoutes(Database database, Keys keys, Rotation rotation) {
        this.secrets = new Secrets(database, keys);
        this.rotation = rotation;
    }

    public void bind(Operations operations) {
        operations
                .on("getEnvironment", Access.DEVELOPER, this::environment)
                .on("putEnvironment", Access.DEVELOPER, this::putEnvironment)
                .on("listSecrets", Access.DEVELOPER, this::list)
                .on("putSecret", Access.DEVELOPER, this::put)
                .on("deleteSecret", Access.DEVELOPER, this::delete)
                .on("putGitToken", Access.DEVELOPER, this::putGitToken)
                .on("deleteGitToken", Access.DEVELOPER, this::deleteGitToken)
                .on("listSecretKeys", Access.ADMIN, _ -> Answer.ok(keys()))
                .on("rotateSecretKey", Access.ADMIN, this::rotate);
    }

    private Answer environment(Call call) {
        return Answer.ok(new JsonObject().put("environment", secrets.environment(call)));
    }

    private Answer putEnvironment(Call call) {
        var environment = call.body().getJsonObject("environment");
        secrets.putEnvironment(call, environment);
        return Answer.ok(new JsonObject().put("environment", environment));
    }

    private Answer list(Call call) {
        var page = call.page(DEFAULT_PAGE);
        var items = new JsonArray();
        var part = secrets.list(call, page);
        part.secrets().forEach(one -> items.add(json(one)));
        return Answer.page(call, page, items, part.total());
    }

    private Answer put(Call call) {
        var value = call.body().getString("value");
        return Answer.ok(json(secrets.put(call, call.path("name"), value)));
    }

    private Answer delete(Call call) {
        secrets.delete(call, call.path("name"));
        return Answer.noContent();
    }

    private Answer putGitToken(Call call) {
        var body = call.body();
        secrets.putGitToken(
                call, body.getString("username", "x-access-token"), body.getString("token"));
        return Answer.noContent();
    }

    private Answer deleteGitToken(Call call) {
        secrets.deleteGitToken(call);
        return Answer.noContent();
    }

    private Answer rotate(Call call) {
        rotation.begin(Actor.of(call));
        return Answer.created("/api/admin/secret-keys", keys());
    }

    private JsonObject keys() {
        var items = new JsonArray();
        for (var key : rotation.keys()) {
            items.add(
                    new JsonObject()
                            .put("id", key.id().toString())
                            .put("madeAt", key.madeAt().toInstant())
                            .put("secrets", key.secrets()));
        }
        return new JsonObject().put("items", items);
    }

    private static JsonObject json(SecretStore.Listed secret) {
        return new JsonObject()
                .put("name", secret.name())
                .put("updatedAt", secret.updatedAt().toInstant())
                .put("updatedBy", secret.updatedBy());
    }
}
