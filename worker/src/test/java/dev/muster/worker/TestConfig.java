package dev.muster.worker;

import dev.muster.worker.agent.AgentSettings;
import dev.muster.worker.shell.ShellSettings;
import dev.muster.worker.tunnel.TunnelSettings;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a test's worker is told: a member of the cluster on loopback that has two slots and kills
 * after a second, unless the test says otherwise.
 */
public final class TestConfig {

    private final URI server;
    private final Path data;
    private Optional<String> token = Optional.empty();
    private int slots = 2;
    private List<Path> repositories = List.of();
    private WorkerConfig.Transport transport = WorkerConfig.Transport.CLUSTER;
    private String clusterHost = "127.0.0.1";
    private Duration killGrace = Duration.ofSeconds(1);
    private AgentSettings agents = AgentSettings.NONE;
    private WorkerConfig.Disk disk = WorkerConfig.Disk.DEFAULT;
    private Optional<String> runAs = Optional.empty();
    private TunnelSettings tunnels = TunnelSettings.NONE;
    private ShellSettings shells = ShellSettings.DEFAULT;

    public TestConfig(URI server, Path data) {
        this.server = server;
        this.data = data;
    }

    public TestConfig token(String drawn) {
        token = Optional.of(drawn);
        return this;
    }

    public TestConfig slots(int count) {
        slots = count;
        return this;
    }

    /** Tasks may name repositories below it. */
    public TestConfig repositories(Path folder) {
        repositories = List.of(folder);
        return this;
    }

    public TestConfig transport(WorkerConfig.Transport chosen) {
        transport = chosen;
        return this;
    }

    public TestConfig clusterHost(String host) {
        clusterHost = host;
        return this;
    }

    public TestConfig killGrace(Duration grace) {
        killGrace = grace;
        return this;
    }

    /** The program that {@code claude} is here. */
    public TestConfig claude(Path program) {
        agents = new AgentSettings(Map.of("claude", List.of(program.toString())), Optional.empty());
        return this;
    }

    public TestConfig disk(WorkerConfig.Disk kept) {
        disk = kept;
        return this;
    }

    public TestConfig runAs(String user) {
        runAs = Optional.of(user);
        return this;
    }

    public TestConfig tunnels(TunnelSettings settings) {
        tunnels = settings;
        return this;
    }

    public TestConfig shells(ShellSettings settings) {
        shells = settings;
        return this;
    }

    public WorkerConfig build() {
        return new WorkerConfig(
                server,
                token,
                "test",
                data,
                slots,
                repositories,
                transport,
                clusterHost,
                WorkerConfig.DEFAULT_ANSWER_WITHIN,
                killGrace,
                WorkerConfig.DEFAULT_JOURNAL_LIMIT,
                agents,
                disk,
                runAs,
                tunnels,
                shells);
    }
}
