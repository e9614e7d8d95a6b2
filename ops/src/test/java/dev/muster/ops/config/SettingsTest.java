package dev.muster.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.coordinator.config.DatabaseConfig;
import dev.muster.coordinator.config.DispatchConfig;
import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.config.RequestLimit;
import dev.muster.coordinator.config.WebConfig;
import dev.muster.worker.WorkerConfig;
import dev.muster.worker.agent.AgentSettings;
import dev.muster.worker.agent.AgentType;
import dev.muster.worker.agent.AgentTypes;
import dev.muster.worker.shell.ShellSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

final class SettingsTest {

    /**
     * Name, environment and default of every setting. A change here is a change for every operator.
     */
    private static final String COORDINATOR =
            """
            data MUSTER_DATA ~/.muster
            host MUSTER_HOST 127.0.0.1
            port MUSTER_PORT 9000
            allow-plain-http MUSTER_ALLOW_PLAIN_HTTP false
            origins MUSTER_ORIGINS
            advertise-url MUSTER_ADVERTISE_URL
            management.host MUSTER_MANAGEMENT_HOST 127.0.0.1
            management.port MUSTER_MANAGEMENT_PORT 9001
            database.url MUSTER_DATABASE_URL
            database.pool-size MUSTER_DATABASE_POOL_SIZE 12
            database.statement-timeout MUSTER_DATABASE_STATEMENT_TIMEOUT 5s
            cluster.host MUSTER_CLUSTER_HOST 127.0.0.1
            cluster.port MUSTER_CLUSTER_PORT 5701
            cluster.members MUSTER_CLUSTER_MEMBERS
            lease.start-deadline MUSTER_LEASE_START_DEADLINE 30s
            lease.heartbeat MUSTER_LEASE_HEARTBEAT 5s
            lease.grace MUSTER_LEASE_GRACE 10m
            presence.unreachable-after MUSTER_PRESENCE_UNREACHABLE_AFTER 15s
            presence.offline-after MUSTER_PRESENCE_OFFLINE_AFTER 45s
            presence.disk-threshold MUSTER_PRESENCE_DISK_THRESHOLD 90
            dispatch.load-threshold MUSTER_DISPATCH_LOAD_THRESHOLD 85
            dispatch.ageing MUSTER_DISPATCH_AGEING 1m
            requests.per-second MUSTER_REQUESTS_PER_SECOND 200
            requests.burst MUSTER_REQUESTS_BURST 2000
            terminals.failures-per-second MUSTER_TERMINALS_FAILURES_PER_SECOND 3
            terminals.failures-burst MUSTER_TERMINALS_FAILURES_BURST 10
            log.level MUSTER_LOG_LEVEL info
            log.format MUSTER_LOG_FORMAT auto
            log.file MUSTER_LOG_FILE
            """;

    private static final String WORKER =
            """
            server MUSTER_SERVER http://127.0.0.1:9000
            token MUSTER_TOKEN
            name MUSTER_NAME
            data MUSTER_DATA ~/.muster/worker
            slots MUSTER_SLOTS 2
            local-repositories MUSTER_LOCAL_REPOSITORIES
            run-as MUSTER_RUN_AS
            kill-grace MUSTER_KILL_GRACE 10s
            journal-limit MUSTER_JOURNAL_LIMIT 64MiB
            shell MUSTER_SHELL
            transport MUSTER_TRANSPORT gateway
            answer-within MUSTER_ANSWER_WITHIN 5s
            disk.floor MUSTER_DISK_FLOOR 512MiB
            disk.keep-completed MUSTER_DISK_KEEP_COMPLETED 24h
            disk.keep-failed MUSTER_DISK_KEEP_FAILED 168h
            disk.keep-work MUSTER_DISK_KEEP_WORK 720h
            disk.budget MUSTER_DISK_BUDGET
            cluster.host MUSTER_CLUSTER_HOST 127.0.0.1
            agent.claude MUSTER_AGENT_CLAUDE claude
            agent.codex MUSTER_AGENT_CODEX codex
            agent.cursor MUSTER_AGENT_CURSOR cursor-agent
            agent.custom MUSTER_AGENT_CUSTOM
            agent.custom-prompt MUSTER_AGENT_CUSTOM_PROMPT argument
            agent.custom-completion MUSTER_AGENT_CUSTOM_COMPLETION signal,exit
            tunnel.code MUSTER_TUNNEL_CODE code tunnel --accept-server-license-terms --name {name}
            tunnel.cursor MUSTER_TUNNEL_CURSOR cursor tunnel --accept-server-license-terms --name {name}
            tunnel.custom MUSTER_TUNNEL_CUSTOM
            tunnel.custom-connection MUSTER_TUNNEL_CUSTOM_CONNECTION \\S+://\\S+
            shells.per-task MUSTER_SHELLS_PER_TASK 4
            shells.per-machine MUSTER_SHELLS_PER_MACHINE 16
            shells.idle MUSTER_SHELLS_IDLE 1h
            shells.life MUSTER_SHELLS_LIFE 12h
            log.level MUSTER_LOG_LEVEL info
            log.format MUSTER_LOG_FORMAT auto
            log.file MUSTER_LOG_FILE
            """;

    @TempDir Path dir;

    @Test
    void everyNameAndDefaultIsPinned() {
        assertThat(listed(CoordinatorSettings.ALL)).isEqualTo(COORDINATOR);
        assertThat(listed(WorkerSettings.ALL)).isEqualTo(WORKER);
    }

    @Test
    void theDefaultsMakeTheConfigurationThatTheModulesCallDefault() {
        var config = CoordinatorSettings.configOf(coordinator(Map.of()), anyDatabase());
        assertThat(config.api().port()).isEqualTo(9000);
        assertThat(config.management().host()).isEqualTo("127.0.0.1");
        assertThat(config.lease()).isEqualTo(LeaseConfig.DEFAULT);
        assertThat(config.presence()).isEqualTo(PresenceConfig.DEFAULT);
        assertThat(config.dispatch()).isEqualTo(DispatchConfig.DEFAULT);
        assertThat(config.requests()).isEqualTo(RequestLimit.DEFAULT);
        assertThat(config.failures()).isEqualTo(RequestLimit.FAILURES);
        assertThat(config.web()).isEqualTo(WebConfig.DEFAULT);
        assertThat(config.cluster().members()).isEmpty();
        assertThat(CoordinatorSettings.database(coordinator(Map.of()))).isEmpty();
        assertThat(coordinator(Map.of()).get(CoordinatorSettings.DATABASE_STATEMENT_TIMEOUT))
                .isEqualTo(DatabaseConfig.DEFAULT_STATEMENT_TIMEOUT);

        var worker = WorkerSettings.configOf(worker(Map.of()), Optional.empty());
        assertThat(worker.slots()).isEqualTo(WorkerConfig.DEFAULT_SLOTS);
        assertThat(worker.answerWithin()).isEqualTo(WorkerConfig.DEFAULT_ANSWER_WITHIN);
        assertThat(worker.killGrace()).isEqualTo(WorkerConfig.DEFAULT_KILL_GRACE);
        assertThat(worker.journalLimit()).isEqualTo(WorkerConfig.DEFAULT_JOURNAL_LIMIT);
        assertThat(worker.disk()).isEqualTo(WorkerConfig.Disk.DEFAULT);
        assertThat(worker.shells()).isEqualTo(ShellSettings.DEFAULT);
        assertThat(worker.transport()).isEqualTo(WorkerConfig.Transport.GATEWAY);
        assertThat(AgentTypes.of(worker.agents())).isEqualTo(AgentTypes.of(AgentSettings.NONE));
        assertThat(worker.token()).isEmpty();
        assertThat(worker.name()).isNotBlank();
        assertThat(worker.data())
                .isEqualTo(Path.of(System.getProperty("user.home"), ".muster/worker"));
    }

    @Test
    void anAgentOfOnesOwnIsACommandLine() {
        var values =
                worker(
                        Map.of(
                                "MUSTER_AGENT_CUSTOM", "/opt/my\\agent --say 'a b' \"it's\" ''",
                                "MUSTER_AGENT_CUSTOM_PROMPT", "paste",
                                "MUSTER_AGENT_CUSTOM_COMPLETION", "marker"));

        assertThat(WorkerSettings.configOf(values, Optional.empty()).agents().custom())
                .contains(
                        new AgentSettings.Custom(
                                List.of("/opt/my\\agent", "--say", "a b", "it's", ""),
                                AgentType.Delivery.PASTE,
                                Set.of(AgentType.Completion.MARKER)));
        assertThat(
                        worker(
                                Map.of(
                                        "MUSTER_AGENT_CUSTOM",
                                        "x",
                                        "MUSTER_AGENT_CUSTOM_COMPLETION",
                                        " ")))
                .satisfies(
                        none ->
                                assertThatThrownBy(
                                                () ->
                                                        WorkerSettings.configOf(
                                                                none, Optional.empty()))
                                        .isInstanceOf(ConfigFault.class)
                                        .hasMessageContaining("never tells"));
    }

    @Test
    void aFlagWinsOverTheEnvironmentAndThatOverTheFile() throws Exception {
        var file = file("port: 1\nhost: localhost\nlease:\n  grace: 20m\n");
        var environment = Map.of("MUSTER_PORT", "2", "MUSTER_HOST", "127.0.0.2");

        var values =
                new Sources(Map.of("port", "3"), environment, Optional.of(file))
                        .read(CoordinatorSettings.ALL);

        assertThat(values.get(CoordinatorSettings.PORT)).isEqualTo(3);
        assertThat(values.get(CoordinatorSettings.HOST)).isEqualTo("127.0.0.2");
        assertThat(values.get(CoordinatorSettings.LEASE_GRACE)).isEqualTo(Duration.ofMinutes(20));
        assertThat(values.printed())
                .contains("port: 3  # flag --port")
                .contains("host: 127.0.0.2  # environment MUSTER_HOST")
                .contains("lease.grace: 20m  # file " + file)
                .contains("lease.heartbeat: 5s  # default");
    }

    @Test
    void listsAreWrittenWithCommasOrAsYamlLists() throws Exception {
        var file = file("cluster:\n  members:\n    - a:1\n    - '[::1]:2'\n");

        var values =
                new Sources(Map.of(), Map.of(), Optional.of(file)).read(CoordinatorSettings.ALL);

        assertThat(values.get(CoordinatorSettings.CLUSTER_MEMBERS))
                .containsExactly("a:1", "[::1]:2");
        assertThat(
                        coordinator(Map.of("MUSTER_CLUSTER_MEMBERS", "a:1, b:2"))
                                .get(CoordinatorSettings.CLUSTER_MEMBERS))
                .containsExactly("a:1", "b:2");
    }

    @Test
    void secretsComeFromAFileToo() throws Exception {
        var secret = Files.writeString(dir.resolve("token"), "s3cret${x}\n");

        var values = worker(Map.of("MUSTER_TOKEN_FILE", secret.toString()));

        assertThat(values.get(WorkerSettings.TOKEN)).contains("s3cret${x}");
        assertThat(values.printed())
                .contains("token: ***  # environment MUSTER_TOKEN_FILE")
                .doesNotContain("s3cret");
    }

    @Test
    void aPrintedDatabaseUrlHasNoPassword() {
        var values =
                coordinator(Map.of("MUSTER_DATABASE_URL", "postgresql://m:s3cret@db.example/m"));

        assertThat(values.printed())
                .contains("postgresql://m:***@db.example/m")
                .doesNotContain("s3cret");
        assertThat(CoordinatorSettings.database(values).orElseThrow().tls()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    postgresql://m:p@127.0.0.1/muster                           | 127.0.0.1 | 5432 | p   | false
                    postgres://m:p@[::1]:5433/muster                            | ::1       | 5433 | p   | false
                    postgresql://m:p%40%2B+@db_1.lan:1/muster?sslmode=disable   | db_1.lan  | 1    | p@++ | false
                    postgresql://m:p@10.0.0.9/muster?sslmode=verify-full        | 10.0.0.9  | 5432 | p   | true
                    postgresql://m:@/muster?host=/run/pg                        | /run/pg   | 5432 | ''  | false
                    """)
    void databaseUrlsAreReadAsPostgresqlReadsThem(
            String text, String host, int port, String password, boolean tls) {
        var url = DatabaseUrl.KIND.reader().apply(text);

        assertThat(url).isEqualTo(new DatabaseUrl(host, port, "muster", "m", password, tls));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    MUSTER_PORT             | 65536         | port (environment MUSTER_PORT): '65536' is not allowed
                    MUSTER_PORT             | nine          | a whole number, 0 to 65535
                    MUSTER_HOST             | a b           | a host name or address
                    MUSTER_HOST             | localhost:80  | a host name or address
                    MUSTER_DISPATCH_LOAD_THRESHOLD | 101    | a whole number, 1 to 100
                    MUSTER_LEASE_GRACE      | 10            | 500ms, 5s, 10m or 1h
                    MUSTER_LEASE_GRACE      | 10d           | lease.grace
                    MUSTER_CLUSTER_MEMBERS  | a:1,b         | any number of: host:port
                    MUSTER_DATABASE_URL     | mysql://x     | database.url (environment MUSTER_DATABASE_URL): its value is not
                    MUSTER_DATABASE_URL     | postgresql://a:b@c/d?sslmode=prefer | verify-full
                    MUSTER_DATABASE_POOL_SIZE | 1           | 2 to 200
                    MUSTER_LOG_LEVEL        | loud          | error, warn, info, debug, trace
                    MUSTER_ALLOW_PLAIN_HTTP | yes           | true, false
                    MUSTER_PROT             | 1             | MUSTER_PROT (environment): there is no such setting
                    MUSTER_PORT_FILE        | /x            | MUSTER_PORT_FILE (environment): there is no such setting
                    MUSTER_DATABASE_URL_FILE | /not/there   | /not/there cannot be read
                    """)
    void whatCannotBeMeantStopsTheStart(String variable, String text, String said) {
        assertThatThrownBy(() -> coordinator(Map.of(variable, text)))
                .isInstanceOf(ConfigFault.class)
                .hasMessageContaining(said);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    MUSTER_TRANSPORT     | pigeon               | gateway, cluster
                    MUSTER_SLOTS         | 0                    | 1 to 1000
                    MUSTER_AGENT_CUSTOM  | run "it              | with quotes
                    MUSTER_AGENT_CLAUDE  | ""                   | a program and its arguments
                    MUSTER_AGENT_CUSTOM_COMPLETION | signal,tell | signal, marker, exit
                    MUSTER_SERVER        | ftp://x              | server
                    MUSTER_SERVER        | http://u:p@host      | server
                    MUSTER_JOURNAL_LIMIT | 64MB                 | 512KiB or 64MiB
                    MUSTER_JOURNAL_LIMIT | 99999999999GiB       | journal-limit
                    """)
    void soDoesNonsenseForAWorker(String variable, String text, String said) {
        assertThatThrownBy(() -> worker(Map.of(variable, text)))
                .isInstanceOf(ConfigFault.class)
                .hasMessageContaining(said);
    }

    @Test
    void unknownWordsInTheFileAreNamedAllAtOnce() throws Exception {
        var file = file("prot: 1\nlease:\n  gracce: 1s\nport: [1, 2]\n");

        assertThatThrownBy(
                        () ->
                                new Sources(Map.of(), Map.of("MUSTER_X", "1"), Optional.of(file))
                                        .read(CoordinatorSettings.ALL))
                .hasMessageContaining("prot (file " + file)
                .hasMessageContaining("lease.gracce (file")
                .hasMessageContaining("port (file")
                .hasMessageContaining("MUSTER_X (environment)");
    }

    @Test
    void aFileThatIsNoYamlIsSaidSo() throws Exception {
        var file = file("port: [1\n");

        assertThatThrownBy(
                        () ->
                                new Sources(Map.of(), Map.of(), Optional.of(file))
                                        .read(CoordinatorSettings.ALL))
                .isInstanceOf(ConfigFault.class)
                .hasMessageContaining(file + " is not YAML");
    }

    /** What the product this one follows does: a heartbeat each 30 s, offline after 3 min. */
    @Test
    void slowHeartbeatsAndLongSilencesCanBeSet() {
        var slow =
                Map.of(
                        "MUSTER_LEASE_HEARTBEAT", "30s",
                        "MUSTER_LEASE_START_DEADLINE", "90s",
                        "MUSTER_PRESENCE_UNREACHABLE_AFTER", "75s",
                        "MUSTER_PRESENCE_OFFLINE_AFTER", "3m");

        var config = CoordinatorSettings.configOf(coordinator(slow), anyDatabase());

        assertThat(config.presence().offlineAfter()).isEqualTo(Duration.ofMinutes(3));
        for (var refused :
                Map.of(
                                "MUSTER_PRESENCE_OFFLINE_AFTER", "10s",
                                "MUSTER_PRESENCE_UNREACHABLE_AFTER", "9s")
                        .entrySet()) {
            var values = coordinator(Map.of(refused.getKey(), refused.getValue()));
            assertThatThrownBy(() -> CoordinatorSettings.check(values))
                    .hasMessageContaining("presence.");
        }
    }

    @Test
    void whatOnlyShowsTogetherIsRefusedToo() {
        assertThatThrownBy(
                        () ->
                                CoordinatorSettings.check(
                                        coordinator(Map.of("MUSTER_LEASE_GRACE", "1s"))))
                .hasMessageContaining("lease.grace");
        assertThatThrownBy(
                        () ->
                                WorkerSettings.configOf(
                                        worker(Map.of("MUSTER_JOURNAL_LIMIT", "1")),
                                        Optional.empty()))
                .hasMessageContaining("journal-limit");
        assertThatThrownBy(
                        () ->
                                WorkerSettings.configOf(
                                        worker(Map.of("MUSTER_ANSWER_WITHIN", "1h")),
                                        Optional.empty()))
                .hasMessageContaining("answer-within is 100ms to 1m");
        assertThatThrownBy(
                        () ->
                                WorkerSettings.configOf(
                                        worker(Map.of("MUSTER_SHELLS_LIFE", "25h")),
                                        Optional.empty()))
                .hasMessageContaining("shells.life is at most 24h");
    }

    @Test
    void passwordsAreNotServedUnencryptedToOtherMachinesUnlessSaid() {
        assertThatThrownBy(
                        () ->
                                CoordinatorSettings.check(
                                        coordinator(Map.of("MUSTER_HOST", "0.0.0.0"))))
                .hasMessageContaining("--allow-plain-http");
        CoordinatorSettings.check(
                coordinator(Map.of("MUSTER_HOST", "0.0.0.0", "MUSTER_ALLOW_PLAIN_HTTP", "true")));
        CoordinatorSettings.check(coordinator(Map.of("MUSTER_HOST", "::1")));
    }

    @Test
    void theTwoDaemonsMayShareAnEnvironment() {
        assertThat(
                        coordinator(
                                Map.of(
                                        "MUSTER_TOKEN",
                                        "x",
                                        "MUSTER_JAVA_OPTS",
                                        "-Xmx1g",
                                        "PATH",
                                        "/")))
                .isNotNull();
    }

    @Test
    void theShippedFilesSayWhatTheCodeDoesAndChangeNothing() throws Exception {
        var conf = Path.of("src/main/dist/conf");
        var expected =
                Map.of(
                        "coordinator",
                        ConfigFile.render("coordinator", CoordinatorSettings.ALL),
                        "worker",
                        ConfigFile.render("worker", WorkerSettings.ALL));
        for (var daemon : expected.entrySet()) {
            var shipped = conf.resolve(daemon.getKey() + ".yaml");
            var fresh = Path.of("target").resolve(daemon.getKey() + ".yaml");
            Files.writeString(fresh, daemon.getValue());
            assertThat(shipped)
                    .as("copy %s to %s if the change is meant", fresh, shipped)
                    .exists()
                    .hasContent(daemon.getValue());
        }
        var shipped =
                new Sources(Map.of(), Map.of(), Optional.of(conf.resolve("coordinator.yaml")));
        assertThat(shipped.read(CoordinatorSettings.ALL).printed())
                .isEqualTo(coordinator(Map.of()).printed());
    }

    @Test
    void everyShippedLineCanBeTakenUp() throws Exception {
        var text = ConfigFile.render("worker", WorkerSettings.ALL);

        var file = file(text.replaceAll("(?m)^( *)#([a-z-]+:)", "$1$2"));

        assertThat(
                        new Sources(Map.of(), Map.of(), Optional.of(file))
                                .read(WorkerSettings.ALL)
                                .printed())
                .contains("journal-limit: 64MiB  # file " + file);
    }

    // ---- words -------------------------------------------------------------------------------

    private static Values coordinator(Map<String, String> environment) {
        return new Sources(Map.of(), environment, Optional.empty()).read(CoordinatorSettings.ALL);
    }

    private static Values worker(Map<String, String> environment) {
        return new Sources(Map.of(), environment, Optional.empty()).read(WorkerSettings.ALL);
    }

    private Path file(String text) throws Exception {
        return Files.writeString(dir.resolve("conf.yaml"), text);
    }

    private static DatabaseConfig anyDatabase() {
        return new DatabaseConfig("/x", 5432, "m", "m", "p", false, 2, Duration.ofSeconds(5));
    }

    private static String listed(List<Setting<?>> settings) {
        return settings.stream()
                .map(
                        setting ->
                                (setting.name() + " " + setting.variable() + " " + setting.preset())
                                        .strip())
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
