package dev.muster.coordinator.account;

import dev.muster.protocol.digest.Sha256;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;

import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Signed tokens of one kind, with a key, an audience and a type that no other kind has.
 * Thread-safe.
 *
 * <p>INVARIANT: a token is accepted only if its first segment is, byte for byte, the header this
 * object writes. So its algorithm and key are never read from the token, and headers that name a
 * key elsewhere ({@code jku}, {@code x5u}, {@code jwk}) or ask for extensions are refused unread.
 */
final class Jwts {

    static final String ISSUER = "muster";

    private static final String ALGORITHM = "EdDSA";

    // Another coordinator's clock may be ahead of this one's by as much as its certificate allows
    // for. Only a beginning is borne that is to come: a token never outlives its end.
    private static final Duration MOST_SKEW = Duration.ofMinutes(5);

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final String audience;
    private final String kind;
    private final Duration life;
    private final InstantSource clock;
    private final JWTAuth jwt;
    private final byte[] publicKey;
    private final String header;

    /**
     * @param seed 32 bytes, the private key
     * @param life of a token
     */
    Jwts(
            Vertx vertx,
            String audience,
            String kind,
            byte[] seed,
            Duration life,
            InstantSource clock) {
        this.audience = audience;
        this.kind = kind;
        this.life = life;
        this.clock = clock;
        this.publicKey = new Ed25519PrivateKeyParameters(seed, 0).generatePublicKey().getEncoded();
        var key =
                new JsonObject()
                        .put("kty", "OKP")
                        .put("crv", "Ed25519")
                        .put("alg", ALGORITHM)
                        .put("kid", keyId(publicKey))
                        .put("d", BASE64.encodeToString(seed))
                        .put("x", BASE64.encodeToString(publicKey));
        var options =
                new JWTOptions()
                        .setAlgorithm(ALGORITHM)
                        .setIssuer(ISSUER)
                        .addAudience(audience)
                        // times are judged below, by our clock and without exception
                        .setIgnoreExpiration(true)
                        .setNoTimestamp(true);
        this.jwt = JWTAuth.create(vertx, new JWTAuthOptions().addJwk(key).setJWTOptions(options));
        this.header = firstSegment(sign(new JsonObject()));
    }

    private static String keyId(byte[] publicKey) {
        return HexFormat.of().formatHex(Sha256.of(publicKey), 0, 8);
    }

    private static String firstSegment(String token) {
        return token.substring(0, token.indexOf('.'));
    }

    Duration life() {
        return life;
    }

    byte[] publicKey() {
        return publicKey.clone();
    }

    /** A token that says {@code claims} about {@code subject}, from now for its whole life. */
    String issue(String subject, JsonObject claims) {
        var now = clock.instant().getEpochSecond();
        return sign(
                claims.copy()
                        .put("iss", ISSUER)
                        .put("aud", audience)
                        .put("sub", subject)
                        .put("typ", kind)
                        .put("iat", now)
                        .put("exp", now + life.toSeconds()));
    }

    /** Signs just what it is given. */
    String sign(JsonObject claims) {
        return jwt.generateToken(
                claims, new JWTOptions().setAlgorithm(ALGORITHM).setNoTimestamp(true));
    }

    /** What the token says, if it is one of these, untampered and within its life. */
    Optional<JsonObject> verify(String token) {
        if (!token.startsWith(header) || token.indexOf('.') != header.length()) {
            return Optional.empty();
        }
        return decoded(token).filter(this::isSound);
    }

    private Optional<JsonObject> decoded(String token) {
        try {
            // answers at once: nothing is fetched
            var outcome = jwt.authenticate(new TokenCredentials(token));
            return outcome.succeeded()
                    ? Optional.of(outcome.result().attributes().getJsonObject("accessToken"))
                    : Optional.empty();
        } catch (RuntimeException _) {
            // the library throws on some claims of an unexpected type
            return Optional.empty();
        }
    }

    private boolean isSound(JsonObject claims) {
        return ISSUER.equals(claims.getValue("iss"))
                && audience.equals(claims.getValue("aud"))
                && kind.equals(claims.getValue("typ"))
                && claims.getValue("sub") instanceof String subject
                && !subject.isEmpty()
                // ours begin when they are issued
                && !claims.containsKey("nbf")
                && claims.getValue("iat") instanceof Number issued
                && claims.getValue("exp") instanceof Number expires
                && isInLife(issued.longValue(), expires.longValue());
    }

    private boolean isInLife(long issued, long expires) {
        var now = clock.instant().getEpochSecond();
        // issued is bounded first, so that no sum below can overflow
        return issued >= now - life.toSeconds()
                && issued <= now + MOST_SKEW.toSeconds()
                && expires > issued
                && expires <= issued + life.toSeconds()
                && now < expires;
    }
}
