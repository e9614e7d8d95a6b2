package dev.muster.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Report;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;

final class AgentHealthTest {

    private static final Fact START = new Fact.StageStarted(1, 0, "only", null);

    @ParameterizedTest
    @CsvSource({
        "agent_missing, binary_missing,",
        "agent_auth, auth_failure, PT5M",
        "agent_rate_limit, rate_limit, PT1M",
        "worker_error, unknown, PT10M"
    })
    void whatFailedTheAgentSaysHowLongItIsKeptAway(
            String reason, String word, @Nullable Duration lasts) {
        assertThat(AgentHealth.of(failed(reason))).isEqualTo(new AgentHealth(word, lasts));
    }

    /** A red test is no fault of the agent. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "stage_failed",
                "stage_timeout",
                "stage_idle_timeout",
                "workspace_failed",
                "worker_stopped"
            })
    void whatIsTheTasksOwnFaultSaysNothing(String reason) {
        assertThat(AgentHealth.of(failed(reason))).isNull();
    }

    @Test
    void successIsGoodAndAFurtherStartSaysNothing() {
        assertThat(AgentHealth.of(report(new Fact.Succeeded(1, null))))
                .isEqualTo(new AgentHealth(AgentHealth.GOOD, null));
        assertThat(AgentHealth.of(report(START))).isNull();
    }

    @Test
    void theFirstWordSaysThatTheMachineHears() {
        var begun = new AgentHealth(AgentHealth.BEGUN, null);
        var failed = new Fact.Failed(2, "stage_failed", "why", null);

        assertThat(AgentHealth.of(firstReport(START))).isEqualTo(begun);
        assertThat(AgentHealth.of(firstReport(START, failed))).isEqualTo(begun);
        assertThat(AgentHealth.of(firstReport(failed))).isEqualTo(begun);
        assertThat(AgentHealth.of(firstReport(START, new Fact.Succeeded(3, null))).word())
                .isEqualTo(AgentHealth.GOOD);
    }

    private static Report firstReport(Fact... facts) {
        return new Report(new LeaseRef(1, 1, 1), 1, List.of(facts));
    }

    private static Report failed(String reason) {
        return report(new Fact.Failed(1, reason, "why", null));
    }

    private static Report report(Fact fact) {
        return new Report(new LeaseRef(1, 1, 1), 2, List.of(fact));
    }
}
