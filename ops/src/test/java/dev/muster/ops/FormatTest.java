package dev.muster.ops;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Main;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Every source of the tree is formatted as {@code google-java-format --aosp} does it.
 *
 * <p>To have it done: {@code mvn -B -pl ops -am test -Dformat.apply=true -Dtest=FormatTest
 * -Dsurefire.failIfNoSpecifiedTests=false}
 */
final class FormatTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final List<String> MODULES =
            List.of("protocol", "protocol/cluster", "coordinator", "worker", "ops");

    @Test
    void everySourceIsFormatted() throws Exception {
        var sources = sources();
        assertThat(sources).hasSizeGreaterThan(100);

        if (Boolean.getBoolean("format.apply")) {
            assertThat(format("--replace", sources)).as("what could not be formatted").isEmpty();
        } else {
            assertThat(format("--dry-run", sources))
                    .as("sources to format; run this test with -Dformat.apply=true")
                    .isEmpty();
        }
    }

    /** What the program prints: the sources it would change, or could not read. */
    private static String format(String mode, List<String> sources) throws Exception {
        var printed = new StringWriter();
        var words = new ArrayList<>(List.of("--aosp", mode));
        words.addAll(sources);
        try (var out = new PrintWriter(printed)) {
            new Main(out, out, InputStream.nullInputStream()).format(words.toArray(String[]::new));
        }
        return printed.toString();
    }

    private static List<String> sources() throws IOException {
        var sources = new ArrayList<String>();
        for (var module : MODULES) {
            try (var all = Files.walk(ROOT.resolve(module).resolve("src"))) {
                all.map(Path::toString)
                        .filter(path -> path.endsWith(".java"))
                        .forEach(sources::add);
            }
        }
        return sources;
    }
}
