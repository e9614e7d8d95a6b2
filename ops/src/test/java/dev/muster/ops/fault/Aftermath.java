package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.RunningProcess;
import dev.muster.ops.harness.Sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/** What must hold of a site, whatever happened, once all of it but its database was stopped. */
final class Aftermath {

    private static final Pattern SERVER = Pattern.compile("(\\S*/)?postgres[: ].*", Pattern.DOTALL);

    private final Sandbox sandbox;
    private final SiteDatabase database;

    Aftermath(Sandbox sandbox, SiteDatabase database) {
        this.sandbox = sandbox;
        this.database = database;
    }

    /** Of all that is stored, and of everybody who wrote it. */
    void check(Collection<String> workers) throws Exception {
        assertNothingRuns();
        assertLogsAreWhatWasPrinted(workers);
        assertThat(database.violations()).isEmpty();
        assertTheAuditLogIsWhole();
    }

    /** Nor does what hid: a process is also known by its directory and its arguments. */
    private void assertNothingRuns() throws Exception {
        try {
            Eventually.holds(
                    "nothing runs but the database",
                    Duration.ofSeconds(10),
                    () -> running().isEmpty());
        } catch (AssertionError e) {
            throw new AssertionError("processes are left: " + running(), e);
        }
    }

    private List<RunningProcess> running() throws IOException {
        return sandbox.processes().stream()
                .filter(process -> !SERVER.matcher(process.command()).matches())
                .toList();
    }

    /** What is stored is the beginning of what is still on the disk of whoever printed it. */
    void assertLogsAreWhatWasPrinted(Collection<String> workers) throws IOException {
        for (var worker : workers) {
            for (var printed : disk(worker).all()) {
                var stored = database.stored(printed.lease(), printed.from());
                assertThat(Arrays.mismatch(stored, printed.bytes()))
                        .as("what %s printed, of %d bytes stored", printed.lease(), stored.length)
                        .isIn(-1, stored.length);
            }
        }
    }

    /** The disk of one of its workers. */
    WorkerDisk disk(String worker) throws IOException {
        var copies = Files.createDirectories(sandbox.root().resolve("copies"));
        return new WorkerDisk(sandbox.root().resolve(worker), copies);
    }

    private void assertTheAuditLogIsWhole() throws Exception {
        sandbox.withJavaOptions("").with("MUSTER_DATABASE_URL", database.url());
        var verify = sandbox.muster("audit", "verify", "--data=" + sandbox.data());
        assertThat(verify.awaitExit(Site.LONG)).as(verify.output()).isZero();
    }
}
