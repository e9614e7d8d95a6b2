package dev.muster.ops.config;

import java.nio.file.Path;
import java.util.Optional;

/** How either daemon tells what it does. */
public final class LogSettings {

    public static final Setting<String> LEVEL =
            Setting.of(
                    "log.level",
                    Kind.oneOf("error", "warn", "info", "debug", "trace"),
                    "info",
                    "The least important events that are logged.");

    public static final Setting<String> FORMAT =
            Setting.of(
                    "log.format",
                    Kind.oneOf("auto", "human", "json"),
                    "auto",
                    "How they are written; auto is human on a terminal and json elsewhere.");

    public static final Setting<Optional<Path>> FILE =
            Setting.of(
                    "log.file",
                    Kind.PATH.orNone(),
                    "",
                    "Where they go instead of the standard output; kept at five files of 20 MiB.");

    private LogSettings() {}
}
