package dev.muster.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Verdict;
import dev.muster.worker.run.Outbox.Next;

import org.junit.jupiter.api.Test;

import java.util.List;

final class OutboxTest {

    private static final int ENOUGH = 100_000;
    private static final Fact STARTED = new Fact.StageStarted(0, 0, "one", null);
    private static final Fact ENDED = new Fact.StageEnded(1, 0, "one", true, 0, null);
    private static final Fact DONE = new Fact.Succeeded(2, null);

    private final Outbox outbox = new Outbox(new LeaseRef(1, 1, 1));

    private Report next() {
        return outbox.next(ENOUGH).orElseThrow();
    }

    @Test
    void theFirstFactAsksForATurnAndThoseThatGatherMeanwhileDoNot() {
        assertThat(outbox.add(STARTED)).isTrue();
        assertThat(outbox.add(ENDED)).isFalse();
        assertThat(next().facts()).containsExactly(STARTED, ENDED);
    }

    @Test
    void whatGathersWhileAReportIsOnItsWayGoesWithTheNextOne() {
        outbox.add(STARTED);
        var first = next();
        assertThat(outbox.add(ENDED)).isFalse();
        assertThat(outbox.add(DONE)).isFalse();

        assertThat(outbox.settle(first, Verdict.ACCEPTED)).isEqualTo(Next.AGAIN);

        var second = next();
        assertThat(second.first()).isEqualTo(2);
        assertThat(second.facts()).containsExactly(ENDED, DONE);
        assertThat(outbox.settle(second, Verdict.ACCEPTED)).isEqualTo(Next.DONE);
    }

    @Test
    void afterAGapEverythingIsToldAgain() {
        outbox.add(STARTED);
        outbox.settle(next(), Verdict.ACCEPTED);
        outbox.add(ENDED);

        assertThat(outbox.settle(next(), Verdict.GAP)).isEqualTo(Next.AGAIN);

        assertThat(next()).isEqualTo(new Report(outbox.lease(), 1, List.of(STARTED, ENDED)));
    }

    @Test
    void nothingFollowsAFinalFact() {
        outbox.add(STARTED);
        outbox.add(DONE);
        outbox.add(ENDED);

        assertThat(next().facts()).containsExactly(STARTED, DONE);
    }

    @Test
    void afterAStaleVerdictNothingIsTold() {
        outbox.add(STARTED);
        var report = next();
        outbox.add(ENDED);

        assertThat(outbox.settle(report, Verdict.STALE)).isEqualTo(Next.STALE);

        assertThat(outbox.add(DONE)).isFalse();
        assertThat(outbox.next(ENOUGH)).isEmpty();
    }

    @Test
    void aReportTakesNoMoreBytesThanAllowedButAlwaysOneFact() {
        outbox.add(STARTED);
        outbox.add(ENDED);

        assertThat(outbox.next(1).orElseThrow().facts()).containsExactly(STARTED);
    }
}
