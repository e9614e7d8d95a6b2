package dev.muster.ops;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The script itself, with JDKs and a Maven that only say what they were asked. */
final class LauncherTest {

    private static final Path SCRIPT = Path.of("muster").toAbsolutePath();

    @TempDir Path scratch;

    private Path root;
    private Path home;
    private final Map<String, String> environment = new HashMap<>();

    private record Ran(int exit, String out, String err) {}

    @BeforeEach
    void aMachineWithNothingOnIt() throws IOException {
        root = Files.createDirectory(scratch.resolve("with spaces"));
        home = Files.createDirectory(root.resolve("home"));
        environment.put("HOME", home.toString());
        environment.put("PATH", programs().toString());
    }

    @Test
    void aDistributionRunsWithTheJdkThatJavaHomeNames() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-25", "25.0.3").toString());
        environment.put("MUSTER_JAVA_OPTS", "-Xmx99m -Dx=y");

        var ran = run(distribution().resolve("bin/muster"), "up", "--data", "a b");

        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("java of jdk-25")
                .contains("[-Xmx512m]")
                .contains("[-Xmx99m]\n[-Dx=y]\n[-cp]")
                .contains(
                        "["
                                + distribution()
                                + "/lib/*]\n[dev.muster.ops.Muster]\n[up]\n[--data]\n[a b]\n");
    }

    @Test
    void symbolicLinksLeadHome() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-25", "25").toString());
        var first =
                Files.createSymbolicLink(
                        root.resolve("first"), distribution().resolve("bin/muster"));
        var second = Files.createSymbolicLink(home.resolve("second"), Path.of("../first"));
        assertThat(first).exists();

        var ran = run(second, "--version");

        assertThat(ran.out()).contains("[-Dmuster.home=" + distribution() + "]");
    }

    @Test
    void anOldJavaHomeIsPassedOverForANewOneElsewhere() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-21", "21.0.2").toString());
        var candidates = Files.createDirectories(home.resolve(".sdkman/candidates/java"));
        Files.move(jdk("moved", "99.0.1"), candidates.resolve("99-tem"));

        assertThat(run(distribution().resolve("bin/muster"), "up").out()).contains("java of moved");
    }

    @Test
    void theJavaOnThePathIsFoundThroughItsLinks() throws Exception {
        var jdk = jdk("jdk-26", "26-ea");
        var programs = Path.of(environment.get("PATH"));
        Files.createSymbolicLink(programs.resolve("java"), jdk.resolve("bin/java"));

        assertThat(run(distribution().resolve("bin/muster"), "up").out())
                .contains("java of jdk-26");
    }

    @Test
    void aTreeIsBuiltOnceAndAgainWhenASourceIsNewer() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-25", "25").toString());
        var tree = tree();
        var launcher = tree.resolve("ops/muster");

        var first = run(launcher, "--version");
        assertThat(first.exit()).as(first.err()).isZero();
        assertThat(first.err())
                .contains("Building Muster from " + tree)
                .contains("[1/2] Muster protocol");
        assertThat(first.out())
                .contains("[-Dmuster.source=" + tree + "]")
                .contains("/ops/target/launch/2");

        assertThat(run(launcher, "--version").err()).isEmpty();

        var source = tree.resolve("ops/src/A.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(run(launcher, "--version").err()).contains("Building Muster");
    }

    @Test
    void aFailedBuildSaysWhyAndLeavesNothingToRun() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-25", "25").toString());
        var tree = tree();
        script(
                Path.of(environment.get("PATH"), "mvn"),
                "echo '[ERROR] A.java:[1,1] no such thing'; exit 1");

        var ran = run(tree.resolve("ops/muster"), "up");

        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains("no such thing").contains("the build failed");
        assertThat(run(tree.resolve("ops/muster"), "up").exit()).isEqualTo(1);
    }

    @Test
    void withoutMavenATreeSaysWhatToInstall() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-25", "25").toString());
        var tree = tree();
        Files.delete(Path.of(environment.get("PATH"), "mvn"));

        var ran = run(tree.resolve("ops/muster"), "up");

        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains("needs Maven").contains("apt install maven");
    }

    @Test
    void withoutNpmATreeSaysWhatToInstall() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-25", "25").toString());
        var tree = tree();
        Files.delete(Path.of(environment.get("PATH"), "npm"));

        var ran = run(tree.resolve("ops/muster"), "up");

        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains("needs Node with npm").contains("apt install npm");
    }

    @Test
    void elsewhereTheScriptSaysWhereItBelongs() throws Exception {
        environment.put("JAVA_HOME", jdk("jdk-25", "25").toString());
        var stray = Files.copy(SCRIPT, home.resolve("muster"));

        var ran = run(stray, "up");

        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains("belongs in the bin directory");
    }

    // ---- words -------------------------------------------------------------------------------

    private Path distribution() throws IOException {
        var dist = root.resolve("dist");
        if (!Files.exists(dist)) {
            Files.createDirectories(dist.resolve("lib"));
            Files.createDirectories(dist.resolve("conf"));
            Files.createDirectories(dist.resolve("bin"));
            Files.copy(SCRIPT, dist.resolve("bin/muster"));
        }
        return dist.toRealPath();
    }

    /** A source tree, and a Maven that builds it by making the directories. */
    private Path tree() throws IOException {
        var tree = Files.createDirectory(root.resolve("tree"));
        for (var module : List.of("protocol", "protocol/cluster", "ops")) {
            Files.createDirectories(tree.resolve(module).resolve("src"));
            Files.writeString(tree.resolve(module).resolve("pom.xml"), "<project/>");
            Files.writeString(tree.resolve(module).resolve("src/A.java"), "");
        }
        Files.writeString(tree.resolve("pom.xml"), "<project/>");
        Files.copy(SCRIPT, tree.resolve("ops/muster"));
        var made = tree.resolve("ops/target/distribution/muster");
        script(Path.of(environment.get("PATH"), "npm"), "");
        script(
                Path.of(environment.get("PATH"), "mvn"),
                """
                echo '[INFO] Building Muster protocol 0.1.0-SNAPSHOT                               [1/2]'
                echo '[INFO] --- compiler:3.16.0:compile (default-compile) @ muster-protocol ---'
                mkdir -p '%s/lib' '%s/conf'
                """
                        .formatted(made, made));
        return tree.toRealPath();
    }

    /** A directory that looks like a JDK; its java prints its arguments, one a line. */
    private Path jdk(String name, String version) throws IOException {
        var jdk = Files.createDirectories(root.resolve(name));
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        script(jdk.resolve("bin/java"), "echo 'java of " + name + "'\nprintf '[%s]\\n' \"$@\"");
        script(jdk.resolve("bin/javac"), "");
        return jdk;
    }

    /** The ordinary programs a script may use, and no java. */
    private Path programs() throws IOException {
        var programs = Files.createDirectory(root.resolve("programs"));
        for (var program :
                List.of(
                        "sed",
                        "readlink",
                        "dirname",
                        "find",
                        "head",
                        "cat",
                        "date",
                        "mkdir",
                        "mv",
                        "rm",
                        "touch",
                        "uname",
                        "grep",
                        "flock")) {
            for (var place : List.of("/usr/bin", "/bin")) {
                var found = Path.of(place, program);
                if (Files.exists(found) && !Files.exists(programs.resolve(program))) {
                    script(programs.resolve(program), "exec " + found + " \"$@\"");
                }
            }
        }
        return programs;
    }

    private static void script(Path file, String body) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Ran run(Path launcher, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("/bin/sh", launcher.toString()));
        command.addAll(List.of(arguments));
        var out = scratch.resolve("out").toFile();
        var err = scratch.resolve("err").toFile();
        var builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
        builder.environment().clear();
        builder.environment().putAll(environment);
        var process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Ran(
                process.exitValue(),
                Files.readString(out.toPath(), StandardCharsets.UTF_8),
                Files.readString(err.toPath(), StandardCharsets.UTF_8));
    }
}
