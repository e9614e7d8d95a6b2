package dev.muster.cluster;

import org.bouncycastle.crypto.ec.CustomNamedCurves;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;

/** Keys on the curve P-256, the only one that members use. */
public final class P256 {

    private static final String ALGORITHM = "EC";
    private static final String CURVE = "secp256r1";

    private P256() {}

    /** A new key pair. */
    public static KeyPair random() {
        try {
            var generator = KeyPairGenerator.getInstance(ALGORITHM);
            generator.initialize(new ECGenParameterSpec(CURVE));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    /**
     * The one key pair that belongs to {@code seed}, by "extra random bits" of FIPS 186-5 appendix
     * A.2.1.
     */
    static KeyPair derived(byte[] seed) {
        try {
            var curve = curve();
            var secret =
                    new BigInteger(1, seed)
                            .mod(curve.getOrder().subtract(BigInteger.ONE))
                            .add(BigInteger.ONE);
            var point = CustomNamedCurves.getByName(CURVE).getG().multiply(secret).normalize();
            var open =
                    new ECPoint(
                            point.getAffineXCoord().toBigInteger(),
                            point.getAffineYCoord().toBigInteger());
            var factory = KeyFactory.getInstance(ALGORITHM);
            return new KeyPair(
                    factory.generatePublic(new ECPublicKeySpec(open, curve)),
                    factory.generatePrivate(new ECPrivateKeySpec(secret, curve)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    private static ECParameterSpec curve() throws GeneralSecurityException {
        var parameters = AlgorithmParameters.getInstance(ALGORITHM);
        parameters.init(new ECGenParameterSpec(CURVE));
        return parameters.getParameterSpec(ECParameterSpec.class);
    }

    /**
     * A public key as a stranger sent it.
     *
     * @param encoded its SubjectPublicKeyInfo, in DER
     * @throws IllegalArgumentException if it is none of this curve
     */
    static PublicKey parsed(byte[] encoded) {
        try {
            var key =
                    KeyFactory.getInstance(ALGORITHM)
                            .generatePublic(new X509EncodedKeySpec(encoded));
            if (key instanceof ECPublicKey open
                    && open.getParams().getCurve().equals(curve().getCurve())) {
                return key;
            }
            throw new IllegalArgumentException("a key of another curve");
        } catch (InvalidKeySpecException e) {
            throw new IllegalArgumentException("no public key", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }
}
