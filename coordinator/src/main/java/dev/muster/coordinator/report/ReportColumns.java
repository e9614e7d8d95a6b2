package dev.muster.coordinator.report;

import dev.muster.coordinator.report.ReportStore.FromMachine;
import dev.muster.protocol.task.TaskState;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Reports turned on their side: the arrays that one statement unnests. */
final class ReportColumns {

    /** An event with the task it belongs to and its place, from 1, among those of its report. */
    record ToldEvent(long task, int place, Effect.Event event) {}

    private final List<FromMachine> reports;
    private final List<Effect> effects;
    private final List<ToldEvent> events = new ArrayList<>();

    ReportColumns(List<FromMachine> reports) {
        this.reports = reports;
        this.effects = reports.stream().map(one -> Effect.of(one.report())).toList();
        for (int i = 0; i < reports.size(); i++) {
            var told = effects.get(i).events();
            for (int place = 1; place <= told.size(); place++) {
                events.add(
                        new ToldEvent(
                                reports.get(i).report().lease().task(),
                                place,
                                told.get(place - 1)));
            }
        }
    }

    /** How the attempt of the report at {@code place}, from 0, ends by it; null if it does not. */
    @Nullable TaskState end(int place) {
        return effects.get(place).end();
    }

    <T> @Nullable T[] of(IntFunction<T[]> array, Function<FromMachine, @Nullable T> column) {
        return reports.stream().map(column).toArray(array);
    }

    <T> @Nullable T[] ofEffects(IntFunction<T[]> array, Function<Effect, @Nullable T> column) {
        return effects.stream().map(column).toArray(array);
    }

    <T> @Nullable T[] ofHealth(IntFunction<T[]> array, Function<AgentHealth, @Nullable T> column) {
        return reports.stream()
                .map(one -> AgentHealth.of(one.report()))
                .map(health -> health == null ? null : column.apply(health))
                .toArray(array);
    }

    <T> @Nullable T[] ofEvents(IntFunction<T[]> array, Function<ToldEvent, @Nullable T> column) {
        return events.stream().map(column).toArray(array);
    }
}
