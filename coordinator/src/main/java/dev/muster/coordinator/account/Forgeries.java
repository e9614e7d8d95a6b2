package dev.muster.coordinator.account;

import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Role;

import io.vertx.core.json.JsonObject;

import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens that must not be accepted, tried at each start: a library that fails open after an update
 * or a mistake in our own settings keeps the server down instead of letting anyone in.
 */
final class Forgeries {

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private Forgeries() {}

    static void mustBeRefused(Tokens tokens, Instant now) {
        var person = new Caller.Person(1, "self-test", Role.ADMIN, new UUID(0, 1));
        // of a generation that no machine reaches, so that it is never of before a recovery
        var machine = new Caller.Machine(new UUID(0, 2), Integer.MAX_VALUE);
        var good = tokens.forPerson(person);
        var goodMachine = tokens.forMachine(machine);
        if (!tokens.person(good).equals(Optional.of(person))
                || tokens.machine(goodMachine).isEmpty()) {
            throw new IllegalStateException("token self-test: a good token was refused");
        }
        of(tokens.people(), good, now).forEach((name, token) -> refuse(tokens, name, token));
        if (tokens.person(goodMachine).isPresent() || tokens.machine(good).isPresent()) {
            throw new IllegalStateException("token self-test: accepted another kind's token");
        }
        of(tokens.machines(), goodMachine, now)
                .forEach((name, token) -> refuse(tokens, name, token));
    }

    private static void refuse(Tokens tokens, String name, String token) {
        if (tokens.person(token).isPresent() || tokens.machine(token).isPresent()) {
            throw new IllegalStateException("token self-test: accepted " + name);
        }
    }

    private static Map<String, String> of(Jwts jwts, String good, Instant now) {
        var parts = good.split("\\.", -1);
        var claims =
                new JsonObject(
                        new String(
                                Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
        var header =
                new JsonObject(
                        new String(
                                Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8));
        var past = now.minus(Duration.ofHours(3)).getEpochSecond();
        var forged = new LinkedHashMap<String, String>();
        forged.put("alg none", segment(header.copy().put("alg", "none")) + "." + parts[1] + ".");
        forged.put(
                "alg none, two segments",
                segment(header.copy().put("alg", "none")) + "." + parts[1]);
        forged.put("no signature", parts[0] + "." + parts[1] + ".");
        forged.put("HS256 with the public key", hmac(header, parts[1], jwts.publicKey()));
        forged.put("another key's", otherKey(parts[0], claims));
        forged.put("expired", jwts.sign(claims.copy().put("iat", past).put("exp", past + 60)));
        forged.put("no exp", jwts.sign(without(claims, "exp")));
        forged.put("another audience", jwts.sign(claims.copy().put("aud", "other")));
        forged.put("no audience", jwts.sign(without(claims, "aud")));
        forged.put("another issuer", jwts.sign(claims.copy().put("iss", "other")));
        forged.put("no kind", jwts.sign(without(claims, "typ")));
        forged.put("another kind", jwts.sign(claims.copy().put("typ", "other")));
        forged.put("no subject", jwts.sign(without(claims, "sub")));
        forged.put(
                "tampered",
                parts[0] + "." + segment(claims.copy().put("sub", "999")) + "." + parts[2]);
        return forged;
    }

    private static JsonObject without(JsonObject claims, String name) {
        var rest = claims.copy();
        rest.remove(name);
        return rest;
    }

    private static String segment(JsonObject json) {
        return BASE64.encodeToString(json.encode().getBytes(StandardCharsets.UTF_8));
    }

    private static String otherKey(String header, JsonObject claims) {
        var signer = new Ed25519Signer();
        signer.init(true, new Ed25519PrivateKeyParameters(new byte[32], 0));
        var input = header + "." + segment(claims);
        signer.update(input.getBytes(StandardCharsets.US_ASCII), 0, input.length());
        return input + "." + BASE64.encodeToString(signer.generateSignature());
    }

    private static String hmac(JsonObject header, String payload, byte[] key) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            var input = segment(header.copy().put("alg", "HS256")) + "." + payload;
            return input
                    + "."
                    + BASE64.encodeToString(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every Java", e);
        }
    }
}
