package dev.muster.coordinator.config;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * How this coordinator is reached besides its own address.
 *
 * @param origins of pages that may open terminals, such as {@code https://muster.example.com},
 *     besides its own
 * @param advertise base URL where workers reach this very coordinator; empty for its own address
 */
public record WebConfig(List<String> origins, Optional<URI> advertise) {

    /** By its own address alone. */
    public static final WebConfig DEFAULT = new WebConfig(List.of(), Optional.empty());

    private static final Pattern ORIGIN =
            Pattern.compile("https?://(\\[[0-9a-f:]+]|[a-z0-9.-]+)(:[0-9]{1,5})?");

    public WebConfig {
        origins = List.copyOf(origins);
        for (var origin : origins) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw new IllegalArgumentException(
                        "origins are written as https://muster.example.com, in small letters and"
                                + " without a path; not "
                                + origin);
            }
        }
        advertise.ifPresent(
                url -> {
                    if (!"http".equals(url.getScheme()) && !"https".equals(url.getScheme())) {
                        throw new IllegalArgumentException("advertise-url begins with http");
                    }
                });
    }

    /** Which pages may open terminals of a coordinator that listens there. */
    public Predicate<String> allowed(String host, int port) {
        var own =
                isLoopback(host)
                        ? List.of("127.0.0.1", "localhost", "[::1]")
                        : List.of(host.contains(":") ? "[" + host + "]" : host);
        return origin ->
                origins.contains(origin)
                        || own.stream()
                                .anyMatch(one -> origin.equals("http://" + one + ":" + port));
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    /** Where workers reach a coordinator that listens there; empty where that cannot be said. */
    public Optional<String> reachedAt(String host, int port) {
        if (advertise.isPresent()) {
            return advertise.map(URI::toString);
        }
        boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
        var name = host.contains(":") ? "[" + host + "]" : host;
        return everywhere ? Optional.empty() : Optional.of("http://" + name + ":" + port);
    }
}
