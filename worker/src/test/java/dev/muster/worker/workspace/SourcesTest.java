package dev.muster.worker.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class SourcesTest {

    @TempDir Path directory;

    private Path root;
    private Path allowed;
    private Sources sources;

    @BeforeEach
    void layOut() throws IOException {
        root = directory.toRealPath();
        allowed = Files.createDirectory(root.resolve("allowed"));
        Files.createDirectories(allowed.resolve("repo"));
        Files.createDirectories(root.resolve("allowed-not/repo"));
        Files.createDirectories(allowed.resolve("data/mirrors/x.git"));
        sources = new Sources(List.of(allowed, root.resolve("absent")), allowed.resolve("data"));
    }

    @Test
    void aLocalRepositoryInsideTheListIsTakenByItsRealPath() throws IOException {
        Files.createSymbolicLink(root.resolve("way-in"), allowed);

        assertThat(sources.admit(root + "/way-in/repo"))
                .isEqualTo(new Source(allowed.resolve("repo").toString(), Transport.LOCAL));
    }

    @Test
    void everyOtherLocalPathIsRefusedAlikeWhetherItExistsOrNot() throws IOException {
        Files.createSymbolicLink(allowed.resolve("way-out"), root.resolve("allowed-not"));
        Files.createFile(allowed.resolve("bundle"));
        for (var path :
                List.of(
                        root + "/allowed-not/repo",
                        allowed + "/way-out/repo",
                        allowed + "/absent",
                        allowed + "/bundle",
                        allowed + "/data/mirrors/x.git",
                        "/etc",
                        "/proc/self/root" + root + "/allowed-not/repo")) {
            assertThatThrownBy(() -> sources.admit(path))
                    .isInstanceOf(WorkspaceFailure.class)
                    .hasMessage(
                            "The repository "
                                    + path
                                    + " is not in a directory that this machine's operator lists"
                                    + " under local repositories.");
        }
    }

    @Test
    void withoutAListNoLocalRepositoryIsTaken() {
        var none = new Sources(List.of(), root.resolve("data"));

        assertThatThrownBy(() -> none.admit(allowed + "/repo"))
                .isInstanceOf(WorkspaceFailure.class);
    }

    @Test
    void remoteRepositoriesMayUseTheirOwnTransportOnly() {
        assertThat(sources.admit("https://h.example/a").transport()).isEqualTo(Transport.HTTPS);
        assertThat(sources.admit("git@h.example:a").transport()).isEqualTo(Transport.SSH);
        assertThatThrownBy(() -> sources.admit("ext::sh -c x"))
                .isInstanceOf(WorkspaceFailure.class)
                .hasMessageContaining("must begin with https:// or ssh://");
    }
}
