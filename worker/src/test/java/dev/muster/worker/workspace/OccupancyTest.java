package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

@Timeout(20)
final class OccupancyTest {

    private final Occupancy occupancy = new Occupancy();

    @Test
    void whatIsUsedIsNotRemovedUntilTheLastOneLeft() throws Exception {
        occupancy.enter("1-a1");
        occupancy.enter("1-a1");

        occupancy.leave("1-a1");
        assertThat(occupancy.remove("1-a1", () -> true)).isFalse();
        assertThat(occupancy.remove("2-a1", () -> true)).isTrue();
        occupancy.leave("1-a1");
        occupancy.leave("1-a1");
        assertThat(occupancy.remove("1-a1", () -> true)).isTrue();
    }

    @Test
    void whoComesWhileItIsRemovedEntersAfterwards() throws Exception {
        var removing = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var removed = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var removal =
                    threads.submit(
                            () ->
                                    occupancy.remove(
                                            "1-a1",
                                            () -> {
                                                removing.countDown();
                                                await(mayEnd);
                                                removed.countDown();
                                                return true;
                                            }));
            removing.await();
            var entering =
                    threads.submit(
                            () -> {
                                occupancy.enter("1-a1");
                                return removed.getCount();
                            });
            assertThat(occupancy.remove("1-a1", () -> true)).isFalse();
            occupancy.enter("2-a1");
            mayEnd.countDown();

            assertThat(entering.get()).isZero();
            assertThat(removal.get()).isTrue();
        }
        assertThat(occupancy.isUsed("1-a1")).isTrue();
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
