package dev.muster.worker.tunnel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a tunnel is made.
 *
 * @param name for people
 * @param command program and arguments, in which {@code {path}}, {@code {task}} and {@code {name}}
 *     stand for the workspace, the task's number and a name for the tunnel; each argument stays one
 * @param connection found in a line it prints once one can connect; its first group, or all that
 *     was found, says how
 * @param refusal found in a line it prints when it will not come up without a person
 * @param environment further variables
 */
public record TunnelTemplate(
        String name,
        List<String> command,
        Pattern connection,
        Optional<Pattern> refusal,
        Map<String, String> environment) {

    public TunnelTemplate {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        if (command.isEmpty() || command.getFirst().isBlank()) {
            throw new IllegalArgumentException("tunnel " + name + " has no program");
        }
    }

    String program() {
        return command.getFirst();
    }

    /** The same started by another command. */
    TunnelTemplate startedBy(List<String> other) {
        return new TunnelTemplate(name, other, connection, refusal, environment);
    }

    /** The arguments, with what stands in them in its place. */
    List<String> arguments(String path, long task) {
        return command.subList(1, command.size()).stream()
                .map(
                        argument ->
                                argument.replace("{path}", path)
                                        .replace("{task}", Long.toString(task))
                                        .replace("{name}", "muster-" + task))
                .toList();
    }
}
