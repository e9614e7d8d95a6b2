package dev.muster.cluster;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Signs the certificates of the cluster's members, and of nobody else. Thread-safe.
 *
 * <p>Its key is derived from the coordinators' master key: whoever shares that file, as all
 * coordinators of one database must, is the same authority without anything more to hand over.
 *
 * <p>There is no list of revoked certificates. They live for an hour, as the tokens of workers do,
 * and whoever lost the right to one is refused the next, and barred by those who know it ({@link
 * MutualTls#bar}).
 */
public final class Authority {

    /** How many secret bytes it is made of: more than the key has, so that none is likelier. */
    public static final int SEED = 64;

    /** How long a certificate is good; coordinators renew their own, and workers with the token. */
    public static final Duration LIFE = Duration.ofHours(1);

    /** Clocks of members differ, and a certificate from the future is none. */
    private static final Duration SKEW = Duration.ofMinutes(5);

    private static final String ALGORITHM = "SHA256withECDSA";
    private static final X500Name NAME = new X500Name("CN=Muster cluster authority");
    // RFC 5280 section 4.1.2.5: no end that is known of
    private static final Instant NEVER = Instant.parse("9999-12-31T23:59:59Z");
    private static final int SERIAL_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final KeyPair keys;
    private final InstantSource clock;
    private final X509Certificate certificate;

    /**
     * The authority that belongs to {@code seed}.
     *
     * @param seed {@link #SEED} bytes; the same ones are the same authority
     */
    public Authority(byte[] seed, InstantSource clock) {
        this.keys = P256.derived(seed);
        this.clock = clock;
        this.certificate = signItself();
    }

    private X509Certificate signItself() {
        var builder =
                new JcaX509v3CertificateBuilder(
                        NAME,
                        BigInteger.ONE,
                        Date.from(Instant.EPOCH),
                        Date.from(NEVER),
                        NAME,
                        keys.getPublic());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
        } catch (CertIOException e) {
            throw new IllegalStateException("constant extensions can be encoded", e);
        }
        return sign(builder);
    }

    /** What members have to know it by. */
    public X509Certificate certificate() {
        return certificate;
    }

    /**
     * A certificate for the worker of {@code machine}. It is of use only to who has the private key
     * that goes with {@code key}, so a proof of that is not asked for.
     *
     * @param key SubjectPublicKeyInfo in DER, on the curve P-256
     * @throws IllegalArgumentException if it is no such key
     */
    public X509Certificate certify(UUID machine, byte[] key) {
        return certify("CN=machine " + machine, Passport.MACHINE + machine, P256.parsed(key));
    }

    private X509Certificate certify(String name, String urn, PublicKey key) {
        var now = clock.instant();
        var builder =
                new JcaX509v3CertificateBuilder(
                        NAME,
                        new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE),
                        Date.from(now.minus(SKEW)),
                        Date.from(now.plus(LIFE)),
                        new X500Name(name),
                        key);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            // members call each other both ways
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {
                                KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth
                            }));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, urn)));
        } catch (CertIOException e) {
            throw new IllegalArgumentException("no name for a certificate: " + urn, e);
        }
        return sign(builder);
    }

    private X509Certificate sign(JcaX509v3CertificateBuilder builder) {
        try {
            var signer = new JcaContentSignerBuilder(ALGORITHM).build(keys.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException("every JDK signs with P-256", e);
        }
    }

    /** The passports of one coordinator: one key, and a certificate renewed before it expires. */
    public Supplier<Passport> coordinators() {
        return new Coordinators(P256.random());
    }

    private final class Coordinators implements Supplier<Passport> {

        private final KeyPair own;
        private Passport current;
        private Instant renewal;

        Coordinators(KeyPair own) {
            this.own = own;
            this.current = renewed();
            this.renewal = clock.instant().plus(LIFE.dividedBy(2));
        }

        @Override
        public synchronized Passport get() {
            var now = clock.instant();
            if (!now.isBefore(renewal)) {
                current = renewed();
                renewal = now.plus(LIFE.dividedBy(2));
            }
            return current;
        }

        private Passport renewed() {
            var signed = certify("CN=coordinator", Passport.COORDINATOR, own.getPublic());
            return new Passport(own.getPrivate(), signed, certificate);
        }
    }
}
