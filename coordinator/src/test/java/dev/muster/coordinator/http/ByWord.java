package dev.muster.coordinator.http;

import dev.muster.coordinator.config.RequestLimit;

import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Tokens here are plain words: a role, or machine. */
final class ByWord implements Callers {

    /** With these, hears of no refusal, and knows no request that came before. */
    static ApiServer.Edge edge(RequestLimit limit) {
        return new ApiServer.Edge(
                new ByWord(),
                _ -> {},
                (_, _, call, operation) -> operation.handle(call),
                limit,
                () -> ApiServer.MOST_STREAMS);
    }

    @Override
    public Optional<Caller.Person> person(String token) {
        return Stream.of(Role.values())
                .filter(role -> role.word().equals(token))
                .map(role -> new Caller.Person(1, "p", role, new UUID(0, 1)))
                .findFirst();
    }

    @Override
    public Optional<Caller.Machine> machine(String token) {
        return token.equals("machine")
                ? Optional.of(new Caller.Machine(new UUID(0, 2), 0))
                : Optional.empty();
    }
}
