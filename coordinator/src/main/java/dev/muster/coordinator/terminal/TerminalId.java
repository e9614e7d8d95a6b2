package dev.muster.coordinator.terminal;

import dev.muster.protocol.terminal.TerminalSockets;

/**
 * Names a terminal.
 *
 * @param attempt that it belongs to; for a shell, the newest when it was opened
 * @param name {@link dev.muster.protocol.terminal.TerminalSockets#MAIN}, or a shell's
 */
record TerminalId(long task, int attempt, String name) {

    /** Whether it is that of the task's stages, whose output is stored. */
    boolean isStages() {
        return name.equals(TerminalSockets.MAIN);
    }

    @Override
    public String toString() {
        return "task=" + task + " attempt=" + attempt + " terminal=" + name;
    }
}
