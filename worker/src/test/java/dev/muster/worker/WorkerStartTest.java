package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

final class WorkerStartTest {

    @TempDir private Path temp;
    private FakeHttp http;

    @BeforeEach
    void start() throws Exception {
        http = new FakeHttp();
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
    }

    private WorkerConfig config(String token, String clusterHost) {
        return new WorkerConfig(
                http.address(),
                Optional.ofNullable(token),
                "test",
                temp.resolve("data"),
                1,
                List.of(),
                WorkerConfig.Transport.CLUSTER,
                clusterHost,
                Duration.ofSeconds(1),
                WorkerConfig.DEFAULT_JOURNAL_LIMIT,
                WorkerConfig.Disk.DEFAULT);
    }

    @Test
    void itsClusterHostIsOneAddress() {
        for (var host : List.of("0.0.0.0", "::")) {
            assertThatThrownBy(() -> Worker.start(config(http.drawToken(), host)))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining(host)
                    .hasMessageContaining("every address");
        }
        assertThat(http.calls("register")).isZero();
    }

    @Test
    void withoutTokenItSaysSoAndLetsTheDirectoryGo() throws Exception {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> Worker.start(config(null, "127.0.0.1")))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("enrolment token");
        }
    }

    @Test
    void aUsedTokenEndsTheStartWithOneSentence() {
        assertThatThrownBy(() -> Worker.start(config("used", "127.0.0.1")))
                .isInstanceOf(StartFailure.class)
                .hasMessage(
                        "The enrolment token was refused: This enrolment token was used already.");
    }

    @Test
    void twoDaemonsDoNotShareADirectoryAndOneWithoutContactClosesQuickly() throws Exception {
        try (var worker = Worker.start(config(http.drawToken(), "127.0.0.1"))) {
            assertThat(worker.awaitConnected(Duration.ofMillis(1))).isFalse();

            assertThatThrownBy(() -> Worker.start(config(null, "127.0.0.1")))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining(temp.resolve("data").toString());
        }
    }
}
