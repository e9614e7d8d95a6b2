package dev.muster.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.PromotionAnswer;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.pipeline.Pipeline;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.UUID;

final class WireNullsTest {

    private static final LeaseRef LEASE = new LeaseRef(1, 1, 1);

    @Test
    void anAssignmentWithoutARepositoryArrivesAsItWasSent() {
        var sent =
                new Assignment(
                        LEASE, "d", "p", null, null, "name", "mail", "shell", Pipeline.DEFAULT);

        assertThat(Wire.decode(Wire.encode(sent), Assignment.class)).isEqualTo(sent);
    }

    @Test
    void whatAProjectGivesArrivesAndIsPrintedNowhere() {
        var sent =
                new Assignment(
                        LEASE,
                        "d",
                        "p",
                        null,
                        null,
                        "name",
                        "mail",
                        "shell",
                        Pipeline.DEFAULT,
                        null,
                        new Provision(
                                Map.of("A", "b"),
                                Map.of("S", new Confidential("hunter2")),
                                new GitToken("me", new Confidential("hunter3"))));

        assertThat(Wire.decode(Wire.encode(sent), Assignment.class)).isEqualTo(sent);
        assertThat(sent.toString()).contains("***").doesNotContain("hunter");
    }

    @Test
    void aFactWithoutWorkArrivesAsItWasSentAndSaysNothingTwice() {
        var sent = new Report(LEASE, 2, List.of(new Fact.Succeeded(3, null)));

        var bytes = Wire.encode(sent);

        assertThat(Wire.decode(bytes, Report.class)).isEqualTo(sent);
        assertThat(new String(bytes, UTF_8)).doesNotContain("final");
    }

    @Test
    void whatIsSaidOfAPushArrivesAndItsTokenIsPrintedNowhere() {
        var commit = "0123456789abcdef0123456789abcdef01234567";
        var told =
                new Promotion(
                        1,
                        new UUID(1, 2),
                        LEASE,
                        commit,
                        Promotion.Result.REFUSED,
                        "It is elsewhere.");
        var answer =
                new PromotionAnswer(
                        1,
                        PromotionAnswer.Decision.PROMOTE,
                        "https://git.example.com/shop.git",
                        new GitToken("me", new Confidential("hunter2")));

        assertThat(Wire.decode(Wire.encode(told), Promotion.class)).isEqualTo(told);
        assertThat(Wire.decode(Wire.encode(answer), PromotionAnswer.class)).isEqualTo(answer);
        assertThat(answer.toString()).contains("***").doesNotContain("hunter");
    }

    @Test
    void onlyAnAssignmentOfWhichSomethingIsPushedSaysSo() {
        var sent = assignment(true);
        var other = assignment(false);

        assertThat(Wire.decode(Wire.encode(sent), Assignment.class).isPushed()).isTrue();
        assertThat(new String(Wire.encode(other), UTF_8)).doesNotContain("push");
    }

    private static Assignment assignment(boolean isPushed) {
        return new Assignment(
                LEASE,
                "d",
                "p",
                "r",
                null,
                "n",
                "m",
                "shell",
                Pipeline.DEFAULT,
                null,
                null,
                isPushed);
    }

    @Test
    void aMessageWithoutWhatItMustHaveIsRefused() {
        var bytes = "{\"lease\":{\"task\":1,\"attempt\":1,\"fence\":1}}".getBytes(UTF_8);

        assertThatThrownBy(() -> Wire.decode(bytes, Assignment.class))
                .isInstanceOf(WireException.class);
    }
}
