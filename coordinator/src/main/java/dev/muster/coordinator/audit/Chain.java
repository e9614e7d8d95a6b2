package dev.muster.coordinator.audit;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;

import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * Seals entries, each together with the seal before it ({@code coordinator/audit.md}). Immutable.
 */
public final class Chain {

    /** What the key is derived from the master key for. */
    public static final String PURPOSE = "audit";

    /** Of the key. */
    public static final String ALGORITHM = "HmacSHA256";

    // The version of the form below. Another form gets another number, and a column that tells.
    private static final String FORM = "muster audit entry 1\n";

    private final SecretKey key;

    public Chain(SecretKey key) {
        this.key = key;
    }

    /** The head after {@code entry} followed {@code previous}. */
    Head next(Head previous, Entry entry) {
        long seq = previous.seq() + 1;
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(HexFormat.of().parseHex(previous.mac()));
            return new Head(seq, HexFormat.of().formatHex(mac.doFinal(canonical(seq, entry))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every Java", e);
        }
    }

    /**
     * The bytes that stand for an entry: its fields as netstrings, a hyphen for what is not there.
     * Different entries have different bytes.
     */
    static byte[] canonical(long seq, Entry entry) {
        var bytes = new ByteArrayOutputStream(256);
        bytes.writeBytes(FORM.getBytes(StandardCharsets.US_ASCII));
        var by = entry.by();
        var target = entry.target();
        add(bytes, Long.toString(seq));
        add(bytes, Long.toString(entry.id()));
        add(bytes, Long.toString(micros(entry.at())));
        add(bytes, by.kind());
        add(bytes, by.id());
        add(bytes, by.name());
        add(bytes, by.address());
        add(bytes, by.request());
        add(bytes, entry.action());
        add(bytes, target == null ? null : target.kind());
        add(bytes, target == null ? null : target.id());
        add(bytes, entry.outcome());
        add(bytes, entry.data());
        return bytes.toByteArray();
    }

    private static long micros(Instant at) {
        return Math.addExact(
                Math.multiplyExact(at.getEpochSecond(), 1_000_000L), at.getNano() / 1000);
    }

    private static void add(ByteArrayOutputStream bytes, @Nullable String field) {
        if (field == null) {
            bytes.write('-');
            return;
        }
        var text = field.getBytes(StandardCharsets.UTF_8);
        bytes.writeBytes((text.length + ":").getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(text);
        bytes.write(',');
    }
}
