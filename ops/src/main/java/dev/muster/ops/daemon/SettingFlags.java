package dev.muster.ops.daemon;

import dev.muster.ops.config.Setting;
import dev.muster.ops.config.Sources;
import dev.muster.ops.config.Values;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Settings as flags of a verb, and what they amount to with everything else. */
public final class SettingFlags {

    private static final String FILE_FLAG = "--config";
    private static final String PRINT_FLAG = "--print-config";

    private SettingFlags() {}

    /** Gives {@code verb} a flag for each setting, and those that ask about settings. */
    static CommandLine add(CommandLine verb, List<Setting<?>> settings, String daemon) {
        var spec = verb.getCommandSpec();
        settings.forEach(setting -> spec.addOption(flagOf(setting)));
        spec.addOption(
                OptionSpec.builder(FILE_FLAG)
                        .type(String.class)
                        .paramLabel("FILE")
                        .description(
                                "Settings to read besides; unless given, conf/%s.yaml of the distribution."
                                        .formatted(daemon))
                        .build());
        spec.addOption(
                OptionSpec.builder(PRINT_FLAG)
                        .type(boolean.class)
                        .description(
                                "Print every setting, its value and where it was said; start"
                                        + " nothing.")
                        .build());
        return verb;
    }

    private static OptionSpec flagOf(Setting<?> setting) {
        var preset = setting.preset().isEmpty() ? "" : " Default: " + setting.preset() + ".";
        var builder =
                OptionSpec.builder(setting.flag())
                        .type(String.class)
                        .paramLabel(setting.flag().endsWith("port") ? "PORT" : "VALUE")
                        .description((setting.help() + preset).replace("%", "%%"));
        if (setting.preset().equals("false")) {
            builder.arity("0..1").fallbackValue("true");
        }
        return builder.build();
    }

    static boolean asksToPrint(CommandSpec spec) {
        return spec.commandLine().getParseResult().hasMatchedOption(PRINT_FLAG);
    }

    /** What holds for this start of {@code spec}'s verb. */
    static Values read(CommandSpec spec, List<Setting<?>> settings, String daemon) {
        var parsed = spec.commandLine().getParseResult();
        var flags = new HashMap<String, String>();
        for (var setting : settings) {
            if (parsed.hasMatchedOption(setting.flag())) {
                flags.put(setting.name(), parsed.matchedOptionValue(setting.flag(), ""));
            }
        }
        var named = Optional.ofNullable(parsed.<String>matchedOptionValue(FILE_FLAG, null));
        return read(flags, named.map(Path::of).or(() -> shipped(daemon)), settings);
    }

    /** With flags that another verb decided on, beside environment and the distribution's file. */
    public static Values read(Map<String, String> flags, List<Setting<?>> settings, String daemon) {
        return read(flags, shipped(daemon), settings);
    }

    private static Values read(
            Map<String, String> flags, Optional<Path> file, List<Setting<?>> settings) {
        return new Sources(flags, System.getenv(), file).read(settings);
    }

    private static Optional<Path> shipped(String daemon) {
        return Optional.ofNullable(System.getProperty("muster.home"))
                .map(home -> Path.of(home, "conf", daemon + ".yaml"))
                .filter(Files::isReadable);
    }
}
