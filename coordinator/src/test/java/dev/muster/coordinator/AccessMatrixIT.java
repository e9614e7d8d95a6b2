package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.Scene.Ask;
import dev.muster.coordinator.Scene.Person;
import dev.muster.coordinator.Scene.Target;
import dev.muster.coordinator.http.Role;
import dev.muster.coordinator.http.Wire;
import dev.muster.coordinator.proof.Served;

import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Every operation, asked by everybody for their own things, for others' and for what is not there.
 * What each has to hear follows from the contract and from {@link Rights}.
 */
class AccessMatrixIT {

    private static final Scene SCENE = new Scene();

    @AfterAll
    static void close() {
        SCENE.close();
    }

    /** What was heard, and what should have been. */
    private record Cell(Served operation, String caller, Target target, String want, String got) {
        boolean isSurprise() {
            return !Rights.agree(want, got);
        }

        @Override
        public String toString() {
            return "%s by %s at %s: expected %s, got %s"
                    .formatted(operation.key(), caller, target, want, got);
        }
    }

    private final List<Cell> cells = new ArrayList<>();

    @Test
    void everybodyHearsWhatTheContractAndTheProjectsSay() {
        var strangers = strangers();
        var tokens = personalTokens();
        SCENE.contract.operations().stream()
                .sorted(Comparator.comparing(operation -> !operation.reads()))
                .forEach(
                        operation -> {
                            if (operation.access().equals("open")) {
                                isTheSameForAll(operation, strangers);
                                return;
                            }
                            refuseStrangers(operation, strangers);
                            if (operation.access().equals("worker")) {
                                admitWorkers(operation);
                            } else {
                                judgePeople(operation);
                                judgeTokens(operation, tokens);
                            }
                        });
        assertThat(cells).hasSizeGreaterThan(300);
        assertThat(cells.stream().filter(Cell::isSurprise)).isEmpty();
    }

    /** Tokens that once were good, or are for something else. */
    private static Map<String, String> strangers() {
        var strangers = new LinkedHashMap<String, String>();
        strangers.put("nobody", "");
        strangers.put("garbage", "garbage");
        strangers.put("expired token", SCENE.expired(SCENE.admin));
        var refresh = SCENE.login("colleague").getString("refreshToken");
        strangers.put("refresh token", refresh);
        strangers.put(
                "enrolment token", SCENE.coordinator.coordinator().enrolmentToken("as a bearer"));

        var gone = SCENE.like(SCENE.admin);
        var logout = new JsonObject().put("refreshToken", "none");
        SCENE.coordinator.postAs(gone.token(), "/api/auth/logout", logout).expect(204);
        strangers.put("ended session", gone.token());

        var disabled = SCENE.like(SCENE.admin);
        SCENE.coordinator.execute(
                "update developer set disabled_at = now() where name = '%s'"
                        .formatted(disabled.name()));
        strangers.put("disabled person", disabled.token());
        Await.until(
                "the disabled person is known to be",
                () -> SCENE.coordinator.getAs(disabled.token(), "/api/web/tasks").status() == 401);
        return strangers;
    }

    /** One for each scope of the contract, each an admin's. */
    private static Map<String, String> personalTokens() {
        var tokens = new LinkedHashMap<String, String>();
        if (SCENE.served("POST " + Scene.PERSONAL_TOKENS).isPresent()) {
            var scopes = new TreeSet<String>();
            SCENE.contract.operations().forEach(one -> one.scope().ifPresent(scopes::add));
            scopes.remove("session");
            scopes.forEach(scope -> tokens.put(scope, SCENE.personalToken(SCENE.admin, scope)));
        }
        return tokens;
    }

    private void isTheSameForAll(Served operation, Map<String, String> strangers) {
        var callers = new LinkedHashMap<>(strangers);
        SCENE.people().forEach(person -> callers.put(person.name(), person.token()));
        callers.put("worker", SCENE.workerToken);
        callers.forEach(
                (caller, token) ->
                        SCENE.targets(operation)
                                .forEach(
                                        target ->
                                                note(
                                                        operation,
                                                        caller,
                                                        target,
                                                        Rights.expected(
                                                                operation, SCENE.admin, target),
                                                        ask(operation, SCENE.admin, target),
                                                        token)));
    }

    /** All of them ask for the same: nobody gets it. */
    private void refuseStrangers(Served operation, Map<String, String> strangers) {
        var target = SCENE.targets(operation).getFirst();
        var ask = ask(operation, SCENE.admin, target);
        strangers.forEach(
                (caller, token) -> {
                    var want = caller.equals("nobody") ? "401 token_missing" : "401 token_invalid";
                    note(operation, caller, target, want, ask, token);
                });
        if (operation.access().equals("worker")) {
            for (var person : SCENE.people()) {
                note(operation, person.name(), target, "401 token_invalid", ask, person.token());
            }
        } else {
            note(operation, "worker", target, "401 token_invalid", ask, SCENE.workerToken);
        }
    }

    private void admitWorkers(Served operation) {
        for (var target : SCENE.targets(operation)) {
            var want = target == Target.MISSING ? "404 not_found" : Rights.ADMITTED;
            var ask = ask(operation, SCENE.admin, target);
            note(operation, "worker", target, want, ask, SCENE.workerToken);
        }
    }

    private void judgePeople(Served operation) {
        var least = Role.of(operation.access());
        for (var person : SCENE.people()) {
            for (var target : SCENE.targets(operation)) {
                var caller =
                        Scene.touchesTheCaller(operation) && person.role().includes(least)
                                ? SCENE.like(person)
                                : person;
                var want =
                        person.role().includes(least)
                                ? Rights.expected(operation, caller, target)
                                : "403 forbidden";
                var ask = ask(operation, caller, target);
                note(operation, person.name(), target, want, ask, caller.token());
            }
        }
    }

    private void judgeTokens(Served operation, Map<String, String> tokens) {
        var scope = operation.scope().orElseThrow();
        var target = SCENE.targets(operation).getFirst();
        // a refusal uses nothing up: one thing to ask for does for all of them
        var forAll = ask(operation, SCENE.admin, target);
        tokens.forEach(
                (good, token) -> {
                    var suffices =
                            good.equals(scope) || good.replace(":write", ":read").equals(scope);
                    var want = suffices ? Rights.expected(operation, SCENE.admin, target) : "403 *";
                    var caller = "an admin's token for " + good;
                    var ask = suffices ? ask(operation, SCENE.admin, target) : forAll;
                    note(operation, caller, target, want, ask, token);
                });
    }

    private static Ask ask(Served operation, Person caller, Target target) {
        return SCENE.ask(operation, caller, target);
    }

    private void note(
            Served operation, String caller, Target target, String want, Ask ask, String token) {
        var reply = SCENE.send(ask, token);
        var got = Rights.outcome(operation, reply.status(), code(reply).orElse(""));
        cells.add(new Cell(operation, caller, target, want, got));
    }

    private static Optional<String> code(Wire.Reply reply) {
        return "application/problem+json".equals(reply.header("Content-Type"))
                ? Optional.of(reply.json().getString("code"))
                : Optional.empty();
    }
}
