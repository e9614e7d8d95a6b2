package dev.muster.coordinator.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets callers in whom an operation admits, as often as they may ask. */
final class Gate {

    private static final Logger log = LoggerFactory.getLogger(Gate.class);

    private static final Caller ANONYMOUS = new Caller.Anonymous();
    private static final String SCHEME = "Bearer ";

    /** Ours are a few hundred characters; hashing longer ones is work for strangers. */
    private static final int MOST_CHARACTERS = 4096;

    /** Below it lies what workers ask: how often is for {@code bus} and {@code gateway} to say. */
    private static final String FOR_WORKERS = "/api/workers/";

    private final Callers callers;
    private final Refusals refusals;
    private final Allowances allowances;

    /**
     * @param refusals hears of everyone who was not let in
     */
    Gate(Callers callers, Refusals refusals, Allowances allowances) {
        this.callers = callers;
        this.refusals = refusals;
        this.allowances = allowances;
    }

    /**
     * @throws Problem 401, 403 or 429
     */
    Caller admit(Shape shape, Operations.Bound bound, HttpServerRequest request, String requestId) {
        return switch (bound.access()) {
            case Access.Open _ -> {
                if (!request.path().startsWith(FOR_WORKERS)) {
                    allowances.take(address(request));
                }
                yield ANONYMOUS;
            }
            case Access.People(var atLeast) -> {
                var person = person(bound, request, requestId);
                allowances.take(person);
                if (!person.role().includes(atLeast)) {
                    throw refused(
                            person,
                            "role",
                            Problem.forbidden(
                                    "forbidden", "This needs the role " + atLeast.word() + "."),
                            bound,
                            request,
                            requestId);
                }
                var refusal = refusal(shape, person.credential());
                if (refusal != null) {
                    throw refused(person, refusal.code(), refusal, bound, request, requestId);
                }
                yield person;
            }
            case Access.Workers _ -> {
                var machine = callers.machine(token(bound, request, requestId));
                if (machine.isEmpty()) {
                    throw notKnown(bound, request, requestId);
                }
                yield machine.get();
            }
        };
    }

    /** Why what let the caller in is not enough for this operation, or null if it is. */
    private static @Nullable Problem refusal(Shape shape, Credential credential) {
        var scope = shape.scope().orElseThrow();
        return switch (credential) {
            case Credential.Session session when session.oneTime() && !shape.oneTime() ->
                    Problem.forbidden(
                            "password_change_needed",
                            "Replace your one-time password first: PUT /api/web/profile/password.");
            case Credential.Session _ -> null;
            case Credential.PersonalToken _ when scope.equals(Scopes.SESSION) ->
                    Problem.forbidden(
                            "session_needed",
                            "This needs a login; a personal access token will not do.");
            case Credential.PersonalToken token when !Scopes.allow(token.scopes(), scope) ->
                    Problem.forbidden(
                            "scope_missing", "This needs a token with the scope " + scope + ".");
            case Credential.PersonalToken _ -> null;
        };
    }

    private Caller.Person person(
            Operations.Bound bound, HttpServerRequest request, String requestId) {
        try {
            return callers.person(token(bound, request, requestId))
                    .orElseThrow(() -> notKnown(bound, request, requestId));
        } catch (Problem unknown) {
            // whoever guesses is counted by address
            allowances.take(address(request));
            throw unknown;
        }
    }

    private String token(Operations.Bound bound, HttpServerRequest request, String requestId) {
        var header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null) {
            throw refused(
                    ANONYMOUS,
                    "no_token",
                    Problem.unauthorized(
                            "token_missing", "Send Authorization: Bearer with a token of yours."),
                    bound,
                    request,
                    requestId);
        }
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                || header.length() > MOST_CHARACTERS) {
            throw notKnown(bound, request, requestId);
        }
        return tokenIn(header);
    }

    /** What follows the scheme in a header that was let in. */
    static String tokenIn(String header) {
        return header.substring(SCHEME.length()).trim();
    }

    private Problem notKnown(Operations.Bound bound, HttpServerRequest request, String requestId) {
        return refused(
                ANONYMOUS,
                "token",
                Problem.unauthorized(
                        "token_invalid", "The token is not valid here, or not any more."),
                bound,
                request,
                requestId);
    }

    private Problem refused(
            Caller caller,
            String reason,
            Problem problem,
            Operations.Bound bound,
            HttpServerRequest request,
            String requestId) {
        note(caller, problem, bound, request, requestId);
        log.info(
                "auth refused reason={} operation={} address={} request={}",
                reason,
                bound.id(),
                address(request),
                requestId);
        return problem;
    }

    /** Tells of someone who was let in, and is refused after all. */
    void note(
            Caller caller,
            Problem problem,
            Operations.Bound bound,
            HttpServerRequest request,
            String requestId) {
        refusals.refused(
                new Refusals.Refusal(
                        caller,
                        bound.id(),
                        problem.status(),
                        problem.code(),
                        address(request),
                        requestId));
    }

    static String address(HttpServerRequest request) {
        var remote = request.remoteAddress();
        return remote == null || remote.hostAddress() == null ? "local" : remote.hostAddress();
    }
}
