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
import java.util.List;
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

    /** Each moves a cursor, ends a line or hides text somewhere. */
    private static final List<String> HOSTILE =
            List.of(
                    "\r",
                    "\n",
                    "\r\n",
                    "\u000b",
                    "\f",
                    "\u0085",
                    "\u2028",
                    "\u2029",
                    "\u0000",
                    "\b",
                    "\u007f",
                    "\t",
                    "\u001b[2J",
                    "\u001b]0;title\u0007",
                    "\u001b]8;;http://x\u001b\\",
                    "\u009b31m",
                    "\u202a",
                    "\u202b",
                    "\u202c",
                    "\u202d",
                    "\u202e",
                    "\u2066",
                    "\u2067",
                    "\u2068",
                    "\u2069",
                    "\u200b",
                    "\u200e",
                    "\u200f",
                    "\u061c",
                    "\ufeff",
                    "\u00ad",
                    "\udb40\udc41",
                    "\ud800");

    @Test
    void noTextEndsALineOrReachesTheTerminalAsItIs() throws Exception {
        for (var format : List.of("human", "json")) {
            var file = dir.resolve(format + ".log");
            var flags = Map.of("log.file", file.toString(), "log.format", format);
            Logs.asConfigured(
                    new Sources(flags, Map.of(), Optional.empty()).read(WorkerSettings.ALL));

            for (var hostile : HOSTILE) {
                LoggerFactory.getLogger("test").info("reason=a{}12:00:00.000 INFO forged", hostile);
            }

            var lines = Files.readString(file).split("\n", -1);
            assertThat(lines).as(format).hasSize(HOSTILE.size() + 1);
            for (int i = 0; i < HOSTILE.size(); i++) {
                assertThat(lines[i].codePoints().filter(Character::isISOControl).count())
                        .as(format + " " + i)
                        .isZero();
                assertThat(lines[i]).as(format + " " + i).doesNotContain(HOSTILE.get(i));
            }
        }
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
