package dev.muster.coordinator.dispatch.explain;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.dispatch.FleetStore;
import dev.muster.coordinator.dispatch.rule.Eligibility;
import dev.muster.coordinator.dispatch.rule.Openings;
import dev.muster.coordinator.dispatch.rule.Sentences;
import dev.muster.protocol.task.TaskState;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Says why a task waits. Thread-safe. */
public final class Explanations {

    private final ExplainStore store;
    private final FleetStore fleet;
    private final Supplier<Eligibility> rules;

    /**
     * @param ageing in which a waiting task rises by one point of priority, as it is set now
     */
    public Explanations(Database database, Supplier<Eligibility> rules, Supplier<Duration> ageing) {
        this.store = new ExplainStore(database, ageing);
        this.fleet = new FleetStore(database);
        this.rules = rules;
    }

    /**
     * @param numbers whether whoever asks may know how busy machines are
     */
    Optional<Explanation> of(long task, boolean numbers) {
        return store.find(task)
                .map(
                        subject ->
                                new Explanation(
                                        subject,
                                        verdicts(subject),
                                        new Sentences(rules.get(), subject.limit(), numbers)));
    }

    private List<Verdict> verdicts(Subject task) {
        if (task.state() != TaskState.QUEUED) {
            return List.of();
        }
        var now = rules.get();
        return fleet.all(task.wanted().pinned()).stream()
                .map(
                        one ->
                                new Verdict(
                                        one.machine(),
                                        now.refusals(
                                                task.wanted(),
                                                one.machine(),
                                                new Openings(one.free(), task.room()))))
                .toList();
    }
}
