package dev.muster.worker.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class ProgramsTest {

    @TempDir Path home;

    @Test
    void anAgentIsPresentWhoseProgramIsHereAndTellsItsVersion() throws Exception {
        var good = ScriptedAgent.install(home, "good").toString();
        var broken = ScriptedAgent.install(home, "broken");
        Files.writeString(broken, "#!/bin/sh\nexit 3\n");
        var custom =
                new AgentSettings.Custom(
                        List.of(broken.toString()),
                        AgentType.Delivery.ARGUMENT,
                        Set.of(AgentType.Completion.EXIT));
        var settings =
                new AgentSettings(
                        Map.of(
                                "claude", List.of(good),
                                "codex", List.of(broken.toString()),
                                "cursor", List.of(home.resolve("none").toString())),
                        Optional.of(custom));

        assertThat(Programs.present(AgentTypes.of(settings), Optional.empty()))
                .containsExactly("claude", "custom");
    }

    @Test
    void aProgramIsFoundByPathOrOnThePathAndADirectoryIsNone() {
        assertThat(Programs.find("sh")).isPresent();
        assertThat(Programs.find("/bin/sh")).isPresent();
        assertThat(Programs.find(home.toString())).isEmpty();
        assertThat(Programs.find("no-such-program")).isEmpty();
        assertThat(Programs.find("a\0b")).isEmpty();
    }
}
