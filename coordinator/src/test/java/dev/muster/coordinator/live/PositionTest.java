package dev.muster.coordinator.live;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

class PositionTest {

    @Property
    void whatPostgresWritesIsRead(
            @ForAll @LongRange(min = 1, max = 1L << 40) long begin,
            @ForAll @Size(max = 20) Set<@LongRange(min = 0, max = 1000) Long> running) {
        var end = begin + 1001;
        var word =
                "%d:%d:%s"
                        .formatted(
                                begin,
                                end,
                                new TreeSet<>(running)
                                        .stream()
                                                .map(one -> Long.toString(begin + one))
                                                .collect(Collectors.joining(",")));

        var position = new Position(7, word);

        assertThat(Position.read(position.word())).contains(position);
        assertThat(position.isBefore(position)).isTrue();
        assertThat(new Position(7, "1:" + (end + 1) + ":").isBefore(position)).isFalse();
        assertThat(new Position(8, word).isBefore(position)).isFalse();
    }

    @Property
    void anythingElseIsRefusedAndNothingBreaks(@ForAll String word) {
        assertThat(Position.read(word)).isEmpty();
    }

    @Test
    void whatPostgresWouldRefuseIsRefused() {
        for (var word :
                new String[] {
                    "",
                    "0:1:",
                    "3:2:",
                    "1:9:9",
                    "1:9:3,3",
                    "1:9:4,3",
                    "2:9:1",
                    "1:9:3,",
                    "1:9",
                    "99999999999999999999:1:",
                    "1:2:" + "1".repeat(4000)
                }) {
            assertThat(Position.read("0-" + word)).as(word).isEmpty();
        }
        assertThat(Position.read("1:1:")).isEmpty();
        assertThat(Position.read("0-1:1:")).isPresent();
        assertThat(Position.read(null)).isEmpty();
    }
}
