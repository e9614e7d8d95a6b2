package dev.muster.coordinator.secret;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Seals with the newest key what older ones sealed, a few rows at a time, and forgets those older
 * ones. Every coordinator looks after it, so that it goes on whoever is killed.
 */
public final class Rotation implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Rotation.class);

    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final int AT_ONCE = 50;

    /** Longer than a coordinator takes from looking up the newest key to writing what it sealed. */
    private static final Duration KEPT = Duration.ofMinutes(1);

    private final Database database;
    private final Keys keys;
    private final Vault vault;
    private final Loop loop;

    public Rotation(Database database, Keys keys, Loops loops) {
        this.database = database;
        this.keys = keys;
        this.vault = new Vault(keys);
        this.loop = loops.loop("secret keys", EVERY, this::onePass);
    }

    public void start() {
        loop.start();
    }

    /** Makes a new key and has everything sealed with it. Returns at once. */
    void begin(Actor by) {
        keys.make(by);
        loop.poke();
    }

    List<KeyStore.Listed> keys() {
        return keys.list();
    }

    private void onePass() {
        if (!keys.areSeveral()) {
            return;
        }
        var newest = keys.newest();
        var unknown = new HashSet<UUID>();
        int sealed;
        do {
            sealed = sealSome(newest, unknown);
        } while (sealed > 0);
        int deleted = keys.deleteUnused(KEPT.toMillis());
        if (deleted > 0) {
            log.info("former keys of secrets were deleted count={}", deleted);
        }
    }

    /**
     * @param unknown keys that are not known here; gets those that are found out now
     * @return how many rows it looked at
     */
    private int sealSome(Keys.Key newest, Set<UUID> unknown) {
        return database.inTransaction(
                "sealing secrets anew",
                transaction -> {
                    var some =
                            SecretStore.sealedOtherwise(transaction, newest.id(), unknown, AT_ONCE);
                    for (var secret : some) {
                        vault.sealAnew(secret, newest)
                                .ifPresentOrElse(
                                        again -> SecretStore.sealAnew(transaction, again),
                                        () -> unknown.add(secret.key().id()));
                    }
                    return some.size();
                });
    }

    @Override
    public void close() {
        loop.close();
    }
}
