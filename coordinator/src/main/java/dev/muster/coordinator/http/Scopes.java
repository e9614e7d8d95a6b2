package dev.muster.coordinator.http;

import java.util.List;
import java.util.Set;

/** What personal access tokens can be good for. The contract names one for each operation. */
public final class Scopes {

    /** What no such token is good for: it needs a login. */
    public static final String SESSION = "session";

    private static final String READ = ":read";
    private static final String WRITE = ":write";
    private static final String ADMIN = "admin:";

    /** All that a token can have. */
    public static final List<String> ALL =
            List.of(
                    "tasks:read",
                    "tasks:write",
                    "machines:read",
                    "machines:write",
                    "projects:read",
                    "projects:write",
                    "profile:read",
                    "profile:write",
                    "admin:read",
                    "admin:write");

    /** What a token has if nothing else was asked for. */
    public static final Set<String> DEFAULT =
            Set.copyOf(ALL.stream().filter(scope -> !isAdmins(scope)).toList());

    private Scopes() {}

    /** Whether it is for what only admins do. */
    public static boolean isAdmins(String scope) {
        return scope.startsWith(ADMIN);
    }

    /** Whether these allow what needs {@code scope}; writing includes reading. */
    public static boolean allow(Set<String> scopes, String scope) {
        return scopes.contains(scope)
                || (scope.endsWith(READ)
                        && scopes.contains(
                                scope.substring(0, scope.length() - READ.length()) + WRITE));
    }
}
