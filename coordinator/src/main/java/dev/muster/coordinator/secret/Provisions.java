package dev.muster.coordinator.secret;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.db.Database.Transaction;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.pipeline.Stage;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What attempts are given. Thread-safe. */
public final class Provisions {

    private final SecretStore store;
    private final Vault vault;

    public Provisions(Database database, Keys keys) {
        this.store = new SecretStore(database);
        this.vault = new Vault(keys);
    }

    /** The secrets of some projects, still sealed. */
    public final class Found {

        private final Map<Long, List<SecretStore.Sealed>> byProject = new HashMap<>();

        private Found(List<SecretStore.Sealed> secrets) {
            for (var secret : secrets) {
                byProject.computeIfAbsent(secret.project(), _ -> new ArrayList<>()).add(secret);
            }
        }

        /**
         * What an attempt of a project is given. Only what its stages name is opened; a secret that
         * cannot be is left out, and its stage fails for want of it.
         *
         * @param stages those it will run
         * @param repoUrl where its repository is
         */
        public Provision provision(
                long project,
                JsonObject environment,
                List<Stage> stages,
                @Nullable String repoUrl) {
            var named = new HashSet<String>();
            stages.forEach(stage -> named.addAll(stage.secrets()));
            var secrets = new HashMap<String, Confidential>();
            GitToken gitToken = null;
            for (var secret : byProject.getOrDefault(project, List.of())) {
                if (secret.name().equals(SecretStore.GIT_TOKEN)) {
                    gitToken =
                            vault.open(secret)
                                    .map(text -> KeptToken.of(text, repoUrl))
                                    .orElse(null);
                } else if (named.contains(secret.name())) {
                    vault.open(secret)
                            .ifPresent(
                                    value -> secrets.put(secret.name(), new Confidential(value)));
                }
            }
            return new Provision(texts(environment), secrets, gitToken);
        }
    }

    /** The secrets of projects that have some. */
    public Found of(Set<Long> projects) {
        return new Found(projects.isEmpty() ? List.of() : store.sealed(projects));
    }

    /** The same within a transaction. */
    public Found of(Transaction transaction, Set<Long> projects) {
        return new Found(
                projects.isEmpty() ? List.of() : SecretStore.sealed(transaction, projects));
    }

    private static Map<String, String> texts(JsonObject environment) {
        var texts = new HashMap<String, String>();
        environment.forEach(one -> texts.put(one.getKey(), String.valueOf(one.getValue())));
        return texts;
    }
}
