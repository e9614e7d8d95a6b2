package dev.muster.worker.agent;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * All that differs between agents.
 *
 * @param name as projects and machines name it
 * @param command its program, a name on the path or a path, and arguments the operator wants
 * @param probe arguments with which the program tells its version and ends; empty if it is not to
 *     be asked
 * @param arguments what follows the command; {@code {settings}} stands for the file with {@code
 *     settings}
 * @param settings text of a file that is written for each stage; empty for none
 * @param delivery how it gets its prompt
 * @param completions by what it tells that a stage is finished
 * @param ready how long it may take from its start until a prompt can be typed
 * @param complaints what it prints when it cannot work, for no fault of the task's; looked for only
 *     when the stage failed
 */
public record AgentType(
        String name,
        List<String> command,
        List<String> probe,
        List<String> arguments,
        String settings,
        Delivery delivery,
        Set<Completion> completions,
        Duration ready,
        List<Complaint> complaints) {

    static final String SETTINGS = "{settings}";

    /** How an agent gets its prompt. */
    public enum Delivery {
        /** As the last argument. */
        ARGUMENT,
        /** Typed as one bracketed paste, once the program has asked the terminal for such. */
        PASTE
    }

    /** By what an agent tells that a stage is finished. */
    public enum Completion {
        /** It, or its hook, runs {@code muster-signal}. */
        SIGNAL,
        /** It prints the marker that its prompt asks for. */
        MARKER,
        /** It exits, with status 0 if all is well. */
        EXIT
    }

    /**
     * Something an agent prints.
     *
     * @param reason {@code agent_auth} or {@code agent_rate_limit}
     */
    public record Complaint(String reason, Pattern pattern) {
        static Complaint of(String reason, String regex) {
            return new Complaint(reason, Pattern.compile(regex));
        }
    }

    public AgentType {
        command = List.copyOf(command);
        probe = List.copyOf(probe);
        arguments = List.copyOf(arguments);
        completions = Set.copyOf(completions);
        complaints = List.copyOf(complaints);
        if (command.isEmpty() || command.getFirst().isBlank()) {
            throw new IllegalArgumentException("agent type " + name + " has no program");
        }
        if (completions.isEmpty()) {
            throw new IllegalArgumentException(
                    "agent type " + name + " never tells that a stage is finished");
        }
    }

    String program() {
        return command.getFirst();
    }

    /** The same started by another command. */
    AgentType startedBy(List<String> other) {
        return new AgentType(
                name, other, probe, arguments, settings, delivery, completions, ready, complaints);
    }
}
