package dev.muster.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** When the end of an attempt begins that nobody lets go on, and how long it may take. */
class RetreatTest {

    private static final Duration SWEEP = Duration.ofSeconds(1);

    private static Retreat within(int window, int usual) {
        return Retreat.within(Duration.ofSeconds(window), Duration.ofSeconds(usual), SWEEP);
    }

    private static Retreat retreat(int afterMillis, int graceMillis) {
        return new Retreat(Duration.ofMillis(afterMillis), Duration.ofMillis(graceMillis));
    }

    @Test
    void aLongWindowIsUsedForNineTenths() {
        assertThat(within(600, 5)).isEqualTo(retreat(540_000, 5_000));
    }

    @Test
    void aShorterOneLeavesTimeForTheGraceAndTheSweep() {
        assertThat(within(45, 5)).isEqualTo(retreat(39_000, 5_000));
    }

    @Test
    void halfOfItIsAlwaysUsedAndTheGraceIsShorterThen() {
        assertThat(within(45, 60)).isEqualTo(retreat(22_500, 21_500));
        assertThat(within(3, 5)).isEqualTo(retreat(1_500, 500));
    }

    @Test
    void itIsToldWhetherTheGraceFitsIn() {
        assertThat(within(45, 5).isHasty(Duration.ofSeconds(5))).isFalse();
        assertThat(within(12, 5).isHasty(Duration.ofSeconds(5))).isFalse();
        assertThat(within(11, 5).isHasty(Duration.ofSeconds(5))).isTrue();
        assertThat(within(2, 5)).isEqualTo(retreat(1_000, 0));
    }

    @Property
    void nothingIsAliveWhenTheWindowIsOver(
            @ForAll @IntRange(min = 2_000, max = 700_000_000) int window,
            @ForAll @IntRange(max = 700_000_000) int usual) {
        var whole = Duration.ofMillis(window);
        var grace = Duration.ofMillis(usual);

        var retreat = Retreat.within(whole, grace, SWEEP);

        assertThat(retreat.after().plus(retreat.grace()).plus(SWEEP)).isLessThanOrEqualTo(whole);
        assertThat(retreat.after())
                .isBetween(whole.dividedBy(2), whole.multipliedBy(9).dividedBy(10));
        assertThat(retreat.grace()).isBetween(Duration.ZERO, grace);
        boolean fits = grace.plus(SWEEP).compareTo(whole.dividedBy(2)) <= 0;
        assertThat(retreat.grace().equals(grace)).isEqualTo(fits || grace.isZero());
    }
}
