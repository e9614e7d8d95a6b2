package dev.muster.worker.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

class LastBootTest {

    private static final UUID BOOT = UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e");

    @TempDir private Path temp;

    @Test
    void whoHoldsTheDirectoryKnowsWhoHeldItBefore() throws Exception {
        try (var directory = DataDirectory.claim(temp.resolve("data"))) {
            assertThat(new LastBoot(directory).read()).isEmpty();
            new LastBoot(directory).write(BOOT);
        }
        try (var directory = DataDirectory.claim(temp.resolve("data"))) {
            assertThat(new LastBoot(directory).read()).contains(BOOT);
        }
    }

    @Test
    void whoHoldsACopyDoesNot() throws Exception {
        var first = temp.resolve("data");
        var copy = Files.createDirectory(temp.resolve("copy"));
        try (var directory = DataDirectory.claim(first)) {
            new LastBoot(directory).write(BOOT);
            for (var name : List.of("boot", "lock")) {
                Files.copy(first.resolve(name), copy.resolve(name));
            }
            try (var other = DataDirectory.claim(copy)) {
                assertThat(new LastBoot(other).read()).isEmpty();
            }
        }
    }

    @Test
    void whatTellsNothingIsNoBoot() throws Exception {
        try (var directory = DataDirectory.claim(temp.resolve("data"))) {
            new LastBoot(directory).write(BOOT);
            var file = directory.path().resolve("boot");
            var whole = Files.readString(file);
            for (var other :
                    List.of(
                            "",
                            BOOT.toString(),
                            whole.substring(1),
                            whole + "more",
                            whole.replaceFirst("\n.", "\nx"))) {
                Files.writeString(file, other);
                assertThat(read(directory)).as(other).isFalse();
            }
        }
    }

    private static boolean read(DataDirectory directory) throws IOException {
        return new LastBoot(directory).read().isPresent();
    }
}
