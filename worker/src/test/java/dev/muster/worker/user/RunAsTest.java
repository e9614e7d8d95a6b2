package dev.muster.worker.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

final class RunAsTest {

    @TempDir private Path directory;

    private static void assumeRoot() {
        assumeThat(System.getProperty("user.name"))
                .as("only root runs as others")
                .isEqualTo("root");
    }

    @ParameterizedTest
    @CsvSource({
        "root, has root's rights",
        "nobody-by-that-name, has no user",
        "-a, is no user's name",
        "a b, is no user's name",
        "0, is no user's name"
    })
    void aUserThatIsNoneOrTooMuchIsRefused(String name, String why) {
        assumeRoot();
        assertThatThrownBy(() -> RunAs.of(name))
                .isInstanceOf(RunAsFailure.class)
                .hasMessageContaining(why);
    }

    @Test
    void aWorkerThatIsNotRootsIsRefused() {
        assumeThat(System.getProperty("user.name")).isNotEqualTo("root");
        assertThatThrownBy(() -> RunAs.of("nobody")).hasMessageContaining("runs as root");
    }

    @Test
    void variablesTakeEffectOnlyOnceTheRightsAreGone() throws Exception {
        assumeRoot();
        var odd = "a'b\"$(touch x)`y`\nc d ";
        var launch =
                RunAs.of("nobody")
                        .inTerminal(
                                List.of("/bin/sh", "-c", "id -un; printf '%s' \"$ODD\""),
                                Map.of(
                                        "LD_PRELOAD",
                                        "/none.so",
                                        "ODD",
                                        odd,
                                        "PATH",
                                        "/usr/bin:/bin"),
                                Optional.empty());

        assertThat(launch.environment().keySet())
                .allMatch(name -> name.equals("PATH") || name.startsWith("MUSTER_CARRIED_"));
        assertThat(String.join(" ", launch.command())).doesNotContain(odd).doesNotContain("none");
        // a terminal to hand over is the one thing missing here
        int from = launch.command().indexOf("/usr/bin/setpriv");
        assumeThat(from).isPositive();
        var builder =
                new ProcessBuilder(launch.command().subList(from, launch.command().size()))
                        .directory(directory.getRoot().toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(launch.environment());
        var process = builder.start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(output).isEqualTo("nobody\n" + odd);
    }

    @Test
    void aProgramHasItsUsersGroupsAndNoneOfTheDaemons() throws Exception {
        assumeRoot();
        var own = List.of("/bin/sh", "-c", "id -G");
        var expected = new ProcessBuilder("id", "-G", "nobody").start();
        var ofADaemonWithGroups = new ArrayList<>(List.of("/usr/bin/setpriv", "--groups=4,24"));
        ofADaemonWithGroups.addAll(RunAs.of("nobody").command(own));

        var process = new ProcessBuilder(ofADaemonWithGroups).start();

        assertThat(process.getInputStream().readAllBytes())
                .isEqualTo(expected.getInputStream().readAllBytes());
    }

    @Test
    void aTreeIsHandedOverWithItsLinksAndNotWhatTheyPointAt() throws Exception {
        assumeRoot();
        var kept = Files.writeString(directory.resolve("kept"), "x");
        var tree = Files.createDirectories(directory.resolve("tree/inside"));
        Files.createSymbolicLink(tree.resolve("link"), kept);
        var file = Files.writeString(tree.resolve("file"), "x");

        RunAs.of("nobody").give(directory.resolve("tree"));

        assertThat(Files.getOwner(kept).getName()).isEqualTo("root");
        for (var given : List.of(directory.resolve("tree"), tree, file, tree.resolve("link"))) {
            assertThat(Files.getOwner(given, LinkOption.NOFOLLOW_LINKS).getName())
                    .as("%s", given)
                    .isEqualTo("nobody");
        }
    }
}
