package dev.muster.worker.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentTypesTest {

    /** As reports of people quote them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    claude | agent_auth       | Invalid API key · Please run /login
                    claude | agent_rate_limit | You've hit your weekly limit · resets 5pm
                    codex  | agent_auth       | ERROR: unexpected status 401 Unauthorized: Missing bearer
                    codex  | agent_rate_limit | You've hit your usage limit. Upgrade to Pro
                    cursor | agent_auth       | Error: Authentication required. Please run 'agent login' first
                    cursor | agent_auth       | Error: Authentication required. Please run 'cursor-agent login' first
                    cursor | agent_auth       | ⚠ Warning: The provided API key is invalid.
                    cursor | agent_rate_limit | You've hit your usage limit
                    """)
    void whatAnAgentSaysWhenItCannotWorkIsKnown(String agent, String reason, String line) {
        var complaints = AgentTypes.of(AgentSettings.NONE).find(agent).orElseThrow().complaints();

        assertThat(complaints)
                .filteredOn(complaint -> complaint.pattern().matcher(line).find())
                .extracting(AgentType.Complaint::reason)
                .containsExactly(reason);
    }
}
