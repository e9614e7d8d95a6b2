package dev.muster.protocol.pipeline;

/** What the command of a stage is, which depends on the agent type that drives it. */
public enum CommandKind {
    /** Text for a shell: values are quoted references to environment variables. */
    SHELL,
    /** Text for an agent to read: values stand in it as they are. */
    PROMPT;

    /** That of an agent type. */
    public static CommandKind of(String agentType) {
        return agentType.equals("shell") ? SHELL : PROMPT;
    }
}
