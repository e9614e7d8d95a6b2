package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.agent.AgentSettings;
import dev.muster.worker.agent.ScriptedAgent;
import dev.muster.worker.shell.ShellSettings;
import dev.muster.worker.tunnel.TunnelSettings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A worker for each test, with real shells in real terminals, told of over the real bus. */
abstract class OneDaemon {

    @TempDir Path temp;
    FakeCoordinator coordinator;
    private Path agent;
    Worker worker;

    @BeforeEach
    void start() throws Exception {
        coordinator = new FakeCoordinator();
        agent = ScriptedAgent.install(temp.resolve("programs"), "claude");
        worker = startWorker(Optional.of(coordinator.http.drawToken()));
    }

    Worker startWorker(Optional<String> token) throws Exception {
        var started =
                Worker.start(
                        new WorkerConfig(
                                coordinator.http.address(),
                                token,
                                "test",
                                temp.resolve("data"),
                                2,
                                List.of(temp),
                                WorkerConfig.Transport.CLUSTER,
                                "127.0.0.1",
                                WorkerConfig.DEFAULT_ANSWER_WITHIN,
                                Duration.ofSeconds(1),
                                WorkerConfig.DEFAULT_JOURNAL_LIMIT,
                                new AgentSettings(
                                        Map.of("claude", List.of(agent.toString())),
                                        Optional.empty()),
                                WorkerConfig.Disk.DEFAULT,
                                Optional.empty(),
                                new TunnelSettings(
                                        Map.of(
                                                "code",
                                                List.of(temp.resolve("tunnel").toString(), "it's")),
                                        Optional.empty()),
                                ShellSettings.DEFAULT));
        assertThat(started.awaitConnected(Duration.ofSeconds(20))).isTrue();
        return started;
    }

    @AfterEach
    void stop() throws Exception {
        worker.close();
        coordinator.close();
    }

    List<Path> journals() throws IOException {
        try (var journals = Files.list(temp.resolve("data/journals"))) {
            return journals.sorted().toList();
        }
    }

    static Stage stage(String name, String command) {
        return new Stage(name, command, 60, Map.of());
    }

    void assertFailed(LeaseRef lease, String reason) {
        assertThat(coordinator.facts(lease).getLast())
                .isInstanceOfSatisfying(
                        Fact.Failed.class, failed -> assertThat(failed.reason()).isEqualTo(reason));
    }

    /** The process whose number the attempt prints. */
    ProcessHandle processOf(LeaseRef lease) throws InterruptedException {
        coordinator.until("it prints", () -> logOf(lease).matches("(?s).*pid=\\d+\\r\\n.*"));
        var pid = logOf(lease).replaceAll("(?s).*pid=(\\d+)\\r\\n.*", "$1");
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    String logOf(LeaseRef lease) {
        return new String(coordinator.log(lease), UTF_8);
    }
}
