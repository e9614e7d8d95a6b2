package dev.muster.protocol.pipeline;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How a project may name the variables and secrets that it gives to its stages.
 *
 * <p>Not every name: some say how programs are found and loaded, and what a project sets once would
 * change every program of every stage, the agents' own among them. Others are set by the worker.
 */
public final class VariableName {

    private static final Pattern NAME = Pattern.compile("[A-Z_][A-Z0-9_]{0,63}");

    private static final List<String> DENIED_BEGINNINGS =
            List.of("MUSTER_", "LD_", "DYLD_", "BASH_", "GIT_CONFIG", "GIT_SSH", "GIT_TRACE");

    private static final Set<String> DENIED =
            Set.of(
                    "ENV",
                    "GCONV_PATH",
                    "GIT_ASKPASS",
                    "GIT_EDITOR",
                    "GIT_EXEC_PATH",
                    "GIT_PAGER",
                    "GIT_TEMPLATE_DIR",
                    "GLIBC_TUNABLES",
                    "HOME",
                    "IFS",
                    "JAVA_TOOL_OPTIONS",
                    "JDK_JAVA_OPTIONS",
                    "LOGNAME",
                    "NODE_OPTIONS",
                    "NODE_PATH",
                    "OLDPWD",
                    "PATH",
                    "PERL5LIB",
                    "PERL5OPT",
                    "PROMPT_COMMAND",
                    "PS4",
                    "PWD",
                    "PYTHONHOME",
                    "PYTHONPATH",
                    "PYTHONSTARTUP",
                    "RUBYLIB",
                    "RUBYOPT",
                    "SHELL",
                    "SHELLOPTS",
                    "SSH_ASKPASS",
                    "TERM",
                    "TMPDIR",
                    "USER",
                    "_JAVA_OPTIONS");

    private VariableName() {}

    /** Whether it has the form of a name: capitals, digits and underscores, at most 64. */
    public static boolean isWellFormed(String name) {
        return NAME.matcher(name).matches();
    }

    /** Whether a project may give something by this name. */
    public static boolean isFree(String name) {
        return isWellFormed(name)
                && !DENIED.contains(name)
                && DENIED_BEGINNINGS.stream().noneMatch(name::startsWith);
    }
}
