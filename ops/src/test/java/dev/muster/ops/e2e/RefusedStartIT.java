package dev.muster.ops.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Sandbox;
import dev.muster.ops.harness.Started;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Starts that cannot be meant: an exit code, a sentence that names the thing, and nothing made. */
final class RefusedStartIT {

    private static final int CANNOT_START = 1;
    private static final int CANNOT_BE_MEANT = 2;
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Sandbox sandbox;

    @BeforeEach
    void sandbox() throws Exception {
        sandbox = Sandbox.in(root);
    }

    @AfterEach
    void clear() throws Exception {
        sandbox.close();
    }

    @Test
    void anUnknownFlag() throws Exception {
        assertRefused(up("--prot", "9000"), CANNOT_BE_MEANT, "--prot");
        assertThat(sandbox.data()).doesNotExist();
    }

    @Test
    void aMalformedValue() throws Exception {
        assertRefused(up("--port", "90000"), CANNOT_BE_MEANT, "port (flag --port): '90000'");
        assertThat(sandbox.data()).doesNotExist();
    }

    @Test
    void unknownAndMalformedVariablesAllAtOnce() throws Exception {
        sandbox.with("MUSTER_PROT", "9000").with("MUSTER_LEASE_GRACE", "soon");

        var refused = up();

        assertRefused(refused, CANNOT_BE_MEANT, "MUSTER_PROT");
        assertThat(refused.output())
                .contains("lease.grace (environment MUSTER_LEASE_GRACE): 'soon'");
        assertThat(sandbox.data()).doesNotExist();
    }

    @Test
    void anUnknownKeyInTheConfiguration() throws Exception {
        var distribution = sandbox.copyOfDistribution();
        Files.writeString(distribution.resolve("conf/coordinator.yaml"), "lease:\n  gracee: 10m\n");

        var refused = sandbox.muster(distribution, "up", "--data", sandbox.data().toString());

        assertRefused(refused, CANNOT_BE_MEANT, "lease.gracee (file ");
        assertThat(refused.output()).contains("conf/coordinator.yaml");
        assertThat(sandbox.data()).doesNotExist();
    }

    @Test
    void aPortInUse() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = Integer.toString(taken.getLocalPort());

            assertRefused(up("--port", port), CANNOT_START, "port " + port);
        }
        assertThat(sandbox.data().resolve("postgres")).doesNotExist();
    }

    @Test
    void aDataDirectoryOfANewerVersion() throws Exception {
        Files.createDirectory(sandbox.data());
        Files.writeString(sandbox.data().resolve("version"), "99\n");

        var refused = up();

        assertRefused(refused, CANNOT_START, "written by a newer Muster");
        assertThat(refused.output()).contains(sandbox.data().toString()).contains("99");
        assertThat(sandbox.data().resolve("postgres")).doesNotExist();
        assertThat(sandbox.data().resolve("version")).hasContent("99");
    }

    private Started up(String... more) throws Exception {
        var arguments = new ArrayList<String>();
        arguments.add("up");
        arguments.add("--data");
        arguments.add(sandbox.data().toString());
        arguments.addAll(List.of(more));
        return sandbox.muster(arguments.toArray(String[]::new));
    }

    private void assertRefused(Started process, int code, String named) throws Exception {
        assertThat(process.awaitExit(LONG)).as(process.output()).isEqualTo(code);
        assertThat(process.output())
                .startsWith("muster: ")
                .contains(named)
                .doesNotContain("Exception")
                .doesNotContain("\tat ");
        sandbox.assertNothingRuns(Duration.ofSeconds(1));
    }
}
