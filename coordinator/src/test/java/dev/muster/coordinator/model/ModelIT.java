package dev.muster.coordinator.model;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

import java.util.List;

/** Queue, leases, reports, logs and gates do what their model does, whatever happens to them. */
class ModelIT {

    private static final int MOST_STEPS = 100;

    private static Bench bench;

    @BeforeContainer
    static void open() {
        bench = new Bench();
        for (var project : Project.values()) {
            bench.project(project.json());
        }
    }

    @AfterContainer
    static void close() {
        bench.close();
    }

    @Provide
    Arbitrary<List<Step>> sequences() {
        return Steps.sequences(MOST_STEPS);
    }

    @Property(seed = "20266", edgeCases = EdgeCasesMode.NONE)
    @AddLifecycleHook(AsOftenAsTold.class)
    void theDatabaseIsWhatTheModelIs(@ForAll("sequences") List<Step> steps) {
        new Play(bench).play(steps);
    }
}
