package dev.muster.ops.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a setting's text may be, and what it becomes.
 *
 * @param allowed the rule in words, fit to follow "allowed:"
 * @param reader throws {@link IllegalArgumentException} on anything else
 */
public record Kind<T>(String allowed, Function<String, T> reader) {

    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,12})\\s*([A-Za-z]*)");
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^\\s:\\[\\]/]+):(\\d{1,5})");

    static final Kind<String> HOST = new Kind<>("a host name or address, without port", Kind::host);

    static final Kind<Integer> PORT = count(0, 65_535);

    static final Kind<Path> PATH = new Kind<>("a path; ~ is your home directory", Kind::path);

    static final Kind<URI> SERVER =
            new Kind<>("an address such as https://muster.example.org", Kind::server);

    static final Kind<Duration> DURATION =
            new Kind<>("a time such as 500ms, 5s, 10m or 1h", Kind::duration);

    static final Kind<Long> SIZE = new Kind<>("a size such as 65536, 512KiB or 64MiB", Kind::size);

    static final Kind<String> TEXT = new Kind<>("any text", Function.identity());

    static final Kind<List<String>> ARGUMENTS =
            new Kind<>(
                    "a program and its arguments, with quotes around those that hold blanks",
                    Kind::arguments);

    static final Kind<Pattern> PATTERN =
            new Kind<>("a regular expression, as Java has them", Pattern::compile);

    static final Kind<Boolean> YES_OR_NO = oneOf("true", "false").as(Boolean::valueOf);

    static final Kind<String> HOST_PORT =
            new Kind<>(
                    "host:port",
                    text -> {
                        var matcher = HOST_AND_PORT.matcher(text);
                        if (!matcher.matches()) {
                            throw new IllegalArgumentException("no host:port");
                        }
                        var port = PORT.reader().apply(matcher.group(2));
                        return matcher.group(1) + ":" + port;
                    });

    static Kind<Integer> count(int least, int most) {
        return new Kind<>(
                "a whole number, " + least + " to " + most,
                text -> {
                    var number = Integer.parseInt(text);
                    if (number < least || number > most) {
                        throw new IllegalArgumentException("out of range");
                    }
                    return number;
                });
    }

    static Kind<String> oneOf(String... words) {
        var all = List.of(words);
        return new Kind<>(
                String.join(", ", all),
                text -> {
                    var word = text.toLowerCase(Locale.ROOT);
                    if (!all.contains(word)) {
                        throw new IllegalArgumentException("not one of them");
                    }
                    return word;
                });
    }

    <U> Kind<U> as(Function<? super T, ? extends U> next) {
        return new Kind<>(allowed, text -> next.apply(reader.apply(text)));
    }

    /** Empty text means that there is none. */
    Kind<Optional<T>> orNone() {
        return new Kind<>(
                allowed + "; or nothing",
                text -> text.isBlank() ? Optional.empty() : Optional.of(reader.apply(text)));
    }

    /** Any number of them, between commas. */
    Kind<List<T>> list() {
        return new Kind<>(
                "any number of: " + allowed,
                text ->
                        Stream.of(text.split(",", -1))
                                .map(String::strip)
                                .filter(part -> !part.isEmpty())
                                .map(reader)
                                .toList());
    }

    boolean isList() {
        return allowed.startsWith("any number of: ");
    }

    private static List<String> arguments(String text) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        boolean begun = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0 ? c == quote : c == '"' || c == '\'') {
                quote = quote == 0 ? c : 0;
                begun = true;
            } else if (quote != 0 || !Character.isWhitespace(c)) {
                word.append(c);
                begun = true;
            } else if (begun) {
                words.add(word.toString());
                word.setLength(0);
                begun = false;
            }
        }
        if (begun) {
            words.add(word.toString());
        }
        if (quote != 0 || words.isEmpty() || words.getFirst().isBlank()) {
            throw new IllegalArgumentException("no command");
        }
        return List.copyOf(words);
    }

    private static String host(String text) {
        if (text.isBlank() || text.matches(".*[\\s/@].*") || text.matches("[^:]*:\\d+")) {
            throw new IllegalArgumentException("no host");
        }
        return text;
    }

    private static Path path(String text) {
        var home = System.getProperty("user.home");
        if (text.isBlank()) {
            throw new IllegalArgumentException("no path");
        }
        var expanded = text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text;
        return Path.of(expanded).toAbsolutePath().normalize();
    }

    private static URI server(String text) {
        var uri = URI.create(text);
        var scheme = uri.getScheme();
        var known = "http".equals(scheme) || "https".equals(scheme);
        var plain =
                uri.getUserInfo() == null && uri.getQuery() == null && uri.getFragment() == null;
        if (!known || uri.getHost() == null || !plain) {
            throw new IllegalArgumentException("no server address");
        }
        return uri;
    }

    private static Duration duration(String text) {
        var matcher = AMOUNT.matcher(text);
        if (!matcher.matches()) {
            try {
                return Duration.parse(text);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("no time", e);
            }
        }
        var amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m", "min" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> throw new IllegalArgumentException("no unit of time");
        };
    }

    private static long size(String text) {
        var matcher = AMOUNT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no size");
        }
        var unit =
                switch (matcher.group(2)) {
                    case "", "B" -> 1L;
                    case "KiB" -> 1L << 10;
                    case "MiB" -> 1L << 20;
                    case "GiB" -> 1L << 30;
                    default -> throw new IllegalArgumentException("no unit of size");
                };
        return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
    }
}
