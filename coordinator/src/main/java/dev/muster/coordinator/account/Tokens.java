package dev.muster.coordinator.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Role;
import dev.muster.protocol.digest.Sha256;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Makes and reads the tokens of people and of machines' workers; neither passes for the other.
 * Thread-safe. Reading a token again costs a few microseconds.
 */
public final class Tokens {

    /** How long a person's access token is good. */
    public static final Duration PERSON_LIFE = Duration.ofMinutes(15);

    /** How long a worker's token is good. */
    public static final Duration MACHINE_LIFE = Duration.ofHours(1);

    private static final long MOST_REMEMBERED = 50_000;

    private record Read<T>(T caller, Instant until) {}

    /** A token that is good. */
    public record MachineToken(UUID machine, Duration left) {}

    private final InstantSource clock;
    private final ToIntFunction<UUID> leastGeneration;
    private final Jwts people;
    private final Jwts machines;
    // Only tokens that were good are remembered: strangers cannot push them out with garbage.
    private final Cache<ByteBuffer, Read<Caller.Person>> readPeople = cache();
    private final Cache<ByteBuffer, Read<Caller.Machine>> readMachines = cache();

    private Tokens(
            Vertx vertx,
            MasterKey master,
            InstantSource clock,
            ToIntFunction<UUID> leastGeneration) {
        this.clock = clock;
        this.leastGeneration = leastGeneration;
        this.people =
                new Jwts(
                        vertx,
                        "muster/people",
                        "person",
                        master.deriveBytes("jwt/people"),
                        PERSON_LIFE,
                        clock);
        this.machines =
                new Jwts(
                        vertx,
                        "muster/workers",
                        "machine",
                        master.deriveBytes("jwt/workers"),
                        MACHINE_LIFE,
                        clock);
    }

    private static <T> Cache<ByteBuffer, Read<T>> cache() {
        return Caffeine.newBuilder()
                .maximumSize(MOST_REMEMBERED)
                .expireAfterWrite(PERSON_LIFE)
                .build();
    }

    /**
     * Ready to use, and proven to refuse forgeries.
     *
     * @param leastGeneration the first generation of a machine whose tokens are good
     * @throws IllegalStateException if a forged token was accepted; nothing may be served then
     */
    public static Tokens open(
            Vertx vertx,
            MasterKey master,
            InstantSource clock,
            ToIntFunction<UUID> leastGeneration) {
        var tokens = new Tokens(vertx, master, clock, leastGeneration);
        Forgeries.mustBeRefused(tokens, clock.instant());
        return tokens;
    }

    Jwts people() {
        return people;
    }

    Jwts machines() {
        return machines;
    }

    /** An access token for a person's session. */
    public String forPerson(Caller.Person person) {
        return people.issue(
                Long.toString(person.id()),
                new JsonObject()
                        .put("sid", person.session().toString())
                        .put("name", person.name())
                        .put("role", person.role().word()));
    }

    /**
     * Who the token was made for, as they were then. Whether the session still lives is not asked.
     */
    public Optional<Caller.Person> person(String token) {
        return read(token, readPeople, people, Tokens::personIn).map(Read::caller);
    }

    /** A token for a machine's worker. */
    public String forMachine(Caller.Machine machine) {
        return machines.issue(
                machine.id().toString(), new JsonObject().put("gen", machine.generation()));
    }

    /** Which machine the token was made for; empty too if the machine recovered since. */
    public Optional<Caller.Machine> machine(String token) {
        return readMachine(token).map(Read::caller);
    }

    /** The same with how long the token is still good. */
    public Optional<MachineToken> machineToken(String token) {
        return readMachine(token)
                .map(
                        known ->
                                new MachineToken(
                                        known.caller().id(),
                                        Duration.between(clock.instant(), known.until())));
    }

    private Optional<Read<Caller.Machine>> readMachine(String token) {
        return read(token, readMachines, machines, Tokens::machineIn)
                .filter(known -> isOfNow(known.caller()));
    }

    private boolean isOfNow(Caller.Machine machine) {
        return machine.generation() >= leastGeneration.applyAsInt(machine.id());
    }

    private <T> Optional<Read<T>> read(
            String token,
            Cache<ByteBuffer, Read<T>> cache,
            Jwts jwts,
            Function<JsonObject, T> callerIn) {
        var key = fingerprint(token);
        var known = cache.getIfPresent(key);
        if (known == null) {
            var claims = jwts.verify(token);
            if (claims.isEmpty()) {
                return Optional.empty();
            }
            known = understood(claims.get(), callerIn);
            if (known == null) {
                return Optional.empty();
            }
            cache.put(key, known);
        }
        return clock.instant().isBefore(known.until()) ? Optional.of(known) : Optional.empty();
    }

    private static <T> @Nullable Read<T> understood(
            JsonObject claims, Function<JsonObject, T> callerIn) {
        try {
            var until = Instant.ofEpochSecond(claims.getLong("exp"));
            return new Read<>(callerIn.apply(claims), until);
        } catch (IllegalArgumentException | ClassCastException | NullPointerException _) {
            // signed by us and yet not in our words: of another version, and no use to this one
            return null;
        }
    }

    private static Caller.Person personIn(JsonObject claims) {
        return new Caller.Person(
                Long.parseLong(claims.getString("sub")),
                claims.getString("name"),
                Role.of(claims.getString("role")),
                UUID.fromString(claims.getString("sid")));
    }

    private static Caller.Machine machineIn(JsonObject claims) {
        return new Caller.Machine(
                UUID.fromString(claims.getString("sub")), claims.getInteger("gen", 0));
    }

    /** The token itself is not kept, so that a heap dump holds none. */
    private static ByteBuffer fingerprint(String token) {
        return ByteBuffer.wrap(Sha256.of(token));
    }
}
