package dev.muster.worker.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.question.TunnelState;
import dev.muster.worker.process.ControlGroups;
import dev.muster.worker.process.Cookie;
import dev.muster.worker.process.Sweeper;
import dev.muster.worker.terminal.ShellEnvironment;
import dev.muster.worker.terminal.TerminalSpec;
import dev.muster.worker.terminal.Terminals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;

@Timeout(300)
class TunnelsTest {

    private static final LeaseRef LEASE = new LeaseRef(42, 1, 7);
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir Path home;

    private final Sweeper sweeper =
            new Sweeper(
                    Duration.ofMillis(500), Duration.ofMillis(100), ControlGroups.ofThisDaemon());
    private final List<String> pids = new ArrayList<>();
    private Path workspace;
    private Terminals terminals;
    private Tunnels tunnels;
    private Tunnels.Site site;

    @BeforeEach
    void open() throws IOException {
        workspace = Files.createDirectories(home.toRealPath().resolve("work 'space'"));
        Files.writeString(workspace.resolve("greeting"), "hello");
        terminals = Terminals.in(home.resolve("terminals"), sweeper, Optional.empty());
        use(LONG);
    }

    private void use(Duration start) {
        var limits = new TunnelLimits(start, List.of(Duration.ofMillis(20), Duration.ofMillis(40)));
        var all = new ArrayList<TunnelTemplate>();
        for (var behaviour : List.of("good", "once", "crash", "silent", "login")) {
            all.add(template(behaviour));
        }
        all.add(new TunnelTemplate("absent", List.of("no-such-program"), link(), none(), Map.of()));
        tunnels = new Tunnels(terminals, new TunnelTemplates(all), limits);
        site = tunnels.open(LEASE, this::spec);
    }

    private static TunnelTemplate template(String behaviour) {
        var java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        return new TunnelTemplate(
                behaviour,
                List.of(
                        java,
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LocalTunnel.class.getName(),
                        behaviour,
                        "{path}",
                        "{name}-{task}"),
                link(),
                Optional.of(Pattern.compile("log into")),
                Map.of("GREETING", "x"));
    }

    private static Pattern link() {
        return Pattern.compile("(tcp://\\S+)");
    }

    private static Optional<Pattern> none() {
        return Optional.empty();
    }

    private TerminalSpec spec() {
        try {
            var cookie = Cookie.Family.of(home).next();
            pids.add(cookie.value());
            var environment = new ShellEnvironment(42, 1, "p", null, "", Map.of());
            return new TerminalSpec(
                    workspace, environment.variables(System.getenv(), cookie), cookie);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void close() {
        tunnels.close();
        terminals.close();
        sweeper.close();
    }

    @Test
    void aTunnelLetsOneInUntilItIsStopped() throws Exception {
        var id = UUID.randomUUID();
        assertThat(state(start(id, "good"))).isEqualTo(TunnelState.STARTING);

        var connected = await(id, TunnelState.CONNECTED);

        assertThat(connected.connection()).endsWith("/muster-42-42");
        assertThat(connected.leftSeconds()).isBetween(3500L, 3600L);
        assertThat(greeting(connected)).isEqualTo("hello");
        var stopped = (Reply.Tunnel) tunnels.stop(new Question.StopTunnel(id));
        assertThat(stopped.state()).isEqualTo(TunnelState.CLOSED);
        assertThat(stopped.connection()).isNull();
        assertNothingIsAlive();
    }

    @Test
    void byOneIdOneProgramIsStartedHoweverOftenItIsAskedFor() throws Exception {
        var id = UUID.randomUUID();
        start(id, "good");
        start(id, "good");
        await(id, TunnelState.CONNECTED);
        start(id, "good");

        assertThat(pids).hasSize(1);
        tunnels.stop(new Question.StopTunnel(id));
        assertThat(state(start(id, "good"))).isEqualTo(TunnelState.CLOSED);
        assertThat(pids).hasSize(1);
    }

    @Test
    void whatWasStoppedBeforeItsStartWasHeardDoesNotStart() throws Exception {
        var id = UUID.randomUUID();

        assertThat(state(tunnels.stop(new Question.StopTunnel(id)))).isEqualTo(TunnelState.CLOSED);

        assertThat(state(start(id, "good"))).isEqualTo(TunnelState.CLOSED);
        assertThat(state(status(id))).isEqualTo(TunnelState.CLOSED);
        assertThat(pids).isEmpty();
    }

    @Test
    void aProgramThatEndsIsStartedAgainAndGivenUpInTheEnd() throws Exception {
        var id = UUID.randomUUID();
        start(id, "once");
        for (int go = 0; go < 3; go++) {
            int restarts = go;
            var connected =
                    await(id, told -> told.connection() != null && told.restarts() == restarts);
            assertThat(greeting(connected)).isEqualTo("hello");
        }

        var failed = await(id, TunnelState.FAILED);

        assertThat(failed.reason()).isEqualTo("tunnel_program_ended");
        assertThat(pids).hasSize(3);
        assertNothingIsAlive();
    }

    @Test
    void whatItSaidLastIsTold() throws Exception {
        var id = UUID.randomUUID();
        start(id, "crash");

        var failed = await(id, TunnelState.FAILED);

        assertThat(failed.detail()).contains("ended 3 times", "no way out");
        assertThat(failed.restarts()).isEqualTo(2);
    }

    @Test
    void aProgramThatTellsNothingIsEndedAndNotTriedAgain() throws Exception {
        use(Duration.ofMillis(200));
        var id = UUID.randomUUID();
        start(id, "silent");

        var failed = await(id, TunnelState.FAILED);

        assertThat(failed.reason()).isEqualTo("tunnel_start_timeout");
        assertThat(pids).hasSize(1);
        assertNothingIsAlive();
    }

    @Test
    void aProgramThatAsksForALoginIsEndedAndSaysSo() throws Exception {
        var id = UUID.randomUUID();
        start(id, "login");

        var failed = await(id, TunnelState.FAILED);

        assertThat(failed.reason()).isEqualTo("tunnel_login_needed");
        assertThat(failed.detail()).contains("ABCD-1234");
    }

    @Test
    void itsTimeEndsIt() throws Exception {
        var id = UUID.randomUUID();
        tunnels.start(new Question.StartTunnel(42, 1, id, "good", 2));

        var expired = await(id, TunnelState.EXPIRED);

        assertThat(expired.reason()).isEqualTo("tunnel_expired");
        assertNothingIsAlive();
    }

    @Test
    void itEndsWithItsAttemptAndNoneStartsAfterwards() throws Exception {
        var id = UUID.randomUUID();
        start(id, "good");
        await(id, TunnelState.CONNECTED);

        assertThat(site.closeAndAwait()).isTrue();

        assertThat(state(status(id))).isEqualTo(TunnelState.CLOSED);
        assertNothingIsAlive();
        assertRefused(start(UUID.randomUUID(), "good"), Refusal.NOT_RUNNING);
    }

    @Test
    void anotherTunnelOfTheAttemptTakesTheFirstOnesPlace() throws Exception {
        var first = UUID.randomUUID();
        start(first, "good");
        await(first, TunnelState.CONNECTED);

        start(UUID.randomUUID(), "good");

        assertThat(await(first, TunnelState.CLOSED).reason()).isEqualTo("replaced");
    }

    @Test
    void aMissingProgramIsNamed() {
        var refused = (Reply.Refused) start(UUID.randomUUID(), "absent");

        assertThat(refused.code()).isEqualTo(Refusal.PROGRAM_MISSING);
        assertThat(refused.sentence())
                .isEqualTo("The program no-such-program is not installed on the task's machine.");
        assertRefused(start(UUID.randomUUID(), "unheard"), Refusal.UNKNOWN_TEMPLATE);
    }

    @Test
    void withoutATemplateTheFirstWhoseProgramIsThereIsTaken() throws Exception {
        var id = UUID.randomUUID();
        tunnels.start(new Question.StartTunnel(42, 1, id, null, 3600));

        assertThat(await(id, TunnelState.CONNECTED).template()).isEqualTo("good");

        tunnels = new Tunnels(terminals, shipped("none-1", "none-2"), TunnelLimits.DEFAULT);
        site = tunnels.open(LEASE, this::spec);
        var refused =
                (Reply.Refused)
                        tunnels.start(
                                new Question.StartTunnel(42, 1, UUID.randomUUID(), null, 3600));
        assertThat(refused.sentence())
                .isEqualTo(
                        "None of the programs none-2, none-1 is installed on the task's machine.");
    }

    private static TunnelTemplates shipped(String code, String cursor) {
        var commands = Map.of("code", List.of(code), "cursor", List.of(cursor));
        return TunnelTemplates.of(new TunnelSettings(commands, Optional.empty()));
    }

    private Reply start(UUID id, String template) {
        return tunnels.start(new Question.StartTunnel(42, 1, id, template, 3600));
    }

    private Reply status(UUID id) {
        return tunnels.status(new Question.TunnelStatus(id));
    }

    private static TunnelState state(Reply reply) {
        return ((Reply.Tunnel) reply).state();
    }

    private Reply.Tunnel await(UUID id, TunnelState state) throws InterruptedException {
        return await(id, told -> told.state() == state);
    }

    private Reply.Tunnel await(UUID id, Predicate<Reply.Tunnel> condition)
            throws InterruptedException {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (true) {
            var told = (Reply.Tunnel) status(id);
            if (condition.test(told)) {
                return told;
            }
            if (told.state().isOver() || System.nanoTime() > deadline) {
                throw new AssertionError("it is " + told);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static String greeting(Reply.Tunnel tunnel) throws IOException {
        var address = URI.create(tunnel.connection());
        try (var socket = new Socket(address.getHost(), address.getPort())) {
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    /** Of all that was started for the tunnels here. */
    private void assertNothingIsAlive() throws IOException {
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var process : processes) {
                for (var cookie : pids) {
                    assertThat(environment(process)).as(process.toString()).doesNotContain(cookie);
                }
            }
        }
    }

    private static String environment(Path process) {
        try {
            return Files.readString(process.resolve("environ"), ISO_8859_1);
        } catch (IOException _) {
            return ""; // another's, or over
        }
    }

    private static void assertRefused(Reply reply, Refusal code) {
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Reply.Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
    }
}
