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

    private TestConfig config() {
        return new TestConfig(http.address(), temp.resolve("data")).slots(1);
    }

    @Test
    void itsClusterHostIsOneAddress() {
        for (var host : List.of("0.0.0.0", "::")) {
            assertThatThrownBy(
                            () ->
                                    Worker.start(
                                            config().token(http.drawToken())
                                                    .clusterHost(host)
                                                    .build()))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining(host)
                    .hasMessageContaining("every address");
        }
        assertThat(http.calls("register")).isZero();
    }

    @Test
    void withoutTokenItSaysSoAndLetsTheDirectoryGo() throws Exception {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> Worker.start(config().build()))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("enrolment token");
        }
    }

    @Test
    void aUsedTokenEndsTheStartWithOneSentence() {
        assertThatThrownBy(() -> Worker.start(config().token("used").build()))
                .isInstanceOf(StartFailure.class)
                .hasMessage(
                        "The enrolment token was refused: This enrolment token was used already.");
    }

    @Test
    void twoDaemonsDoNotShareADirectoryAndOneWithoutContactClosesQuickly() throws Exception {
        try (var worker = Worker.start(config().token(http.drawToken()).build())) {
            assertThat(worker.awaitConnected(Duration.ofMillis(1))).isFalse();

            assertThatThrownBy(() -> Worker.start(config().build()))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining(temp.resolve("data").toString());
        }
    }
}
