package dev.muster.coordinator.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

class MasterKeyTest {

    @TempDir private Path data;

    @Test
    void itIsMadeOnceForItsOwnerOnly() throws Exception {
        var first = MasterKey.open(data);
        var again = MasterKey.open(data);
        assertThat(again.deriveBytes("a")).isEqualTo(first.deriveBytes("a")).hasSize(32);
        assertThat(Files.getPosixFilePermissions(data.resolve("master.key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (var files = Files.list(data)) {
            assertThat(files).containsExactly(data.resolve("master.key"));
        }
    }

    @Test
    void eachPurposeHasAKeyOfItsOwn() {
        var key = MasterKey.open(data);
        assertThat(key.deriveBytes("a")).isNotEqualTo(key.deriveBytes("b"));
        assertThat(key.derive("a", "AES").getEncoded()).isEqualTo(key.deriveBytes("a"));
    }

    @Test
    void coordinatorsThatStartTogetherAgree() {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var keys =
                    IntStream.range(0, 16)
                            .mapToObj(
                                    _ ->
                                            threads.submit(
                                                    () -> MasterKey.open(data).deriveBytes("a")))
                            .toList();
            assertThat(keys)
                    .extracting(Future::get)
                    .allSatisfy(key -> assertThat(key).isEqualTo(keys.getFirst().get()));
        }
    }

    @Test
    void aKeyThatOthersCanReadIsRefused() throws Exception {
        MasterKey.open(data);
        Files.setPosixFilePermissions(
                data.resolve("master.key"), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> MasterKey.open(data))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void aDamagedKeyIsRefusedAndNotReplaced() throws Exception {
        MasterKey.open(data);
        Files.write(data.resolve("master.key"), new byte[31]);
        assertThatThrownBy(() -> MasterKey.open(data)).hasMessageContaining("damaged");
        assertThat(Files.size(data.resolve("master.key"))).isEqualTo(31);
    }
}
