package dev.muster.coordinator.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.lease.Reconciliation.Action;
import dev.muster.coordinator.lease.Reconciliation.Known;
import dev.muster.coordinator.lease.Reconciliation.Said;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReconciliationTest {

    @ParameterizedTest
    @CsvSource({
        "HELD,       KEEP,   KEEP,   GIVE_UP",
        "LOST,       RESUME, RESUME, GIVE_UP",
        "GIVEN_UP,   STOP,   HEAR,   NONE",
        "ENDED,      STOP,   STOP,   NONE",
        "CANCELLED,  STOP,   STOP,   NONE",
        "SUPERSEDED, STOP,   STOP,   NONE",
        "UNKNOWN,    STOP,   STOP,   NONE"
    })
    void whatAMachineSaysOfAnAttemptAndWhatIsKnownOfItDecide(
            Known known, Action running, Action finished, Action nothing) {
        assertThat(Reconciliation.decide(known, Said.RUNNING)).isEqualTo(running);
        assertThat(Reconciliation.decide(known, Said.FINISHED)).isEqualTo(finished);
        assertThat(Reconciliation.decide(known, Said.NOTHING)).isEqualTo(nothing);
    }
}
