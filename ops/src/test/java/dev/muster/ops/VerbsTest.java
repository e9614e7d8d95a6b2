package dev.muster.ops;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

final class VerbsTest {

    private record Ran(int exit, String out, String err) {}

    @ParameterizedTest
    @ValueSource(strings = {"up", "demo", "coordinator", "worker", "audit", "secrets"})
    void everyVerbExplainsItselfWithExamples(String verb) {
        var ran = run(verb, "--help");

        assertThat(ran.exit()).isZero();
        assertThat(ran.out())
                .contains("Usage: muster " + verb)
                .contains("Examples:")
                .contains("Exit codes:");
        assertThat(run(verb, "--version").out()).startsWith("muster ");
    }

    @Test
    void withoutAVerbThereIsHelpAndTwo() {
        assertThat(run().exit()).isEqualTo(2);
        assertThat(run().err()).contains("Verbs:");
    }

    @Test
    void aMistypedVerbIsAnsweredInOneSentence() {
        var ran = run("coordinater");

        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err())
                .contains("muster: ")
                .contains("Did you mean")
                .doesNotContain("Usage:");
    }

    @Test
    void aMalformedFlagIsTwoAndNamesIt() {
        var ran = run("coordinator", "--port", "x");

        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.err()).contains("port (flag --port): 'x'");
    }

    @Test
    void settingsArePrintedWithoutStartingAnything(@TempDir Path dir) {
        var ran =
                run(
                        "worker",
                        "--print-config",
                        "--token",
                        "s3cret",
                        "--data",
                        dir.resolve("x").toString());

        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).contains("token: ***  # flag --token").doesNotContain("s3cret");
        assertThat(dir.resolve("x")).doesNotExist();
    }

    @Test
    void aDataDirectoryOfANewerVersionIsLeftAlone(@TempDir Path dir) throws Exception {
        Files.writeString(dir.resolve("version"), "2\n");

        var ran = run("up", "--data", dir.toString(), "--port", "0");

        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains("was written by a newer Muster (layout 2");
        assertThat(dir.resolve("postgres")).doesNotExist();
    }

    @Test
    void aTakenPortIsNamedAndNothingIsStarted(@TempDir Path dir) throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var ran = run("up", "--data", dir.toString(), "--port", "" + taken.getLocalPort());

            assertThat(ran.exit()).isEqualTo(1);
            assertThat(ran.err())
                    .contains("port " + taken.getLocalPort() + " of 127.0.0.1 is taken");
            assertThat(dir.resolve("postgres")).doesNotExist();
        }
    }

    @Test
    void anAuditLogWithoutItsKeyIsNotCheckedAndNoKeyIsMade(@TempDir Path dir) {
        var ran = run("audit", "verify", "--data", dir.toString());

        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains("no master.key in " + dir);
        assertThat(dir).isEmptyDirectory();
        assertThat(run("audit", "verify", "--head", "7").exit()).isEqualTo(2);
        assertThat(run("audit").exit()).isEqualTo(2);
        assertThat(run("audit", "verify", "--help").out()).contains("Exit codes: 0 whole");
    }

    @Test
    void aKeyIsNotRotatedWithoutSomebodyWhoAsks() {
        var nobody = run("secrets", "rotate-key", "--server", "http://127.0.0.1:1");

        assertThat(nobody.exit()).isEqualTo(1);
        assertThat(nobody.err()).contains("set MUSTER_TOKEN");
        assertThat(run("secrets").exit()).isEqualTo(2);
        assertThat(run("secrets", "rotate-key", "--patience", "-1").exit()).isEqualTo(2);
        assertThat(run("secrets", "rotate-key", "--server", "ftp://x").err()).contains("--server");
        assertThat(run("secrets", "rotate-key", "--help").out())
                .contains("muster secrets rotate-key --server")
                .contains("Exit codes: 0 all are sealed anew");
    }

    private static Ran run(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var program = Muster.commandLine(System.getenv());
        program.setOut(new PrintWriter(out, true));
        program.setErr(new PrintWriter(err, true));
        return new Ran(program.execute(arguments), out.toString(), err.toString());
    }
}
