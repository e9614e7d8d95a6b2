package dev.muster.ops.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** {@code 12:03:04.005 WARN TaskStore task taken over task=42}, with a stack trace beneath. */
final class HumanLayout extends LayoutBase<ILoggingEvent> {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
    private static final int MOST_FRAMES = 40;

    @Override
    public String doLayout(ILoggingEvent event) {
        var time =
                TIME.format(
                        Instant.ofEpochMilli(event.getTimeStamp()).atZone(ZoneId.systemDefault()));
        var name = event.getLoggerName().substring(event.getLoggerName().lastIndexOf('.') + 1);
        var text =
                new StringBuilder()
                        .append(time)
                        .append(' ')
                        .append("%-5s".formatted(event.getLevel()))
                        .append(' ')
                        .append(Escaped.text(name))
                        .append(' ')
                        .append(Escaped.text(event.getFormattedMessage()))
                        .append('\n');
        for (var cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
            append(text, cause);
            if (cause.isCyclic()) {
                break;
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, IThrowableProxy cause) {
        text.append("    ").append(cause.getClassName());
        if (cause.getMessage() != null) {
            text.append(": ").append(Escaped.text(cause.getMessage()));
        }
        text.append('\n');
        var frames = cause.getStackTraceElementProxyArray();
        for (var i = 0; i < Math.min(frames.length, MOST_FRAMES); i++) {
            text.append("      ").append(frames[i].getSTEAsString()).append('\n');
        }
    }
}
