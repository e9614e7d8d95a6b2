package dev.muster.ops;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The top of the repository stays a page that can be read at a glance. */
final class TreeTest {

    @Test
    void theTopOfTheTreeHoldsTheModulesAndTheFrontDoorOnly() throws IOException {
        try (var top = Files.list(Path.of("..").toAbsolutePath().normalize())) {
            assertThat(top.map(path -> path.getFileName().toString()))
                    .filteredOn(name -> !name.startsWith(".") && !name.equals("target"))
                    .containsExactlyInAnyOrder(
                            "pom.xml",
                            "protocol",
                            "coordinator",
                            "worker",
                            "ops",
                            "README.md",
                            "LICENSE");
        }
    }
}
