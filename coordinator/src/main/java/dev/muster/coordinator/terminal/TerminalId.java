package dev.muster.coordinator.terminal;

/**
 * Names a terminal.
 *
 * @param name {@link dev.muster.protocol.terminal.TerminalSockets#MAIN}
 */
record TerminalId(long task, int attempt, String name) {

    @Override
    public String toString() {
        return "task=" + task + " attempt=" + attempt + " terminal=" + name;
    }
}
