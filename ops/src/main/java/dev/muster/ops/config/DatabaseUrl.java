package dev.muster.ops.config;

import dev.muster.coordinator.config.DatabaseConfig;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a PostgreSQL server is and who we are to it, in the form its own tools use.
 *
 * @param host a name, an address, or the directory of a Unix socket
 * @param tls whether to insist on TLS with a certificate the JVM trusts
 */
record DatabaseUrl(
        String host, int port, String database, String user, String password, boolean tls) {

    static final Kind<DatabaseUrl> KIND =
            new Kind<>(
                    "postgresql://user:password@host:port/database, with ?sslmode=disable or"
                            + " verify-full (which a server on another machine gets unless told"
                            + " otherwise), or ?host=/directory for a Unix socket",
                    DatabaseUrl::parse);

    private static final Pattern FORM =
            Pattern.compile(
                    "postgres(?:ql)?://(?<user>[^:@/?#\\s]+):(?<password>[^@/?#\\s]*)@"
                            + "(?<host>\\[[0-9A-Fa-f:.]+]|[^:@/?#\\s]*)(?::(?<port>\\d{1,5}))?"
                            + "/(?<database>[^/?#\\s]+)(?:\\?(?<query>[^#\\s]*))?");

    private static final Pattern PASSWORD = Pattern.compile("(://[^:@/]*:)[^@]*@");

    private static final Set<String> PARAMETERS = Set.of("sslmode", "host");

    private static DatabaseUrl parse(String text) {
        var matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no such form");
        }
        var query = matcher.group("query");
        var parameters = parameters(query == null ? "" : query);
        var named = matcher.group("host").replaceAll("[\\[\\]]", "");
        var host = parameters.getOrDefault("host", named);
        var port = matcher.group("port");
        return new DatabaseUrl(
                host.isEmpty() ? "127.0.0.1" : host,
                port == null ? 5432 : Kind.PORT.reader().apply(port),
                decoded(matcher.group("database")),
                decoded(matcher.group("user")),
                decoded(matcher.group("password")),
                insistsOnTls(parameters.get("sslmode"), host));
    }

    private static boolean insistsOnTls(@Nullable String mode, String host) {
        if (mode == null) {
            return !host.startsWith("/") && !Loopback.isLoopback(host);
        }
        return switch (mode) {
            case "disable" -> false;
            case "verify-full" -> true;
            default -> throw new IllegalArgumentException("no such sslmode");
        };
    }

    private static Map<String, String> parameters(String query) {
        var parameters = new HashMap<String, String>();
        for (var pair : query.split("&", -1)) {
            var equals = pair.indexOf('=');
            if (pair.isEmpty()) {
                continue;
            }
            if (equals < 0 || !PARAMETERS.contains(pair.substring(0, equals))) {
                throw new IllegalArgumentException("no such parameter");
            }
            parameters.put(pair.substring(0, equals), decoded(pair.substring(equals + 1)));
        }
        return parameters;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    DatabaseConfig with(int poolSize, Duration statementTimeout) {
        return new DatabaseConfig(
                host, port, database, user, password, tls, poolSize, statementTimeout);
    }

    /** The same text without the password. */
    static String masked(String text) {
        return PASSWORD.matcher(text).replaceAll("$1***@");
    }

    @Override
    public String toString() {
        return "DatabaseUrl[" + host + ":" + port + "/" + database + " as " + user + "]";
    }
}
