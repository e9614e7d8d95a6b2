package dev.muster.protocol.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.protocol.wire.Wire;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Every pipeline of up to four stages of which some ask, and every way in which they may fail. */
class WhenTest {

    private static final int MOST = 4;

    /** A stage that asks, one that uses the answer, or neither. */
    private enum Kind {
        ASKS,
        USES,
        NEITHER
    }

    private record Planned(When when, Kind kind) {
        String json(int index) {
            return "{'name': 's%d', 'command': '%s', 'when': '%s'%s}"
                    .formatted(
                            index,
                            kind == Kind.USES ? "x {input}" : "x",
                            when,
                            kind == Kind.ASKS ? ", 'input': true" : "")
                    .replace('\'', '"');
        }
    }

    private static Stream<List<Planned>> plans(int length) {
        if (length == 0) {
            return Stream.of(List.of());
        }
        return plans(length - 1)
                .flatMap(
                        plan ->
                                Stream.of(When.values())
                                        .flatMap(
                                                when ->
                                                        Stream.of(Kind.values())
                                                                .map(k -> new Planned(when, k)))
                                        .map(
                                                last -> {
                                                    var longer = new ArrayList<>(plan);
                                                    longer.add(last);
                                                    return List.copyOf(longer);
                                                }));
    }

    /**
     * Whether some stage uses the answer unasked when those fail that have a bit in {@code bad}.
     */
    private static boolean lacksAnswer(List<Planned> plan, int bad) {
        boolean failed = false;
        boolean asked = false;
        for (int i = 0; i < plan.size(); i++) {
            var stage = plan.get(i);
            if (!stage.when().isAfter(failed)) {
                continue;
            }
            if (stage.kind() == Kind.USES && !asked) {
                return true;
            }
            asked |= stage.kind() == Kind.ASKS;
            failed |= (bad >> i & 1) == 1;
        }
        return false;
    }

    @Test
    void aPipelineIsTakenExactlyIfNoFailureLeavesAStageWithoutAnAnswerThatItUses() {
        for (int length = 1; length <= MOST; length++) {
            var plans = plans(length).filter(plan -> plan.getFirst().when() != When.ON_FAILURE);
            plans.forEach(WhenTest::assertTakenIfSound);
        }
    }

    private static void assertTakenIfSound(List<Planned> plan) {
        boolean lacks =
                IntStream.range(0, 1 << plan.size()).anyMatch(bad -> lacksAnswer(plan, bad));
        var stages = IntStream.range(0, plan.size()).mapToObj(i -> plan.get(i).json(i)).toList();

        var read = PipelineReader.read(Wire.tree(stages.toString()), CommandKind.SHELL);

        switch (read) {
            case PipelineReading.Sound(var pipeline) -> {
                assertThat(lacks).as("%s", plan).isFalse();
                assertThat(pipeline.missingFrom(0)).as("%s", plan).isEmpty();
            }
            case PipelineReading.Faulty(var faults) -> {
                assertThat(lacks).as("%s", plan).isTrue();
                assertThat(faults).extracting(Fault::code).containsOnly("no_answer");
            }
        }
    }
}
