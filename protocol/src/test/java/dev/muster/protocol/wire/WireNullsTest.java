package dev.muster.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.pipeline.Pipeline;

import org.junit.jupiter.api.Test;

import java.util.List;

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
    void aFactWithoutWorkArrivesAsItWasSentAndSaysNothingTwice() {
        var sent = new Report(LEASE, 2, List.of(new Fact.Succeeded(3, null)));

        var bytes = Wire.encode(sent);

        assertThat(Wire.decode(bytes, Report.class)).isEqualTo(sent);
        assertThat(new String(bytes, UTF_8)).doesNotContain("final");
    }

    @Test
    void aMessageWithoutWhatItMustHaveIsRefused() {
        var bytes = "{\"lease\":{\"task\":1,\"attempt\":1,\"fence\":1}}".getBytes(UTF_8);

        assertThatThrownBy(() -> Wire.decode(bytes, Assignment.class))
                .isInstanceOf(WireException.class);
    }
}
