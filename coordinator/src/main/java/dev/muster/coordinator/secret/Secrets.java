package dev.muster.coordinator.secret;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Page;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.project.Rights;
import dev.muster.coordinator.secret.SecretStore.Listed;
import dev.muster.coordinator.secret.SecretStore.Project;
import dev.muster.protocol.pipeline.Fault;
import dev.muster.protocol.pipeline.VariableName;

import io.vertx.core.json.JsonObject;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What maintainers of a project, and admins, do with its environment and its secrets. To others of
 * the project it is forbidden; to everybody else there is no such project. Thread-safe.
 */
final class Secrets {

    private static final int MOST_SECRETS = 100;

    // with the rest of an assignment they must fit into a message
    private static final int MOST_SEALED_BYTES = 128 * 1024;
    private static final int MOST_ENVIRONMENT_BYTES = 64 * 1024;

    private final Database database;
    private final SecretStore store;
    private final Vault vault;

    Secrets(Database database, Keys keys) {
        this.database = database;
        this.store = new SecretStore(database);
        this.vault = new Vault(keys);
    }

    JsonObject environment(Call call) {
        return project(call).environment();
    }

    void putEnvironment(Call call, JsonObject environment) {
        // whoever may not do it hears that, and not what is wrong with it
        open(call);
        var faults = new ArrayList<Fault>();
        long bytes = 0;
        for (var entry : environment) {
            var at = "/environment/" + entry.getKey().replace("~", "~0").replace("/", "~1");
            var value = (String) entry.getValue();
            nameFault(entry.getKey(), at).ifPresent(faults::add);
            textFault(value, at).ifPresent(faults::add);
            bytes += entry.getKey().length() + value.getBytes(StandardCharsets.UTF_8).length;
        }
        if (bytes > MOST_ENVIRONMENT_BYTES) {
            faults.add(
                    new Fault(
                            "/environment",
                            "environment_too_large",
                            "An environment is at most 65,536 bytes."));
        }
        refuse("invalid_environment", faults);
        database.inTransaction(
                "changing a project's environment",
                transaction -> {
                    var project = open(transaction, call);
                    SecretStore.putEnvironment(transaction, project.id(), environment, call);
                    return project;
                });
    }

    /** A part of a project's secrets, and how many there are in all. */
    record Part(List<Listed> secrets, long total) {}

    Part list(Call call, Page page) {
        var project = project(call).id();
        return new Part(store.list(project, page.limit(), page.offset()), store.count(project));
    }

    Listed put(Call call, String name, String value) {
        var project = open(call);
        var faults = new ArrayList<Fault>();
        nameFault(name, "name").ifPresent(faults::add);
        textFault(value, "/value").ifPresent(faults::add);
        refuse("invalid_secret", faults);
        return keep(project, name, value, "secret.put", call);
    }

    void delete(Call call, String name) {
        // the repository's token lies beside them and is none of them
        if (name.equals(SecretStore.GIT_TOKEN)) {
            open(call);
            throw noSecret();
        }
        if (!forget(call, name, "secret.delete")) {
            throw noSecret();
        }
    }

    private static Problem noSecret() {
        return Problem.notFound("The project has no secret by that name.");
    }

    void putGitToken(Call call, String username, String token) {
        var project = open(call);
        var host =
                KeptToken.hostOf(project.repoUrl())
                        .orElseThrow(
                                () ->
                                        Problem.conflict(
                                                "no_https_repository",
                                                "The project has no repository at an https"
                                                        + " address, so no use for a token."));
        var kept = new KeptToken(host, username, token);
        keep(project, SecretStore.GIT_TOKEN, kept.sealed(), "git_token.put", call);
    }

    void deleteGitToken(Call call) {
        if (!forget(call, SecretStore.GIT_TOKEN, "git_token.delete")) {
            throw Problem.of(404, "no_git_token", "The project has no token for its repository.");
        }
    }

    private Listed keep(Project project, String name, String value, String act, Call call) {
        // before the transaction: it may have to ask the database for a key
        var sealed = vault.seal(project.id(), name, value);
        return database.inTransaction(
                "keeping a secret",
                transaction -> {
                    open(transaction, call);
                    return SecretStore.put(
                                    transaction, sealed, act, call, MOST_SECRETS, MOST_SEALED_BYTES)
                            .orElseThrow(Secrets::tooMany);
                });
    }

    private static Problem tooMany() {
        return Problem.conflict(
                "too_many_secrets",
                "A project has at most " + MOST_SECRETS + " secrets, of about 128 KiB together.");
    }

    private boolean forget(Call call, String name, String act) {
        return database.inTransaction(
                "forgetting a secret",
                transaction ->
                        SecretStore.delete(
                                transaction, open(transaction, call).id(), name, act, call));
    }

    private Project project(Call call) {
        return maintained(store.find(call.path("key"), call), call);
    }

    /** The same, or a 409 if it was archived. */
    private Project open(Call call) {
        return open(store.find(call.path("key"), call), call);
    }

    private static Project open(Transaction transaction, Call call) {
        return open(SecretStore.lock(transaction, call.path("key"), call), call);
    }

    private static Project open(Optional<Project> found, Call call) {
        var project = maintained(found, call);
        Rights.requireOpen(project.archived(), call.path("key"));
        return project;
    }

    private static Project maintained(Optional<Project> found, Call call) {
        var key = call.path("key");
        var project = found.orElseThrow(() -> Rights.unknown(key));
        Rights.requireMaintainer(project.decides(), key);
        return project;
    }

    private static Optional<Fault> nameFault(String name, String at) {
        return VariableName.isFree(name)
                ? Optional.empty()
                : Optional.of(
                        new Fault(
                                at,
                                "invalid_name",
                                "A name is 1 to 64 capital letters, digits and underscores, not"
                                    + " beginning with a digit, and none that programs or Muster"
                                    + " give a meaning of their own."));
    }

    /** Texts that no variable can hold, or that could not be sent. */
    private static Optional<Fault> textFault(String text, String at) {
        boolean sound =
                StandardCharsets.UTF_8.newEncoder().canEncode(text)
                        && text.chars()
                                .allMatch(c -> c >= ' ' || c == '\t' || c == '\n' || c == '\r');
        return sound
                ? Optional.empty()
                : Optional.of(
                        new Fault(
                                at,
                                "invalid_text",
                                "No control characters but tabs and ends of lines."));
    }

    private static void refuse(String code, List<Fault> faults) {
        if (!faults.isEmpty()) {
            throw Problem.badRequest(code, faults.getFirst().message(), faults);
        }
    }
}
