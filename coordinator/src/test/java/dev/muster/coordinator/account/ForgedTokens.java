package dev.muster.coordinator.account;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Some sixty ways to get in without a token of one's own, given a good one to work from. */
final class ForgedTokens {

    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final Jwts jwts;
    private final String good;
    private final String[] parts;
    private final JsonObject header;
    private final JsonObject claims;
    private final long now;
    private final Map<String, String> forged = new LinkedHashMap<>();

    private ForgedTokens(Jwts jwts, String good, long now) {
        this.jwts = jwts;
        this.good = good;
        this.now = now;
        this.parts = good.split("\\.");
        this.header = json(parts[0]);
        this.claims = json(parts[1]);
    }

    static Map<String, String> of(Jwts jwts, String good, long now) throws Exception {
        var forgery = new ForgedTokens(jwts, good, now);
        forgery.withoutSignature();
        forgery.withOtherAlgorithms();
        forgery.withKeysOfTheirOwn();
        forgery.withOddHeaders();
        forgery.withOddClaims();
        forgery.withOddTimes();
        forgery.mangled();
        return forgery.forged;
    }

    private void withoutSignature() {
        for (var none : List.of("none", "None", "NONE", "nOnE", "", "null")) {
            var head = segment(header.copy().put("alg", none));
            forged.put("alg '" + none + "' signed", head + "." + parts[1] + "." + parts[2]);
            forged.put("alg '" + none + "' empty", head + "." + parts[1] + ".");
            forged.put("alg '" + none + "' bare", head + "." + parts[1]);
        }
        forged.put("signature cut off", parts[0] + "." + parts[1]);
        forged.put("signature empty", parts[0] + "." + parts[1] + ".");
        forged.put("signature of zeros", parts[0] + "." + parts[1] + "." + base64(new byte[64]));
    }

    private void withOtherAlgorithms() throws Exception {
        for (var alg : List.of("HS256", "HS384", "HS512")) {
            var secrets = Map.of("public key", jwts.publicKey(), "empty", new byte[1]);
            for (var secret : secrets.entrySet()) {
                var input = segment(header.copy().put("alg", alg)) + "." + parts[1];
                var mac = Mac.getInstance("HmacSHA" + alg.substring(2));
                mac.init(new SecretKeySpec(secret.getValue(), mac.getAlgorithm()));
                var signature = mac.doFinal(input.getBytes(StandardCharsets.US_ASCII));
                forged.put(alg + " by " + secret.getKey(), input + "." + base64(signature));
            }
        }
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048); // it need not hold, and larger ones take seconds
        var pair = generator.generateKeyPair();
        var input = segment(header.copy().put("alg", "RS256")) + "." + parts[1];
        var rsa = Signature.getInstance("SHA256withRSA");
        rsa.initSign(pair.getPrivate());
        rsa.update(input.getBytes(StandardCharsets.US_ASCII));
        forged.put("RS256", input + "." + base64(rsa.sign()));
    }

    private void withKeysOfTheirOwn() {
        var own = new byte[32];
        forged.put("own key", signed(header, claims, own));
        forged.put("own key, no kid", signed(without(header, "kid"), claims, own));
        forged.put("own key, other kid", signed(header.copy().put("kid", "mine"), claims, own));
        var jwk =
                new JsonObject()
                        .put("kty", "OKP")
                        .put("crv", "Ed25519")
                        .put(
                                "x",
                                base64(
                                        new Ed25519PrivateKeyParameters(own, 0)
                                                .generatePublicKey()
                                                .getEncoded()));
        forged.put("jwk", signed(header.copy().put("jwk", jwk), claims, own));
        forged.put("jku", signed(header.copy().put("jku", "http://evil/keys"), claims, own));
        forged.put("x5u", signed(header.copy().put("x5u", "http://evil/cert"), claims, own));
        forged.put("x5c", signed(header.copy().put("x5c", new JsonArray().add("AA")), claims, own));
        forged.put("kid path", signed(header.copy().put("kid", "../../dev/null"), claims, own));
        forged.put("kid sql", signed(header.copy().put("kid", "' or 1=1 --"), claims, own));
    }

    private void withOddHeaders() {
        var body = "." + parts[1] + "." + parts[2];
        forged.put(
                "extra header",
                segment(header.copy().put("crit", new JsonArray().add("b64"))) + body);
        forged.put("nonce", segment(header.copy().put("nonce", "x")) + body);
        forged.put("typ", segment(header.copy().put("typ", "at+jwt")) + body);
        forged.put("no alg", segment(without(header, "alg")) + body);
        forged.put("header is an array", base64(ascii("[]")) + body);
        forged.put("header is empty", body);
    }

    /** These are signed with the right key: what they say is not enough. */
    private void withOddClaims() {
        for (var name : List.of("iss", "aud", "sub", "iat", "exp", "typ")) {
            forged.put("without " + name, jwts.sign(without(claims, name)));
            forged.put("null " + name, jwts.sign(claims.copy().putNull(name)));
        }
        for (var name : List.of("iss", "aud", "typ")) {
            forged.put("other " + name, jwts.sign(claims.copy().put(name, "other")));
        }
        for (var kind : List.of("person", "machine")) {
            for (var audience : List.of("muster/people", "muster/workers")) {
                var is = kind.equals(claims.getString("typ"));
                var fits = audience.equals(claims.getString("aud"));
                if (!is || !fits) {
                    forged.put(
                            kind + " for " + audience,
                            jwts.sign(claims.copy().put("typ", kind).put("aud", audience)));
                }
            }
        }
        forged.put("sub empty", jwts.sign(claims.copy().put("sub", "")));
        forged.put("sub a number", jwts.sign(claims.copy().put("sub", 1)));
        forged.put("sub nonsense", jwts.sign(claims.copy().put("sub", "x")));
        forged.put(
                "aud both",
                jwts.sign(
                        claims.copy().put("aud", JsonArray.of("muster/people", "muster/workers"))));
    }

    private void withOddTimes() {
        var life = jwts.life().toSeconds();
        forged.put("expired", jwts.sign(times(now - life - 1, now - 1)));
        forged.put("expires now", jwts.sign(times(now - life, now)));
        forged.put("from the future", jwts.sign(times(now + 301, now + 361)));
        forged.put("too long a life", jwts.sign(times(now, now + life + 1)));
        forged.put("ends before it begins", jwts.sign(times(now + 30, now + 29)));
        forged.put("exp as text", jwts.sign(claims.copy().put("exp", "9999999999")));
        forged.put("exp huge", jwts.sign(claims.copy().put("exp", Long.MAX_VALUE)));
        forged.put("iat far back", jwts.sign(claims.copy().put("iat", Long.MIN_VALUE)));
        forged.put("not yet", jwts.sign(claims.copy().put("nbf", now + 60)));
        forged.put("not yet, in its words", jwts.sign(claims.copy().put("nbf", "tomorrow")));
    }

    private void mangled() {
        forged.put(
                "tampered subject",
                parts[0] + "." + segment(claims.copy().put("sub", "999")) + "." + parts[2]);
        forged.put(
                "tampered role",
                parts[0] + "." + segment(claims.copy().put("role", "lead")) + "." + parts[2]);
        forged.put("four segments", good + ".AA");
        forged.put("doubled", good + "." + good);
        forged.put("segments swapped", parts[1] + "." + parts[0] + "." + parts[2]);
        forged.put("signature twice", parts[0] + "." + parts[1] + "." + parts[2] + parts[2]);
        forged.put("signature shortened", good.substring(0, good.length() - 4));
        forged.put("quoted", "\"" + good + "\"");
        forged.put("scheme within", "Bearer " + good);
        forged.put("empty", "");
        forged.put("dots", "..");
        forged.put("nonsense", "nonsense");
        forged.put(
                "nested",
                segment(header.copy().put("cty", "JWT")) + "." + base64(ascii(good)) + ".AA");
        forged.put("within a claim", jwts.sign(new JsonObject().put("accessToken", claims)));
        forged.put("huge", good + "A".repeat(1 << 20));
        forged.put("huge subject", jwts.sign(claims.copy().put("sub", "1".repeat(1 << 16))));
        forged.put("deep", parts[0] + "." + base64(ascii("[".repeat(1 << 16))) + "." + parts[2]);
        forged.put("NUL within", good.replace('.', '\0'));
    }

    private JsonObject times(long issued, long expires) {
        return claims.copy().put("iat", issued).put("exp", expires);
    }

    private static String signed(JsonObject header, JsonObject claims, byte[] seed) {
        var input = segment(header) + "." + segment(claims);
        var signer = new Ed25519Signer();
        signer.init(true, new Ed25519PrivateKeyParameters(seed, 0));
        signer.update(input.getBytes(StandardCharsets.US_ASCII), 0, input.length());
        return input + "." + base64(signer.generateSignature());
    }

    private static JsonObject without(JsonObject object, String name) {
        var rest = object.copy();
        rest.remove(name);
        return rest;
    }

    private static JsonObject json(String segment) {
        return new JsonObject(
                new String(Base64.getUrlDecoder().decode(segment), StandardCharsets.UTF_8));
    }

    private static String segment(JsonObject json) {
        return base64(json.encode().getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String base64(byte[] bytes) {
        return BASE64.encodeToString(bytes);
    }
}
