package dev.muster.ops.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;

import dev.muster.ops.config.LogSettings;
import dev.muster.ops.config.Values;
import dev.muster.ops.terminal.Tty;

import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Sets up where events go. Called once, by the verb, before anything is started. */
public final class Logs {

    private static final int KEPT_FILES = 4; // besides the current one
    private static final FileSize FILE_SIZE = FileSize.valueOf("20MB");

    private Logs() {}

    /** For a daemon on its own: as its settings say. */
    public static void asConfigured(Values values) {
        var level = Level.toLevel(values.get(LogSettings.LEVEL));
        var json =
                switch (values.get(LogSettings.FORMAT)) {
                    case "json" -> true;
                    case "human" -> false;
                    default -> values.get(LogSettings.FILE).isPresent() || !Tty.isStdout();
                };
        var root = cleared(level);
        var target = values.get(LogSettings.FILE);
        if (target.isPresent()) {
            root.addAppender(toFile(target.get(), json));
        } else {
            root.addAppender(toConsole("System.out", json));
        }
    }

    /** For a verb that talks to a person: everything to the file, only what is wrong to stderr. */
    public static void toFileAndErrorsToTerminal(Path file, Level level) {
        var root = cleared(level);
        root.addAppender(toFile(file, true));
        var terminal = toConsole("System.err", false);
        var threshold = new ThresholdFilter();
        threshold.setLevel(Level.ERROR.toString());
        threshold.start();
        terminal.addFilter(threshold);
        root.addAppender(terminal);
    }

    private static Logger cleared(Level level) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(level);
        // Libraries tell their life at INFO; ours is the one an operator asked for.
        for (var library :
                new String[] {
                    "com.hazelcast", "io.netty", "io.smallrye", "org.flywaydb", "org.jboss"
                }) {
            context.getLogger(library)
                    .setLevel(level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN);
        }
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        return root;
    }

    private static OutputStreamAppender<ILoggingEvent> toConsole(String target, boolean json) {
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setName(target);
        appender.setTarget(target);
        return started(appender, json);
    }

    private static OutputStreamAppender<ILoggingEvent> toFile(Path file, boolean json) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var appender = new RollingFileAppender<ILoggingEvent>();
        appender.setName(file.toString());
        appender.setFile(file.toString());
        var rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setFileNamePattern(file + ".%i");
        rolling.setMinIndex(1);
        rolling.setMaxIndex(KEPT_FILES);
        rolling.start();
        var triggering = new SizeBasedTriggeringPolicy<ILoggingEvent>();
        triggering.setContext(context);
        triggering.setMaxFileSize(FILE_SIZE);
        triggering.start();
        appender.setRollingPolicy(rolling);
        appender.setTriggeringPolicy(triggering);
        return started(appender, json);
    }

    private static OutputStreamAppender<ILoggingEvent> started(
            OutputStreamAppender<ILoggingEvent> appender, boolean json) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        appender.setContext(context);
        appender.setEncoder(encoder(context, json));
        appender.start();
        return appender;
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, boolean json) {
        if (json) {
            var encoder = new SafeJsonEncoder();
            encoder.setContext(context);
            encoder.setWithSequenceNumber(false);
            encoder.setWithNanoseconds(false);
            encoder.setWithContext(false);
            encoder.setWithArguments(false);
            encoder.setWithFormattedMessage(true);
            encoder.setWithMessage(false);
            encoder.start();
            return encoder;
        }
        var layout = new HumanLayout();
        layout.setContext(context);
        layout.start();
        var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        return encoder;
    }
}
