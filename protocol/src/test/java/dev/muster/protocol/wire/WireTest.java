package dev.muster.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.muster.protocol.message.Append;
import dev.muster.protocol.message.Appended;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.Heartbeat;
import dev.muster.protocol.message.HeartbeatAnswer;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.LateAppend;
import dev.muster.protocol.message.LateAppended;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.PromotionAnswer;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.message.Pull;
import dev.muster.protocol.message.Pulled;
import dev.muster.protocol.message.Pushed;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reported;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Try;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Welcome;
import dev.muster.protocol.message.Work;
import dev.muster.protocol.pipeline.Gate;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.protocol.question.Answered;
import dev.muster.protocol.question.Heard;
import dev.muster.protocol.question.Question;
import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.TunnelState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/** Golden files pin every message: a change to one is a change both sides must be able to read. */
class WireTest {

    private static final Path GOLDEN = Path.of("src/test/resources/messages");
    private static final UUID MACHINE = UUID.fromString("5b0f7c1e-2d7a-4c0e-9a52-0f6f1f3b7a11");
    private static final UUID BOOT = UUID.fromString("00000000-0000-4000-8000-000000000001");
    private static final LeaseRef LEASE = new LeaseRef(42, 2, 7);

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** A message and the name of its golden file. */
    record Golden(String name, Object message, Class<?> type) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Golden> messages() {
        var work = new Work("muster/42-a2", "a1", "b2", 1, 2, 3, 4, true);
        return Stream.of(
                golden(
                        "hello",
                        new Hello(1, MACHINE, BOOT, "0.1.0", List.of("shell"), 4, List.of(LEASE))),
                golden("welcome", new Welcome(1, List.of(LEASE), 5000)),
                golden(
                        "pull",
                        new Pull(1, MACHINE, BOOT, BOOT, 3, List.of("shell"), 20_000, true, null)),
                golden(
                        "pulled",
                        new Pulled(
                                1,
                                List.of(
                                        new Assignment(
                                                LEASE,
                                                "say \"hi\"",
                                                "shop",
                                                "https://git.example.com/shop.git",
                                                "main",
                                                "Ann",
                                                "ann@example.com",
                                                "shell",
                                                Pipeline.DEFAULT)))),
                golden(
                        "reports",
                        new Reports(
                                1,
                                MACHINE,
                                BOOT,
                                List.of(
                                        new Report(
                                                LEASE,
                                                1,
                                                List.of(
                                                        new Fact.StageStarted(
                                                                1, 0, "develop", "muster/42-a2"),
                                                        new Fact.StageEnded(
                                                                2, 0, "develop", true, 0, null),
                                                        new Fact.Succeeded(3, work))),
                                        new Report(
                                                new LeaseRef(43, 1, 1),
                                                2,
                                                List.of(
                                                        new Fact.AgentAsked(4, 0, "a", "Which?"),
                                                        new Fact.StageEnded(
                                                                5,
                                                                0,
                                                                "a",
                                                                false,
                                                                null,
                                                                "timeout",
                                                                new Try(2, 3)),
                                                        new Fact.Failed(
                                                                6, "stage_timeout", "d", null)))))),
                new Golden(
                        "ask",
                        new ToWorker.Ask(
                                1, BOOT, MACHINE, new Question.File(42, 2, "src/a b.txt", 7, 100)),
                        ToWorker.class),
                new Golden(
                        "ask-tunnel",
                        new ToWorker.Ask(
                                1,
                                BOOT,
                                MACHINE,
                                new Question.StartTunnel(42, 2, BOOT, "code", 3600)),
                        ToWorker.class),
                new Golden(
                        "ask-shell",
                        new ToWorker.Ask(1, BOOT, MACHINE, openShell()),
                        ToWorker.class),
                golden(
                        "answered-shells",
                        answered(
                                new Reply.Shells(
                                        List.of(
                                                new Reply.Shell("shell-0a", true, null),
                                                new Reply.Shell("shell-1b", false, "idle"))))),
                golden("answered", answered(new Reply.File(9, 7, new byte[] {0, (byte) 0xff}))),
                golden("answered-workspace", answered(workspace())),
                golden(
                        "answered-tree",
                        answered(
                                new Reply.Tree(
                                        List.of(
                                                new Reply.Entry("a", Reply.Type.DIRECTORY, null),
                                                new Reply.Entry("a/b", Reply.Type.FILE, 3L)),
                                        true))),
                golden("answered-diff", answered(new Reply.Diff("-a\n".getBytes(UTF_8), false))),
                golden(
                        "answered-tunnel",
                        answered(
                                new Reply.Tunnel(
                                        TunnelState.CONNECTED,
                                        "code",
                                        "https://example.com/t",
                                        1,
                                        null,
                                        null,
                                        60))),
                golden(
                        "answered-refused",
                        answered(new Reply.Refused(Reply.Refusal.PROGRAM_MISSING, "No code."))),
                golden("heard", new Heard(1)),
                golden(
                        "pushed",
                        new Reports(
                                1,
                                MACHINE,
                                BOOT,
                                List.of(
                                        new Report(
                                                LEASE,
                                                9,
                                                List.of(
                                                        new Fact.Succeeded(
                                                                5,
                                                                work.with(
                                                                        new Pushed(
                                                                                COMMIT,
                                                                                Pushed.refOf(
                                                                                        LEASE))))))))),
                golden("promotion", new Promotion(1, MACHINE, LEASE, COMMIT, null, null)),
                golden("promotion-answer", new PromotionAnswer(1, PromotionAnswer.Decision.WAIT)),
                golden("reported", new Reported(1, List.of(Verdict.values()))),
                golden(
                        "append",
                        new Append(1, MACHINE, BOOT, LEASE, 12, 34, "é\r\n\0".getBytes(UTF_8))),
                golden("appended", new Appended(1, Verdict.GAP, 12)),
                golden(
                        "late-append",
                        new LateAppend(1, MACHINE, BOOT, LEASE, 12, "é\r\n\0".getBytes(UTF_8))),
                golden("late-appended", new LateAppended(1, LateAppended.Answer.FULL, 12)),
                golden(
                        "heartbeat",
                        new Heartbeat(1, MACHINE, BOOT, new Load(0.25, 0.5, 0.75), List.of(LEASE))),
                golden("heartbeat-answer", new HeartbeatAnswer(1, List.of(LEASE))),
                golden(
                        "gate-reports",
                        new Reports(
                                1,
                                MACHINE,
                                BOOT,
                                List.of(
                                        new Report(
                                                LEASE,
                                                1,
                                                List.of(
                                                        new Fact.GateOpened(
                                                                1, 0, "ask", "muster/42-a2")))))),
                golden("gated", gated()),
                new Golden("stop", new ToWorker.Stop(1, LEASE), ToWorker.class),
                new Golden(
                        "open-terminal",
                        new ToWorker.OpenTerminal(1, LEASE, "main", null, "a-channel-token"),
                        ToWorker.class),
                new Golden(
                        "answer",
                        new ToWorker.Answer(1, new GateAnswer(LEASE, 3, "say \"hi\"\n")),
                        ToWorker.class));
    }

    private static Question openShell() {
        var provision =
                new Provision(
                        Map.of("MODE", "quick"), Map.of("KEY", new Confidential("s3cr3t")), null);
        return new Question.OpenShell(
                LEASE,
                1,
                "shell-0a",
                new Question.OpenShell.Size(120, 30),
                new Question.OpenShell.Committer("Ann", "ann@example.com"),
                new Question.OpenShell.Setting("shop", "say \"hi\""),
                provision);
    }

    /** An assignment's pipeline with a gate of each kind. */
    private static Pulled gated() {
        var env = Map.<String, String>of();
        var stages =
                List.of(
                        new Stage(
                                "a",
                                "true",
                                60,
                                env,
                                0,
                                0,
                                null,
                                new Gate.Confirm(60, Gate.CONFIRM)),
                        new Stage(
                                "b",
                                "echo {choice}",
                                60,
                                env,
                                0,
                                0,
                                null,
                                new Gate.Choice(List.of("x", "y z"), 1800, null)),
                        new Stage(
                                "c",
                                "echo {input}",
                                60,
                                env,
                                0,
                                0,
                                null,
                                new Gate.Input(1, "none")));
        return new Pulled(
                1,
                List.of(
                        new Assignment(
                                LEASE,
                                "d",
                                "p",
                                "r",
                                "main",
                                "Ann",
                                "a@b",
                                "shell",
                                new Pipeline(stages))));
    }

    private static Golden golden(String name, Object message) {
        return new Golden(name, message, message.getClass());
    }

    private static Answered answered(Reply reply) {
        return new Answered(1, MACHINE, BOOT, BOOT, MACHINE, reply);
    }

    private static Reply workspace() {
        var git = new Reply.Git("a1", "b2", 1, 0, List.of(new Reply.Dirty("new\nline", "??")), 1);
        return new Reply.Workspace(
                Reply.Presence.KEPT,
                "/w/42-a2",
                "muster/42-a2",
                git,
                4096L,
                "2026-01-01T09:00:00Z");
    }

    /** Writes a file that is missing, so that a new message is pinned by running this once. */
    @ParameterizedTest
    @MethodSource("messages")
    void aMessageIsWrittenAsItsGoldenFileAndReadBack(Golden golden) throws IOException {
        var file = GOLDEN.resolve(golden.name() + ".json");
        if (Files.notExists(file)) {
            Files.createDirectories(GOLDEN);
            Files.write(file, Wire.encode(golden.message()));
        }

        var pinned = Files.readAllBytes(file);

        assertThat(new String(Wire.encode(golden.message()), UTF_8))
                .isEqualTo(new String(pinned, UTF_8));
        assertThat(Wire.decode(pinned, golden.type()))
                .usingRecursiveComparison()
                .isEqualTo(golden.message());
    }

    @ParameterizedTest
    @MethodSource("messages")
    void fieldsOfALaterMinorAreSkipped(Golden golden) {
        var tree = tree(golden).put("later", "x").set("laterToo", Wire.tree("{\"a\": [1]}"));

        assertThat(Wire.decode(tree.toString().getBytes(UTF_8), golden.type()))
                .usingRecursiveComparison()
                .isEqualTo(golden.message());
    }

    @ParameterizedTest
    @MethodSource("messages")
    void anotherVersionIsRefusedByName(Golden golden) {
        var tree = tree(golden).put("v", 2);

        assertThatThrownBy(() -> Wire.decode(tree.toString().getBytes(UTF_8), golden.type()))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("protocol version 2");
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyFieldMustBeThereAndNotNull(Golden golden) {
        var names = tree(golden).properties().stream().map(field -> field.getKey()).toList();

        for (var name : names) {
            var without = tree(golden).without(name);
            var nulled = tree(golden).putNull(name);
            for (var broken : List.of(without, nulled)) {
                assertThatThrownBy(
                                () -> Wire.decode(broken.toString().getBytes(UTF_8), golden.type()))
                        .as(broken.toString())
                        .isInstanceOf(WireException.class);
            }
        }
    }

    @Test
    void aDocumentMayBeLongerThanAMessage() {
        var numbers = "[" + "10.0,".repeat(Wire.LARGEST_MESSAGE / 4) + "1]";

        assertThat(Wire.tree(numbers)).hasSize(Wire.LARGEST_MESSAGE / 4 + 1);
    }

    private static ObjectNode tree(Golden golden) {
        return (ObjectNode) Wire.tree(new String(Wire.encode(golden.message()), UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "\"x\"",
                "{",
                "{} {}",
                "{\"task\": 1, \"attempt\": 1, \"fence\": 0}",
                "{\"task\": 1, \"task\": 2, \"attempt\": 1, \"fence\": 1}",
                "{\"task\": 1, \"attempt\": 1, \"fence\": 99999999999999999999}"
            })
    void whatIsNoMessageIsRefused(String bytes) {
        assertThatThrownBy(() -> Wire.decode(bytes.getBytes(UTF_8), LeaseRef.class))
                .isInstanceOf(WireException.class);
    }

    @Test
    void aRefusalQuotesNothingOfWhatItRefuses() {
        var bytes = "{\"task\": \"hunter2\", \"attempt\": hunter2}".getBytes(UTF_8);

        assertThatThrownBy(() -> Wire.decode(bytes, LeaseRef.class))
                .isInstanceOf(WireException.class)
                .message()
                .doesNotContain("hunter2");
    }

    @Test
    void momentsOfPrintingAreCarriedOrLeftOut() {
        var moments = List.of(new Append.Moment(1, 500));
        var append = new Append(1, MACHINE, BOOT, LEASE, 12, 34, "ab".getBytes(UTF_8), moments);

        assertThat(Wire.decode(Wire.encode(append), Append.class))
                .usingRecursiveComparison()
                .isEqualTo(append);
    }

    @Test
    void aMessageOverTheLimitIsNeitherWrittenNorRead() {
        var most = new Append(1, MACHINE, BOOT, LEASE, 0, 0, new byte[Append.MOST_BYTES]);
        assertThat(Wire.encode(most)).hasSizeLessThan(Wire.LARGEST_MESSAGE);

        assertThatThrownBy(() -> Wire.encode("x".repeat(Wire.LARGEST_MESSAGE)))
                .isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Wire.decode(new byte[Wire.LARGEST_MESSAGE + 1], Hello.class))
                .isInstanceOf(WireException.class);
    }

    @Test
    void deepNestingIsRefusedAndDoesNotOverflowTheStack() {
        var deep = "{\"x\": " + "[".repeat(100_000);

        assertThatThrownBy(() -> Wire.decode(deep.getBytes(UTF_8), LeaseRef.class))
                .isInstanceOf(WireException.class);
    }
}
