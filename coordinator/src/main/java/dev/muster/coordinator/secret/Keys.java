package dev.muster.coordinator.secret;

import dev.muster.coordinator.account.Seal;
import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.secret.KeyStore.Wrapped;
import dev.muster.coordinator.time.Randomness;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that secrets are sealed with. They lie in the database, wrapped by a key that does not,
 * so all coordinators have a new one at once. Thread-safe.
 */
public final class Keys {

    private static final Logger log = LoggerFactory.getLogger(Keys.class);

    private static final int BYTES = 32;

    /** A key that can be used. */
    record Key(UUID id, Seal seal) {}

    private final KeyStore store;
    private final Seal wrapping;
    private final List<Seal> former;
    private final Map<UUID, Seal> opened = new ConcurrentHashMap<>();

    /**
     * @param wrapping wraps the keys
     * @param former those that may have wrapped them before
     */
    public Keys(Database database, Seal wrapping, List<Seal> former) {
        this.store = new KeyStore(database);
        this.wrapping = wrapping;
        this.former = List.copyOf(former);
    }

    /** Wraps those that a former key wrapped, so that it can be forgotten. */
    public void wrapAnew() {
        for (var key : store.all()) {
            if (wrapping.opened(key.bytes(), about(key.id())).isPresent()) {
                continue;
            }
            var plain = openFormer(key);
            if (plain.isEmpty()) {
                log.error(
                        "a key of secrets was wrapped by another master.key; what is sealed with it"
                                + " cannot be opened id={}",
                        key.id());
                continue;
            }
            store.wrapAnew(key, wrapping.close(plain.get(), about(key.id())));
            log.info("a key of secrets was wrapped by this master.key id={}", key.id());
        }
    }

    private Optional<byte[]> openFormer(Wrapped key) {
        return former.stream()
                .flatMap(one -> one.opened(key.bytes(), about(key.id())).stream())
                .findFirst();
    }

    /** The one that seals; made if there is none. */
    Key newest() {
        var newest = store.newest();
        if (newest.isPresent()) {
            var opening = open(newest.get());
            if (opening.isPresent()) {
                return opening.get();
            }
        }
        return make(Actor.SYSTEM);
    }

    /** One more, which seals from now on. */
    Key make(Actor by) {
        var id = Randomness.uuid();
        var plain = Randomness.bytes(BYTES);
        store.add(new Wrapped(id, wrapping.close(plain, about(id))), by);
        log.info("a key of secrets was made id={}", id);
        return new Key(id, remembered(id, plain));
    }

    /** One from the database; empty if it was wrapped by a key that is not known here. */
    Optional<Key> open(Wrapped key) {
        var known = opened.get(key.id());
        if (known != null) {
            return Optional.of(new Key(key.id(), known));
        }
        var plain = wrapping.opened(key.bytes(), about(key.id())).or(() -> openFormer(key));
        if (plain.isEmpty()) {
            log.error("a key of secrets was wrapped by another master.key id={}", key.id());
        }
        return plain.map(bytes -> new Key(key.id(), remembered(key.id(), bytes)));
    }

    private Seal remembered(UUID id, byte[] plain) {
        var seal = new Seal(new SecretKeySpec(plain, "AES"));
        opened.put(id, seal);
        return seal;
    }

    boolean areSeveral() {
        return store.areSeveral();
    }

    List<KeyStore.Listed> list() {
        return store.list();
    }

    int deleteUnused(long millis) {
        return store.deleteUnused(millis);
    }

    private static String about(UUID id) {
        return "muster secret key " + id;
    }
}
