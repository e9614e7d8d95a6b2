package dev.muster.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.List;
import java.util.Map;

final class TurnsTest {

    private static final long A = 1;
    private static final long B = 2;

    private final Turns turns = new Turns();

    @Test
    void whoTookMoreTurnsIsThatFarAhead() {
        turns.taken(List.of(A, B, A, A));

        assertThat(turns.ahead()).containsOnlyKeys(A);
        assertThat(turns.ahead().get(A)).isEqualTo(1);
    }

    /** However much it had alone before: what nobody else wanted is not held against it. */
    @Test
    void whoHadTheFleetAloneIsOneTurnAheadOfWhoComes() {
        turns.taken(Collections.nCopies(1000, A));

        assertThat(turns.ahead()).containsExactly(Map.entry(A, 1L));
    }

    @Test
    void whoComesIsNextOnceAndThenTheyAreEqual() {
        turns.taken(Collections.nCopies(1000, A));
        turns.taken(List.of(B));

        assertThat(turns.ahead().get(B)).isEqualTo(turns.ahead().get(A));
    }

    @Test
    void nothingIsKeptOfProjectsThatAreNotAhead() {
        for (long project = 0; project < 1000; project++) {
            turns.taken(List.of(project, project));
        }

        assertThat(turns.ahead()).hasSizeLessThan(3);
    }
}
