package dev.muster.ops.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.muster.ops.config.Sources;
import dev.muster.ops.config.WorkerSettings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

final class LogsTest {

    private static final String FORGERY =
            "name=x\n"
                    + "12:00:00.000 INFO  Audit admin logged in\r"
                    + "\u001b[2J\u0085\u2028\u202e\u0000 \"}";

    @TempDir Path dir;

    @AfterEach
    void quietAgain() {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        context.getLogger("ROOT").setLevel(Level.OFF);
    }

    @Test
    void oneEventIsOneJsonLineWhateverItSays() throws Exception {
        var file = dir.resolve("muster.log");
        Logs.toFileAndErrorsToTerminal(file, Level.INFO);

        LoggerFactory.getLogger("test").info("{}", FORGERY);
        LoggerFactory.getLogger("test").warn("failed", new IllegalStateException(FORGERY));
        LoggerFactory.getLogger("test").debug("not asked for");

        var lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        var first = new ObjectMapper().readTree(lines.getFirst());
        assertThat(first.get("formattedMessage").textValue()).isEqualTo(FORGERY);
        assertThat(first.get("level").textValue()).isEqualTo("INFO");
        assertThat(
                        new ObjectMapper()
                                .readTree(lines.get(1))
                                .get("throwable")
                                .get("message")
                                .textValue())
                .isEqualTo(FORGERY);
        assertThat(String.join("", lines)).doesNotContain("\u001b").doesNotContain("\u0000");
    }

    @Test
    void theHumanFormatLetsNoControlCharacterThrough() throws Exception {
        var file = dir.resolve("worker.log");
        var flags = Map.of("log.file", file.toString(), "log.format", "human");
        Logs.asConfigured(new Sources(flags, Map.of(), Optional.empty()).read(WorkerSettings.ALL));

        LoggerFactory.getLogger("dev.muster.Some").info("{}", FORGERY);

        assertThat(Files.readString(file).split("\n", -1)).hasSize(2);
        assertThat(Files.readString(file))
                .contains("INFO  Some name=x\\u000a12:00:00")
                .contains("\\u001b[2J\\u0085\\u2028\\u202e\\u0000");
    }
}
