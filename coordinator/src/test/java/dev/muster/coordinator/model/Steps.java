package dev.muster.coordinator.model;

import dev.muster.coordinator.model.Step.Fit;
import dev.muster.coordinator.model.Step.Told;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

import java.util.List;
import java.util.stream.Stream;

/** Draws steps, the usual ones more often. */
final class Steps {

    static final int MACHINES = 3;

    /**
     * So many choices of a right are of those that workers have, and further ones of the others.
     */
    static final int HELD = 7;

    private static final Arbitrary<Boolean> EITHER = Arbitraries.of(true, false);
    // the same one often, since what comes back to its machine is easily mistaken
    private static final Arbitrary<Integer> MACHINE = Arbitraries.of(0, 0, 0, 1, 1, 2);
    private static final Arbitrary<Integer> TASK = Arbitraries.integers().between(0, 5);
    private static final Arbitrary<Integer> RIGHT = Arbitraries.integers().between(0, HELD + 2);
    private static final Arbitrary<Fit> FIT =
            Arbitraries.frequency(
                    Tuple.of(8, Fit.NEXT),
                    Tuple.of(2, Fit.AGAIN),
                    Tuple.of(1, Fit.AHEAD),
                    Tuple.of(1, Fit.STRANGER));
    private static final Arbitrary<Told> TOLD =
            Arbitraries.frequency(
                    Tuple.of(16, Told.USUAL),
                    Tuple.of(1, Told.STARTED),
                    Tuple.of(1, Told.ASKED),
                    Tuple.of(1, Told.WENT_ON),
                    Tuple.of(1, Told.SUCCEEDED),
                    Tuple.of(3, Told.FAILED));

    private Steps() {}

    /** Of up to so many steps. */
    static Arbitrary<List<Step>> sequences(int most) {
        var all =
                Stream.of(ofPeople(), ofMachines(), ofDaemons(), ofTime())
                        .flatMap(List::stream)
                        .toList();
        return Arbitraries.frequencyOf(all)
                .list()
                .ofMinSize(1)
                .ofMaxSize(most)
                .withSizeDistribution(RandomDistribution.uniform());
    }

    private static List<Tuple2<Integer, Arbitrary<Step>>> ofPeople() {
        var creations =
                Combinators.combine(
                                Arbitraries.of(Project.class),
                                Arbitraries.of(0, 0, 0, 1),
                                Arbitraries.of(MACHINES, MACHINES, 0, 1))
                        .as(Step.Create::new);
        var answers =
                Combinators.combine(Arbitraries.integers().between(0, 3), EITHER, EITHER)
                        .as(Step.Answer::new);
        return List.of(
                weighed(10, creations),
                weighed(12, answers),
                weighed(3, TASK.map(Step.Cancel::new)),
                weighed(9, Combinators.combine(TASK, EITHER).as(Step.Retry::new)),
                weighed(1, MACHINE.map(Step.Drain::new)),
                weighed(1, MACHINE.map(Step.Undrain::new)),
                weighed(1, MACHINE.map(Step.Decommission::new)));
    }

    private static List<Tuple2<Integer, Arbitrary<Step>>> ofMachines() {
        var pulls =
                Combinators.combine(MACHINE, Arbitraries.integers().between(1, 3))
                        .as(Step.Pull::new);
        var prints =
                Combinators.combine(RIGHT, Arbitraries.integers().between(1, 5), FIT)
                        .as(Step.Print::new);
        return List.of(
                weighed(16, pulls),
                weighed(2, Arbitraries.create(Step.EachBegins::new)),
                weighed(3, MACHINE.map(Step.GrantAnew::new)),
                weighed(2, MACHINE.map(Step.PullTogether::new)),
                weighed(36, Combinators.combine(RIGHT, TOLD, FIT).as(Step.Tell::new)),
                weighed(4, Combinators.combine(RIGHT, EITHER).as(Step.TellTwice::new)),
                weighed(12, prints));
    }

    private static List<Tuple2<Integer, Arbitrary<Step>>> ofDaemons() {
        var late = Arbitraries.of(Told.USUAL, Told.SUCCEEDED, Told.FAILED, Told.WENT_ON);
        var silences =
                Combinators.combine(
                                MACHINE,
                                Arbitraries.of(Project.class),
                                EITHER,
                                Arbitraries.of(false, false, true),
                                late,
                                late)
                        .as(Step.FinishInSilence::new);
        return List.of(
                weighed(2, RIGHT.map(Step.Forget::new)),
                weighed(3, RIGHT.map(Step.Finish::new)),
                weighed(4, silences),
                weighed(2, MACHINE.map(Step.Beat::new)),
                weighed(2, Combinators.combine(MACHINE, EITHER).as(Step.BeatOfThePast::new)),
                weighed(6, MACHINE.map(Step.FallSilent::new)),
                weighed(2, Arbitraries.create(Step.Cut::new)),
                weighed(6, MACHINE.map(Step.Return::new)),
                weighed(1, MACHINE.map(Step.Reconnect::new)),
                weighed(5, Combinators.combine(MACHINE, EITHER).as(Step.Restart::new)),
                weighed(1, MACHINE.map(Step.HelloFromTheGrave::new)));
    }

    private static List<Tuple2<Integer, Arbitrary<Step>>> ofTime() {
        return List.of(
                weighed(9, Arbitraries.of(1, 3, 3, 6).map(Step.Pass::new)),
                weighed(1, Arbitraries.create(Step.Outage::new)),
                weighed(5, Arbitraries.create(Step.SweepGates::new)));
    }

    private static Tuple2<Integer, Arbitrary<Step>> weighed(
            int weight, Arbitrary<? extends Step> steps) {
        return Tuple.of(weight, steps.map(step -> (Step) step));
    }
}
