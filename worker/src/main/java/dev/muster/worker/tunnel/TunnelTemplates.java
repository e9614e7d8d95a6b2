package dev.muster.worker.tunnel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The templates a worker knows, the preferred ones first. */
public record TunnelTemplates(List<TunnelTemplate> all) {

    /** The one that operators define. */
    static final String CUSTOM = "custom";

    // Both are one program by origin. A sentence has where the editor is, since 2026 a line of a
    // banner.
    private static final Pattern LINK = Pattern.compile("https://\\S+/tunnel/\\S+");

    // Without a login kept by "tunnel user login", or when that is good no more, they ask for one:
    // at whom, if they may ask questions, then by a code, in GitHub's words or in Microsoft's.
    private static final Pattern LOGIN =
            Pattern.compile(
                    "\\? How would you like to log in|please log ?in|log into https://"
                            + "|use code [A-Z0-9-]{4,}|enter the code [A-Z0-9]{4,} to authenticate",
                    Pattern.CASE_INSENSITIVE);

    // At a terminal they would ask questions that nobody answers.
    private static final Map<String, String> NOBODY_IS_THERE =
            Map.of("VSCODE_CLI_NONINTERACTIVE", "1", "CURSOR_CLI_NONINTERACTIVE", "1");

    private static final List<TunnelTemplate> KNOWN = List.of(shipped("cursor"), shipped("code"));

    private static TunnelTemplate shipped(String program) {
        return new TunnelTemplate(
                program,
                List.of(program, "tunnel", "--accept-server-license-terms", "--name", "{name}"),
                LINK,
                Optional.of(LOGIN),
                NOBODY_IS_THERE);
    }

    public TunnelTemplates {
        all = List.copyOf(all);
    }

    /** The known ones as the operator has them, and the operator's own before them. */
    public static TunnelTemplates of(TunnelSettings settings) {
        var all = new ArrayList<TunnelTemplate>();
        settings.custom().ifPresent(custom -> all.add(custom(custom)));
        for (var template : KNOWN) {
            var command = settings.commands().get(template.name());
            all.add(command == null ? template : template.startedBy(command));
        }
        return new TunnelTemplates(all);
    }

    private static TunnelTemplate custom(TunnelSettings.Custom custom) {
        return new TunnelTemplate(
                CUSTOM, custom.command(), custom.connection(), Optional.empty(), Map.of());
    }

    Optional<TunnelTemplate> find(String name) {
        return all.stream().filter(template -> template.name().equals(name)).findFirst();
    }
}
