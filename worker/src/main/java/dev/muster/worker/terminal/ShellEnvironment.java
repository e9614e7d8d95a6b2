package dev.muster.worker.terminal;

import dev.muster.worker.process.Cookie;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What an attempt's shell finds in its environment.
 *
 * @param branch null without a repository
 * @param description what a person typed; any text, only NUL is taken out, which no variable can
 *     hold
 * @param extra further variables of the caller's, such as the author of commits
 */
public record ShellEnvironment(
        long task,
        int attempt,
        String project,
        @Nullable String branch,
        String description,
        Map<String, String> extra) {

    // of the daemon's own variables a stage gets these and LC_*: all others may hold secrets
    private static final Set<String> INHERITED =
            Set.of("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR");

    public ShellEnvironment {
        extra = Map.copyOf(extra);
    }

    /** All variables of a shell started by a daemon with these of its own. */
    public Map<String, String> variables(Map<String, String> daemon, Cookie cookie) {
        var variables = new HashMap<String, String>();
        daemon.forEach(
                (name, value) -> {
                    if (INHERITED.contains(name) || name.startsWith("LC_")) {
                        variables.put(name, value);
                    }
                });
        variables.putIfAbsent("PATH", "/usr/local/bin:/usr/bin:/bin");
        extra.forEach((name, value) -> variables.put(name, withoutNul(value)));
        variables.put("TERM", "xterm-256color");
        variables.put("MUSTER_TASK_ID", Long.toString(task));
        variables.put("MUSTER_ATTEMPT", Integer.toString(attempt));
        variables.put("MUSTER_PROJECT", withoutNul(project));
        variables.put("MUSTER_BRANCH", branch == null ? "" : withoutNul(branch));
        variables.put("MUSTER_DESCRIPTION", withoutNul(description));
        variables.put(Cookie.VARIABLE, cookie.value());
        return variables;
    }

    private static String withoutNul(String text) {
        return text.replace("\0", "");
    }
}
