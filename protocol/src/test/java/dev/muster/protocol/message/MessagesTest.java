package dev.muster.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.protocol.pipeline.Gate;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.wire.Wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** What cannot be true cannot be said. */
class MessagesTest {

    private static final LeaseRef LEASE = new LeaseRef(1, 1, 1);
    private static final Fact START = new Fact.StageStarted(1, 0, "a", null);
    private static final Fact END = new Fact.StageEnded(2, 0, "a", true, 0, null);
    private static final Fact SUCCESS = new Fact.Succeeded(3, null);
    private static final Fact FAILURE = new Fact.Failed(3, "workspace_failed", "d", null);

    static Stream<Runnable> nonsense() {
        return Stream.of(
                () -> new Report(LEASE, 0, List.of(START)),
                () -> new Report(LEASE, 1, List.of()),
                () -> new Report(LEASE, 1, List.of(END)),
                () -> new Report(LEASE, 1, List.of(SUCCESS)),
                () -> new Report(LEASE, 1, List.of(START, SUCCESS, START)),
                () -> new Report(LEASE, 1, List.of(FAILURE, SUCCESS)),
                () -> new Report(LEASE, Integer.MAX_VALUE, List.of(START, END)),
                () -> new Report(LEASE, 2, Collections.nCopies(Report.MOST_FACTS + 1, END)),
                () -> new Fact.StageStarted(1, -1, "a", null),
                () -> new Fact.StageStarted(1, Pipeline.MOST_STAGES, "a", null),
                () -> new Fact.StageEnded(1, -1, "a", true, 0, null),
                () -> new Fact.AgentAsked(1, -1, "a", ""),
                () -> new Fact.AgentAsked(1, 0, "a", "x".repeat(2_001)),
                () -> new Report(LEASE, 1, List.of(new Fact.AgentAsked(1, 0, "a", ""))),
                () -> new Fact.GateOpened(1, Pipeline.MOST_STAGES, "a", null),
                () -> new Pushed("main", null),
                () -> new Pushed("--force", Pushed.refOf(LEASE)),
                () -> new Pushed("a".repeat(40), "refs/heads/main"),
                () -> new Pushed("a".repeat(40), "refs/muster/attempts/1/1/../../x"),
                () -> new Promotion(1, new UUID(1, 2), LEASE, "HEAD", null, null),
                () -> new Waiting(LEASE, -1),
                () -> new GateAnswer(LEASE, -1, "x"),
                () -> new GateAnswer(LEASE, 0, "a\0b"),
                () -> new GateAnswer(LEASE, 0, "x".repeat(Gate.LONGEST_RESULT + 1)),
                () -> beat(List.of(), Collections.nCopies(2501, new Waiting(LEASE, 0))),
                () -> new LeaseRef(0, 1, 1),
                () -> new LeaseRef(1, 0, 1),
                () -> new LeaseRef(1, 1, 0),
                () -> pull(0, List.of("shell")),
                () -> pull(1001, List.of("shell")),
                () -> pull(1, List.of("a b")),
                () -> pull(1, List.of("a\0")),
                () -> pull(1, Collections.nCopies(101, "shell")),
                () -> pullWith(List.of("0123456789abcdeF")),
                () -> pullWith(List.of("0123456789abcdef0")),
                () -> pullWith(Collections.nCopies(201, "0123456789abcdef")),
                () -> hello("", 1),
                () -> hello("1\n2", 1),
                () -> hello("1", 0),
                () -> hello("1", 1001),
                () -> append(-1, 1),
                () -> append(0, 0),
                () -> append(0, Append.MOST_BYTES + 1),
                () -> late(-1, 1),
                () -> late(0, 0),
                () -> late(0, LateAppend.MOST_BYTES + 1),
                () -> append(new Append.Moment(0, 1)),
                () -> append(new Append.Moment(9, 1)),
                () -> append(new Append.Moment(5, 1), new Append.Moment(5, 2)),
                () -> new Reports(1, UUID.randomUUID(), UUID.randomUUID(), List.of()));
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void nonsenseIsRefused(Runnable made) {
        assertThatThrownBy(made::run).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aReportMayBeginWithAStartOrAFailureAndEndOnce() {
        assertThat(new Report(LEASE, 1, List.of(START, END, SUCCESS)).last()).isEqualTo(3);
        assertThat(new Report(LEASE, 1, List.of(FAILURE)).last()).isEqualTo(1);
        assertThat(new Report(LEASE, 3, List.of(END, SUCCESS)).after(3))
                .isEqualTo(new Report(LEASE, 4, List.of(SUCCESS)));
    }

    @Test
    void aReportMayBeginWithAGate() {
        var gate = new Fact.GateOpened(1, 0, "a", "muster/1-a1");
        var report = new Report(LEASE, 1, List.of(gate, FAILURE));

        assertThat(Wire.decode(Wire.encode(report), Report.class)).isEqualTo(report);
    }

    @Test
    void aHeartbeatMayTellWhatWaitsAndItsAnswerWhatWasAnswered() {
        var told = beat(List.of(LEASE), List.of(new Waiting(LEASE, 3)));
        var open = new ToWorker.OpenTerminal(Wire.VERSION, LEASE, "main", null, "token");
        var answer =
                new HeartbeatAnswer(
                        Wire.VERSION,
                        List.of(),
                        null,
                        List.of(new GateAnswer(LEASE, 3, "é\n")),
                        List.of(open));

        assertThat(Wire.decode(Wire.encode(told), Heartbeat.class)).isEqualTo(told);
        assertThat(Wire.decode(Wire.encode(answer), HeartbeatAnswer.class)).isEqualTo(answer);
    }

    @Test
    void aPullMayTellItsMirrorsOrNot() {
        var told = pullWith(List.of("0123456789abcdef"));
        var silent = pull(1, List.of("shell"));

        assertThat(Wire.decode(Wire.encode(told), Pull.class)).isEqualTo(told);
        assertThat(Wire.decode(Wire.encode(silent), Pull.class).mirrors()).isNull();
    }

    @Test
    void aLoadBeyondTheScaleCountsAsItsEnd() {
        assertThat(new Load(1.2, -0.1, Double.NaN)).isEqualTo(new Load(1, 0, 0));
    }

    @Test
    void aTryIsOneOfThoseThereAre() {
        assertThat(new Try(11, 11)).hasToString("try 11 of 11");
        for (var numbers : new int[][] {{0, 1}, {2, 1}, {1, 12}, {-1, -1}}) {
            assertThatThrownBy(() -> new Try(numbers[0], numbers[1]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static Heartbeat beat(List<LeaseRef> held, List<Waiting> waiting) {
        var id = UUID.randomUUID();
        return new Heartbeat(Wire.VERSION, id, id, new Load(0, 0, 0), held, null, waiting, null);
    }

    private static Pull pull(int credit, List<String> capabilities) {
        var id = UUID.randomUUID();
        return new Pull(Wire.VERSION, id, id, id, credit, capabilities, 1, false, null);
    }

    private static Pull pullWith(List<String> mirrors) {
        var id = UUID.randomUUID();
        return new Pull(Wire.VERSION, id, id, id, 1, List.of(), 1, false, mirrors);
    }

    private static Hello hello(String version, int slots) {
        var id = UUID.randomUUID();
        return new Hello(Wire.VERSION, id, id, version, List.of(), slots, List.of());
    }

    private static Append append(Append.Moment... later) {
        var id = UUID.randomUUID();
        return new Append(Wire.VERSION, id, id, LEASE, 0, 1, new byte[9], List.of(later));
    }

    private static LateAppend late(long offset, int bytes) {
        var id = UUID.randomUUID();
        return new LateAppend(Wire.VERSION, id, id, LEASE, offset, new byte[bytes]);
    }

    private static Append append(long offset, int bytes) {
        var id = UUID.randomUUID();
        return new Append(Wire.VERSION, id, id, LEASE, offset, 1, new byte[bytes]);
    }
}
