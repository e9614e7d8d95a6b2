package dev.muster.worker.tunnel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What an operator says of tunnels on a machine.
 *
 * @param commands by template, a program and its arguments in place of the usual ones
 * @param custom a template of the operator's own; empty if there is none
 */
public record TunnelSettings(Map<String, List<String>> commands, Optional<Custom> custom) {

    /** Tunnels as their programs' makers mean them. */
    public static final TunnelSettings NONE = new TunnelSettings(Map.of(), Optional.empty());

    /**
     * A template that nobody knows but the operator.
     *
     * @param command its program and arguments
     * @param connection what it prints once one can connect; its first group, or all of it, says
     *     how
     */
    public record Custom(List<String> command, Pattern connection) {
        public Custom {
            command = List.copyOf(command);
        }
    }

    public TunnelSettings {
        commands = Map.copyOf(commands);
    }
}
