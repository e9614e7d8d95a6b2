package dev.muster.coordinator;

import static java.util.Map.entry;

import dev.muster.coordinator.Scene.Person;
import dev.muster.coordinator.Scene.Target;
import dev.muster.coordinator.http.Role;
import dev.muster.coordinator.proof.Served;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What projects and owners allow whom, beside the roles that the contract itself asks for. */
final class Rights {

    /** Who may do it to what. Admins may do all of it. */
    enum Right {
        /** Whoever the contract admits. */
        ROLE,
        /** The same, and nobody is told whether there is such a thing. */
        BLIND,
        /** Members and maintainers of the project; to others there is no such thing. */
        SEES,
        /** Of those, the task's creator and maintainers. */
        DECIDES,
        /** Of those, the task's creator. */
        CREATED,
        /** Of those, maintainers. */
        KEEPS,
        /** Maintainers of any project. */
        KEEPS_ANY,
        /** Members and maintainers of the project that the body names. */
        NAMES,
        /** Whose own it is; nobody else, admin or not. */
        OWNS
    }

    static final String ADMITTED = "admitted";

    private static final String NO_WORKSPACE = "404 no_workspace";

    private static final Map<Right, List<String>> TABLE =
            Map.of(
                    Right.BLIND,
                    List.of("GET /ws/pty/{}", "GET /api/workers/pty/{}"),
                    Right.SEES,
                    List.of(
                            "GET /api/web/tasks/{}",
                            "GET /api/web/tasks/{}/events",
                            "GET /api/web/tasks/{}/logs",
                            "GET /api/web/tasks/{}/logs/search",
                            "GET /api/web/tasks/{}/late-log",
                            "GET /api/web/tasks/{}/recording",
                            "GET /api/web/tasks/{}/recording/verification",
                            "GET /api/web/tasks/{}/explain",
                            "GET /api/web/tasks/{}/pending-confirm",
                            "POST /api/web/tasks/{}/confirm-stage",
                            "POST /api/web/tasks/{}/pty-token",
                            "GET /api/web/tasks/{}/terminals",
                            "GET /api/web/workspaces/{}",
                            "GET /api/web/workspaces/{}/tree",
                            "GET /api/web/workspaces/{}/file",
                            "GET /api/web/workspaces/{}/diff",
                            "GET /api/web/workspace-tunnel/{}/status",
                            "GET /api/web/projects/{}"),
                    Right.CREATED,
                    List.of(
                            "POST /api/web/workspace-tunnel/{}/start",
                            "POST /api/web/workspace-tunnel/{}/stop"),
                    Right.DECIDES,
                    List.of("POST /api/web/tasks/{}/retry", "POST /api/web/tasks/{}/cancel"),
                    Right.KEEPS,
                    List.of(
                            "POST /api/web/tasks/{}/terminals",
                            "DELETE /api/web/tasks/{}/terminals/{}",
                            "PUT /api/web/projects/{}",
                            "GET /api/web/projects/{}/members",
                            "POST /api/web/projects/{}/members",
                            "DELETE /api/web/projects/{}/members",
                            "GET /api/web/projects/{}/environment",
                            "PUT /api/web/projects/{}/environment",
                            "GET /api/web/projects/{}/secrets",
                            "PUT /api/web/projects/{}/secrets/{}",
                            "DELETE /api/web/projects/{}/secrets/{}",
                            "PUT /api/web/projects/{}/git-token",
                            "DELETE /api/web/projects/{}/git-token"),
                    Right.KEEPS_ANY,
                    List.of("GET /api/web/projects/-/developers"),
                    Right.NAMES,
                    List.of("POST /api/web/tasks"),
                    Right.OWNS,
                    List.of(
                            "POST /api/web/profile/tokens/{}/revoke",
                            "POST /api/web/notifications/{}/read"));

    /**
     * Refusals of those who were admitted, because things are as they are: no task here runs, ran
     * or waits at a gate, the worker is not one of the cluster's, nobody asks for a WebSocket or
     * has a second factor.
     */
    private static final Map<String, String> STATES =
            Map.ofEntries(
                    entry("GET /api/web/tasks/{}/pending-confirm", "404 no_gate"),
                    entry("POST /api/web/tasks/{}/confirm-stage", "409 no_gate"),
                    entry("GET /api/web/workspaces/{}", NO_WORKSPACE),
                    entry("GET /api/web/workspaces/{}/tree", NO_WORKSPACE),
                    entry("GET /api/web/workspaces/{}/file", NO_WORKSPACE),
                    entry("GET /api/web/workspaces/{}/diff", NO_WORKSPACE),
                    entry("POST /api/web/workspace-tunnel/{}/start", NO_WORKSPACE),
                    entry("POST /api/web/tasks/{}/pty-token", "409 no_terminal"),
                    entry("POST /api/web/tasks/{}/terminals", NO_WORKSPACE),
                    entry("DELETE /api/web/tasks/{}/terminals/{}", "404 no_such_shell"),
                    entry("GET /api/web/tasks/{}/recording", "404 no_recording"),
                    entry("GET /api/web/tasks/{}/recording/verification", "404 no_recording"),
                    entry("GET /ws/pty/{}", "426 upgrade_required"),
                    entry("GET /api/workers/pty/{}", "426 upgrade_required"),
                    entry("POST /api/workers/certificate", "403 cluster_not_allowed"),
                    entry("GET /api/workers/gateway", "426 upgrade_required"),
                    entry("POST /api/web/profile/totp/verify", "409 totp_not_set_up"),
                    entry("DELETE /api/web/profile/totp", "409 totp_off"),
                    entry("PUT /api/web/projects/{}/git-token", "409 no_https_repository"),
                    entry("DELETE /api/web/projects/{}/git-token", "404 no_git_token"));

    private Rights() {}

    /** Every operation that stands in a table here. */
    static Set<String> named() {
        var named = new HashSet<>(STATES.keySet());
        TABLE.values().forEach(named::addAll);
        return named;
    }

    /**
     * The right that an operation takes.
     *
     * @throws IllegalStateException if nobody said, and it is not clear
     */
    static Right of(Served operation) {
        var right =
                Arrays.stream(Right.values())
                        .filter(one -> TABLE.getOrDefault(one, List.of()).contains(operation.key()))
                        .findFirst();
        if (right.isPresent()) {
            return right.get();
        }
        var isUnclear = Things.kind(operation).isPresent() || Things.namesProject(operation);
        if (operation.access().equals("developer") && isUnclear) {
            throw new IllegalStateException(
                    operation.key() + " names a thing, and Rights does not say whose it has to be");
        }
        return Right.ROLE;
    }

    /** What a person hears whose role the contract admits: {@link #ADMITTED}, or why not. */
    static String expected(Served operation, Person person, Target target) {
        var isAdmin = person.role() == Role.ADMIN;
        var belongs = isAdmin || (target == Target.OWN && !person.roleInShop().isEmpty());
        var maintains =
                isAdmin || (target == Target.OWN && person.roleInShop().equals("maintainer"));
        var right = of(operation);
        if (right == Right.BLIND) {
            return ADMITTED;
        }
        if (target == Target.MISSING) {
            return right == Right.NAMES ? "400 unknown_project" : "404 not_found";
        }
        return switch (right) {
            case ROLE, BLIND -> ADMITTED;
            case SEES -> belongs ? ADMITTED : "404 not_found";
            case CREATED -> isAdmin ? ADMITTED : belongs ? "403 *" : "404 not_found";
            case DECIDES, KEEPS -> maintains ? ADMITTED : belongs ? "403 *" : "404 not_found";
            case KEEPS_ANY ->
                    isAdmin || person.roleThere().equals("maintainer") ? ADMITTED : "403 *";
            case NAMES -> belongs ? ADMITTED : "400 unknown_project";
            case OWNS -> target == Target.OWN ? ADMITTED : "404 not_found";
        };
    }

    /**
     * What an answer says of the caller: {@link #ADMITTED} for one that the contract has for those
     * who were, else status and code.
     */
    static String outcome(Served operation, int status, String code) {
        var said = status + " " + code;
        var admitted =
                operation.successes().containsKey(status)
                        || said.equals(STATES.get(operation.key()));
        return admitted ? ADMITTED : said;
    }

    /** Whether an outcome is what was expected; a star stands for any code. */
    static boolean agree(String expected, String outcome) {
        return expected.endsWith("*")
                ? outcome.startsWith(expected.substring(0, expected.length() - 1))
                : expected.equals(outcome);
    }

    /** Entries here of operations that nobody serves or will. */
    static Set<String> stale(Set<String> known) {
        return named().stream().filter(key -> !known.contains(key)).collect(Collectors.toSet());
    }
}
