package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class FailedLoginsTest {

    private final ManualClock clock = new ManualClock();
    private final FailedLogins failures = new FailedLogins(clock);

    @Test
    void oneAMinuteForEachAccountAndAddressAndTheRestIsCounted() {
        assertThat(failures.next("ann", "10.0.0.1")).hasValue(0);
        for (var i = 0; i < 7; i++) {
            assertThat(failures.next("ann", "10.0.0.1")).isEmpty();
        }
        assertThat(failures.next("ann", "10.0.0.2")).hasValue(7);
        clock.advance(Duration.ofMinutes(1));
        assertThat(failures.next("ann", "10.0.0.1")).hasValue(0);
    }

    @Test
    void aFloodOfNamesFillsNothing() {
        var told = 0;
        for (var i = 0; i < 100_000; i++) {
            told += failures.next("name" + i, "10.0.0.1").isPresent() ? 1 : 0;
        }
        assertThat(told).isEqualTo(FailedLogins.MOST_A_MINUTE);
        clock.advance(Duration.ofMinutes(1));
        assertThat(failures.next("ann", "10.0.0.1")).hasValue(100_000 - FailedLogins.MOST_A_MINUTE);
    }
}
