package dev.muster.ops.up;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.stream.Stream;

class RestartsTest {

    private final Restarts restarts = new Restarts();

    private long pauseAfter(int seconds) {
        return restarts.pauseAfter(Duration.ofSeconds(seconds)).toSeconds();
    }

    @Test
    void whatKeepsEndingIsStartedEverMoreSlowly() {
        var pauses = Stream.generate(() -> pauseAfter(1)).limit(8).toList();

        assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L, 30L);
    }

    @Test
    void whatLivedAMinuteIsStartedAtOnceAgain() {
        pauseAfter(1);
        pauseAfter(1);

        assertThat(pauseAfter(60)).isEqualTo(4);
        assertThat(pauseAfter(61)).isEqualTo(1);
        assertThat(pauseAfter(1)).isEqualTo(2);
    }
}
