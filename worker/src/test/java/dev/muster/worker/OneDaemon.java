package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.agent.ScriptedAgent;
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
        worker = start(config().token(coordinator.http.drawToken()));
    }

    /** A daemon that knows no token, as every one but the first. */
    Worker startWorker() throws Exception {
        return start(config());
    }

    private TestConfig config() {
        return new TestConfig(coordinator.http.address(), temp.resolve("data"))
                .repositories(temp)
                .claude(agent)
                .tunnels(
                        new TunnelSettings(
                                Map.of("code", List.of(temp.resolve("tunnel").toString(), "it's")),
                                Optional.empty()));
    }

    private static Worker start(TestConfig config) throws Exception {
        var started = Worker.start(config.build());
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
