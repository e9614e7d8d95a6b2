package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Role;

import io.vertx.core.Vertx;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

class TokensTest {

    private static final Caller.Machine MACHINE = new Caller.Machine(UUID.randomUUID(), 2);

    @TempDir private Path data;
    @TempDir private Path elsewhere;
    private final Vertx vertx = Vertx.vertx();
    private final ManualClock clock = new ManualClock();
    private final Caller.Person ann =
            new Caller.Person(
                    5, "ann", Role.ADMIN, UUID.fromString("00000000-0000-0000-0000-000000000009"));
    private Tokens tokens;

    @BeforeEach
    void open() {
        tokens = Tokens.open(vertx, MasterKey.open(data), clock, _ -> 0);
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void aTokenSaysWhomItWasMadeForTheFirstTimeAndLater() {
        var token = tokens.forPerson(ann);
        assertThat(tokens.person(token)).contains(ann);
        assertThat(tokens.person(token)).contains(ann);
        assertThat(tokens.machine(tokens.forMachine(MACHINE))).contains(MACHINE);
    }

    @Test
    void coordinatorsThatShareTheKeyKnowEachOthersTokens() {
        var other = Tokens.open(vertx, MasterKey.open(data), clock, _ -> 0);
        assertThat(other.person(tokens.forPerson(ann))).contains(ann);
        var stranger = Tokens.open(vertx, MasterKey.open(elsewhere), clock, _ -> 0);
        assertThat(stranger.person(tokens.forPerson(ann))).isEmpty();
    }

    @Test
    void coordinatorsWhoseClocksAreFiveMinutesApartKnowEachOthersTokensAndProlongNone() {
        var behind = Tokens.open(vertx, MasterKey.open(data), clock, _ -> 0);
        var fast = new ManualClock();
        fast.advance(Duration.ofMinutes(5));
        var ahead = Tokens.open(vertx, MasterKey.open(data), fast, _ -> 0);
        var ofTheFast = ahead.forPerson(ann);
        var ofTheSlow = behind.forPerson(ann);
        assertThat(behind.person(ofTheFast)).contains(ann);
        assertThat(ahead.person(ofTheSlow)).contains(ann);
        assertThat(behind.machine(ahead.forMachine(MACHINE))).isPresent();

        clock.advance(Tokens.PERSON_LIFE);
        fast.advance(Tokens.PERSON_LIFE.minusMinutes(5));
        assertThat(behind.person(ofTheSlow)).isEmpty();
        assertThat(ahead.person(ofTheSlow)).isEmpty();
        assertThat(behind.person(ofTheFast)).contains(ann);
        clock.advance(Duration.ofMinutes(5));
        assertThat(behind.person(ofTheFast)).isEmpty();
    }

    @Test
    void aTokenFromFurtherAheadIsRefused() {
        var fast = new ManualClock();
        fast.advance(Duration.ofMinutes(5).plusSeconds(1));
        var ahead = Tokens.open(vertx, MasterKey.open(data), fast, _ -> 0);
        assertThat(tokens.person(ahead.forPerson(ann))).isEmpty();
    }

    @Test
    void aRememberedTokenStillEndsWithItsLife() {
        var token = tokens.forPerson(ann);
        assertThat(tokens.person(token)).isPresent();
        clock.advance(Tokens.PERSON_LIFE.minusSeconds(1));
        assertThat(tokens.person(token)).isPresent();
        clock.advance(Duration.ofSeconds(1));
        assertThat(tokens.person(token)).isEmpty();
    }

    @Test
    void aPersonsTokenIsNoMachinesAndTheOtherWayRound() {
        assertThat(tokens.machine(tokens.forPerson(ann))).isEmpty();
        assertThat(tokens.person(tokens.forMachine(MACHINE))).isEmpty();
    }

    @Test
    void aMachinesTokenOfBeforeItsRecoveryIsGoodForNothingFromThenOn() {
        var least = new AtomicInteger(2);
        var told = Tokens.open(vertx, MasterKey.open(data), clock, _ -> least.get());
        var token = told.forMachine(MACHINE);
        assertThat(told.machine(token)).contains(MACHINE);
        assertThat(told.machineToken(token)).isPresent();

        least.set(3);

        assertThat(told.machine(token)).isEmpty();
        assertThat(told.machineToken(token)).isEmpty();
        assertThat(told.machine(told.forMachine(new Caller.Machine(MACHINE.id(), 3)))).isPresent();
    }

    @Test
    void noForgedTokenOfAPersonGetsIn() throws Exception {
        var forged =
                ForgedTokens.of(
                        tokens.people(), tokens.forPerson(ann), clock.instant().getEpochSecond());
        assertThat(forged).hasSizeGreaterThan(60);
        forged.forEach((name, token) -> assertThat(tokens.person(token)).as(name).isEmpty());
        forged.forEach((name, token) -> assertThat(tokens.machine(token)).as(name).isEmpty());
    }

    @Test
    void noForgedTokenOfAMachineGetsIn() throws Exception {
        var token = tokens.forMachine(MACHINE);
        var forged = ForgedTokens.of(tokens.machines(), token, clock.instant().getEpochSecond());
        forged.forEach((name, text) -> assertThat(tokens.machine(text)).as(name).isEmpty());
        forged.forEach((name, text) -> assertThat(tokens.person(text)).as(name).isEmpty());
    }
}
