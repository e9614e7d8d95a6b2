package dev.muster.ops.config;

import java.util.List;

/** The files in {@code conf/}: every setting with its default, as a comment to take up. */
final class ConfigFile {

    private static final int WIDTH = 96;

    private ConfigFile() {}

    static String render(String daemon, List<Setting<?>> settings) {
        var text = new StringBuilder();
        text.append(
                """
                # Settings of muster %s, each with its default. A flag (--port) wins over the
                # environment (MUSTER_PORT), and that over this file; `muster %s --print-config`
                # shows what holds and where it was said. Secrets may also come from a file that the
                # environment names (such as %s).
                """
                        .formatted(daemon, daemon, secretExample(settings)));
        var group = "";
        for (var setting : settings) {
            if (!setting.group().equals(group)) {
                group = setting.group();
                text.append("\n").append(group).append(":\n");
            }
            text.append(entry(setting));
        }
        return text.toString();
    }

    private static String secretExample(List<Setting<?>> settings) {
        return settings.stream()
                .filter(Setting::secret)
                .findFirst()
                .map(Setting::fileVariable)
                .orElseThrow();
    }

    private static String entry(Setting<?> setting) {
        var indent = setting.group().isEmpty() ? "" : "  ";
        var key = setting.name().substring(setting.name().indexOf('.') + 1);
        var value = setting.preset().isEmpty() ? "" : " " + setting.preset();
        var comment = setting.help() + " Allowed: " + setting.kind().allowed() + ".";
        return "\n" + wrapped(comment, indent + "# ") + indent + "#" + key + ":" + value + "\n";
    }

    private static String wrapped(String sentence, String prefix) {
        var lines = new StringBuilder();
        var line = new StringBuilder(prefix);
        for (var word : sentence.split(" ", -1)) {
            if (line.length() + word.length() > WIDTH) {
                lines.append(line.toString().stripTrailing()).append("\n");
                line = new StringBuilder(prefix);
            }
            line.append(word).append(" ");
        }
        return lines.append(line.toString().stripTrailing()).append("\n").toString();
    }
}
