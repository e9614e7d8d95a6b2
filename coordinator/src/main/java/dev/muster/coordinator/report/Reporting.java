package dev.muster.coordinator.report;

import dev.muster.coordinator.db.Batch;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.secret.Masks;
import dev.muster.coordinator.task.Endings;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Reported;
import dev.muster.protocol.message.Reports;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.wire.Wire;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** Takes workers' reports; those that arrive together are stored together. Thread-safe. */
public final class Reporting {

    private static final int MOST_AT_ONCE = 256;

    private final Batch<ReportStore.FromMachine, ReportStore.Judged> batch;
    private final Meter.MeterProvider<Counter> judged;
    private final Endings endings;

    /**
     * @param masks what is stored is masked once more
     * @param grace how long a silent machine keeps an attempt that it began, unless its project
     *     says otherwise; as it is set now
     * @param least it is never shorter
     */
    public Reporting(
            Database database,
            Masks masks,
            Supplier<Duration> grace,
            Duration least,
            MeterRegistry registry) {
        var store = new ReportStore(database, masks, grace, least);
        this.judged =
                Counter.builder("muster.reports")
                        .description("Reports of attempts, by verdict")
                        .withRegistry(registry);
        this.endings = new Endings(registry);
        this.batch =
                new Batch<>(
                        "taking reports",
                        MOST_AT_ONCE,
                        one -> one.report().lease().task(),
                        store::apply);
    }

    /**
     * Judges each report. The answer fails when the database does; then nothing or all of it is
     * stored.
     */
    public Future<Reported> take(Reports reports) {
        var judgements = reports.reports().stream().map(report -> submit(reports, report)).toList();
        return Future.all(judgements).map(all -> reported(all.list()));
    }

    private Future<ReportStore.Judged> submit(Reports reports, Report report) {
        return batch.submit(new ReportStore.FromMachine(reports.machine(), report))
                .onSuccess(this::count);
    }

    private static Reported reported(List<ReportStore.Judged> judgements) {
        var begun =
                judgements.stream()
                        .map(ReportStore.Judged::begun)
                        .filter(Objects::nonNull)
                        .toList();
        return new Reported(
                Wire.VERSION,
                judgements.stream().map(ReportStore.Judged::verdict).toList(),
                begun.isEmpty() ? null : begun);
    }

    private void count(ReportStore.Judged one) {
        judged.withTag("verdict", one.verdict().name()).increment();
        if (one.ended() != null) {
            var succeeded = one.ended() == TaskState.COMPLETED;
            endings.attempts(succeeded ? "SUCCEEDED" : "FAILED", "finished", 1);
        }
    }
}
