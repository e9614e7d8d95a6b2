package dev.muster.protocol.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The ways in which programs print a secret: as it is, line by line, in base64 wherever it stands
 * in what was encoded, percent-encoded, as a JSON string, and quoted for a shell. As bytes that are
 * never shorter than {@link #LEAST}.
 */
public final class Needles {

    /** In bytes. What is shorter stands in too much that is harmless. */
    public static final int LEAST = 6;

    /** How {@code base64} and PEM break their lines, in characters. */
    private static final int[] WIDTHS = {64, 76};

    // for each text with bytes as characters, so that a set knows equal ones
    private final Set<String> found = new LinkedHashSet<>();

    private final boolean commonestOnly;

    private Needles(boolean commonestOnly) {
        this.commonestOnly = commonestOnly;
    }

    /** All needles of one secret, bytes as characters; none if it is too short. */
    public static Set<String> of(String secret) {
        return new Needles(false).found(secret);
    }

    /**
     * Those of the commonest ways alone, as it is, by lines and in base64: far fewer, for secrets
     * that are too long to look for all.
     */
    public static Set<String> commonest(String secret) {
        return new Needles(true).found(secret);
    }

    private Set<String> found(String secret) {
        if (secret.getBytes(UTF_8).length >= LEAST) {
            addAll(secret);
            var lines = secret.lines().toList();
            if (lines.size() > 1) {
                for (var line : lines) {
                    addAll(line.strip());
                }
                // as a terminal prints the end of a line
                addText(String.join("\r\n", lines));
            }
        }
        return found;
    }

    private void addAll(String text) {
        if (text.getBytes(UTF_8).length < LEAST) {
            return;
        }
        addText(text);
        addText(text.strip());
        addText(text.replace("'", "'\\''"));
        addBase64(text.getBytes(UTF_8));
        if (!commonestOnly) {
            addPercent(text);
            addJson(text);
        }
    }

    private void addText(String text) {
        add(text.getBytes(UTF_8));
    }

    private void add(byte[] bytes) {
        if (bytes.length >= LEAST) {
            found.add(new String(bytes, ISO_8859_1));
        }
    }

    /**
     * Where a secret begins within three bytes decides how it looks; characters that neighbours
     * have a part in are left out, but for the end, where it may be the last.
     */
    private void addBase64(byte[] secret) {
        for (int before = 0; before < 3; before++) {
            var padded = new byte[before + secret.length];
            System.arraycopy(secret, 0, padded, before, secret.length);
            int first = (before * 8 + 5) / 6;
            int last = padded.length * 8 / 6;
            for (var encoder : new Base64.Encoder[] {Base64.getEncoder(), Base64.getUrlEncoder()}) {
                var encoded = encoder.encodeToString(padded);
                addText(encoded.substring(first, last));
                addText(encoded.substring(first));
                addText(encoded.substring(first).replace("=", ""));
            }
        }
        var whole = Base64.getEncoder().encodeToString(secret);
        for (int width : WIDTHS) {
            for (int from = 0; whole.length() > width && from < whole.length(); from += width) {
                addText(whole.substring(from, Math.min(from + width, whole.length())));
            }
        }
    }

    private void addPercent(String text) {
        for (var blank : new String[] {"%20", "+"}) {
            // RFC 3986, encodeURIComponent, and application/x-www-form-urlencoded
            addPercent(text, c -> "-._~".indexOf(c) >= 0, blank);
            addPercent(text, c -> "-._~!'()*".indexOf(c) >= 0, blank);
            addPercent(text, c -> "-._*".indexOf(c) >= 0, blank);
            // what is left alone in a path or a query
            addPercent(text, c -> "-._~!'()*/:?@&=+$,;".indexOf(c) >= 0, blank);
        }
    }

    private void addPercent(String text, IntPredicate kept, String blank) {
        for (var hex : new HexFormat[] {HexFormat.of().withUpperCase(), HexFormat.of()}) {
            var encoded = new StringBuilder();
            for (byte b : text.getBytes(UTF_8)) {
                int c = b & 0xff;
                if (isLetterOrDigit(c) || kept.test(c)) {
                    encoded.append((char) c);
                } else if (c == ' ') {
                    encoded.append(blank);
                } else {
                    encoded.append('%').append(hex.toHexDigits(b));
                }
            }
            addText(encoded.toString());
        }
    }

    private static boolean isLetterOrDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }

    private static final Map<Character, String> ESCAPES =
            Map.of('"', "\\\"", '\\', "\\\\", '\n', "\\n", '\r', "\\r", '\t', "\\t");

    private void addJson(String text) {
        for (var slash : new String[] {"/", "\\/"}) {
            addJson(text, slash, false, false);
            addJson(text, slash, true, false);
            addJson(text, slash, true, true);
        }
    }

    /**
     * @param plain whether only ASCII stands as it is
     * @param capital how the rest is written
     */
    private void addJson(String text, String slash, boolean plain, boolean capital) {
        var escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            var known = c == '/' ? slash : ESCAPES.get(c);
            if (known != null) {
                escaped.append(known);
            } else if (c < ' ' || (plain && c > '~')) {
                var digits = "%04x".formatted((int) c);
                escaped.append("\\u").append(capital ? digits.toUpperCase(Locale.ROOT) : digits);
            } else {
                escaped.append(c);
            }
        }
        addText(escaped.toString());
    }
}
