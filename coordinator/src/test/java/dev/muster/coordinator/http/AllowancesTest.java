package dev.muster.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.config.RequestLimit;

import io.github.bucket4j.TimeMeter;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

class AllowancesTest {

    /** Moves when it is told to. */
    private static final class Clock implements TimeMeter {
        private long nanos;

        @Override
        public long currentTimeNanos() {
            return nanos;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }

    private final Clock clock = new Clock();
    private final Allowances allowances = new Allowances(new RequestLimit(2, 5), clock);

    private static Caller.Person person(long id) {
        return new Caller.Person(id, "p" + id, Role.ADMIN, new UUID(0, id));
    }

    private int taken(Runnable take) {
        int taken = 0;
        while (true) {
            try {
                take.run();
                taken++;
            } catch (Problem refused) {
                assertThat(refused.status()).isEqualTo(429);
                return taken;
            }
        }
    }

    @Test
    void aBurstIsTakenAndThenSoManyASecond() {
        assertThat(taken(() -> allowances.take(person(1)))).isEqualTo(5);
        clock.nanos += Duration.ofSeconds(1).toNanos();
        assertThat(taken(() -> allowances.take(person(1)))).isEqualTo(2);
        clock.nanos += Duration.ofHours(1).toNanos();
        assertThat(taken(() -> allowances.take(person(1)))).isEqualTo(5);
    }

    @Test
    void whoIsRefusedIsToldWhenToComeBack() {
        taken(() -> allowances.take(person(1)));

        assertThatThrownBy(() -> allowances.take(person(1)))
                .asInstanceOf(InstanceOfAssertFactories.type(Problem.class))
                .satisfies(
                        refused -> assertThat(refused.headers()).containsEntry("Retry-After", "1"));
    }

    @Test
    void nobodyTakesFromAnother() {
        taken(() -> allowances.take(person(1)));

        assertThat(taken(() -> allowances.take(person(2)))).isEqualTo(5);
        assertThat(taken(() -> allowances.take("192.0.2.1"))).isEqualTo(5);
        assertThat(taken(() -> allowances.take("192.0.2.2"))).isEqualTo(5);
        assertThat(taken(() -> allowances.take("local"))).isEqualTo(5);
    }

    @Test
    void theAddressesOfOneNetworkShare() {
        assertThat(taken(() -> allowances.take("2001:db8:0:1::1"))).isEqualTo(5);
        assertThat(taken(() -> allowances.take("2001:db8:0:1:ffff::2"))).isZero();
        assertThat(taken(() -> allowances.take("2001:db8:0:2::1"))).isEqualTo(5);
    }

    @Test
    void onlyWhatFailsCountsWhereFailuresDo() {
        for (int i = 0; i < 100; i++) {
            assertThat(allowances.tryTake("192.0.2.1")).isTrue();
            assertThat(allowances.counted("192.0.2.1", () -> Optional.of(1))).contains(1);
        }
        assertThat(allowances.tryTake("192.0.2.1")).isTrue();
        assertThatThrownBy(
                        () ->
                                allowances.counted(
                                        "192.0.2.1",
                                        () -> {
                                            throw new IllegalStateException("not his fault");
                                        }))
                .isInstanceOf(IllegalStateException.class);
        for (int i = 0; i < 5; i++) {
            assertThat(allowances.tryTake("192.0.2.1")).isTrue();
            assertThat(allowances.counted("192.0.2.1", Optional::empty)).isEmpty();
        }
        assertThat(allowances.tryTake("192.0.2.1")).isFalse();
        clock.nanos += Duration.ofSeconds(1).toNanos();
        assertThat(allowances.tryTake("192.0.2.1")).isTrue();
    }

    @Test
    void withoutALimitNobodyIsCounted() {
        var unlimited = new Allowances(RequestLimit.NONE, clock);
        for (int i = 0; i < 10_000; i++) {
            unlimited.take(person(1));
            unlimited.take("192.0.2.1");
            assertThat(unlimited.tryTake("192.0.2.1")).isTrue();
        }
    }
}
