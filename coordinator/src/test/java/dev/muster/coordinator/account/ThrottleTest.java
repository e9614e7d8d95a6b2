package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.http.Problem;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class ThrottleTest {

    private final ManualClock clock = new ManualClock();
    private final Throttle throttle = new Throttle(clock);

    @Test
    void theFirstFailuresCostNoWaitAndEachLaterOneTwiceAsMuch() {
        assertThat(Throttle.waitAfter(1)).isZero();
        assertThat(Throttle.waitAfter(Throttle.FREE - 1)).isZero();
        assertThat(Throttle.waitAfter(Throttle.FREE)).isEqualTo(Duration.ofSeconds(1));
        assertThat(Throttle.waitAfter(Throttle.FREE + 3)).isEqualTo(Duration.ofSeconds(8));
        assertThat(Throttle.waitAfter(1_000_000)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void whoComesTooEarlyIsToldHowLongToWait() {
        exhaust("ann", "10.0.0.1");
        assertThatThrownBy(() -> throttle.admit("ann", "10.0.0.1"))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(429));
    }

    @Test
    void comingTooEarlyDoesNotProlongTheWait() {
        exhaust("ann", "10.0.0.1");
        for (var i = 0; i < 100; i++) {
            assertThatThrownBy(() -> throttle.admit("ann", "10.0.0.1"));
        }
        clock.advance(Duration.ofSeconds(1));
        assertThatCode(() -> throttle.admit("ann", "10.0.0.1")).doesNotThrowAnyException();
    }

    @Test
    void aStrangerElsewhereLocksNobodyOut() {
        exhaust("ann", "10.0.0.1");
        assertThatCode(() -> throttle.admit("ann", "10.0.0.2")).doesNotThrowAnyException();
        assertThatCode(() -> throttle.admit("bob", "10.0.0.1")).doesNotThrowAnyException();
    }

    @Test
    void theRightPasswordWipesTheSlate() {
        exhaust("ann", "10.0.0.1");
        throttle.succeeded("ann", "10.0.0.1");
        assertThatCode(() -> throttle.admit("ann", "10.0.0.1")).doesNotThrowAnyException();
    }

    @Test
    void anHourOfGuessingIsAFewDozenTries() {
        var tries = 0;
        for (var second = 0; second < 3600; second++) {
            try {
                throttle.admit("ann", "10.0.0.1");
                tries++;
            } catch (Problem _) {
                // refused without a look at the password
            }
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(tries).isLessThan(40);
    }

    private void exhaust(String account, String address) {
        for (var i = 0; i < Throttle.FREE; i++) {
            throttle.admit(account, address);
        }
    }
}
