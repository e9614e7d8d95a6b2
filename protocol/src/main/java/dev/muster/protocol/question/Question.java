package dev.muster.protocol.question;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.terminal.TerminalSockets;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/**
 * What a machine is asked.
 *
 * <p>{@code task} and {@code attempt} name the workspace: that of the attempt it was made for.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "question")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Question.Workspace.class, name = "workspace"),
    @JsonSubTypes.Type(value = Question.Tree.class, name = "tree"),
    @JsonSubTypes.Type(value = Question.File.class, name = "file"),
    @JsonSubTypes.Type(value = Question.Diff.class, name = "diff"),
    @JsonSubTypes.Type(value = Question.StartTunnel.class, name = "startTunnel"),
    @JsonSubTypes.Type(value = Question.StopTunnel.class, name = "stopTunnel"),
    @JsonSubTypes.Type(value = Question.TunnelStatus.class, name = "tunnelStatus"),
    @JsonSubTypes.Type(value = Question.OpenShell.class, name = "openShell"),
    @JsonSubTypes.Type(value = Question.EndShell.class, name = "endShell"),
    @JsonSubTypes.Type(value = Question.ShellStatus.class, name = "shellStatus")
})
public sealed interface Question {

    /** How a workspace is: {@link Reply.Workspace}. */
    record Workspace(long task, int attempt) implements Question {}

    /**
     * What lies in a directory: {@link Reply.Tree}.
     *
     * @param path a {@link WorkspacePath}
     * @param depth how many levels, 1 to {@link #DEEPEST}
     */
    record Tree(long task, int attempt, String path, int depth) implements Question {

        public static final int DEEPEST = 5;

        public Tree {
            WorkspacePath.parse(path);
            requireBetween("depth", depth, 1, DEEPEST);
        }
    }

    /**
     * A part of a file: {@link Reply.File}.
     *
     * @param path a {@link WorkspacePath}
     * @param offset in bytes
     * @param limit most bytes, 1 to {@link #MOST_BYTES}
     */
    record File(long task, int attempt, String path, long offset, int limit) implements Question {

        public static final int MOST_BYTES = 256 * 1024;

        public File {
            WorkspacePath.parse(path);
            requireBetween("offset", offset, 0, Long.MAX_VALUE);
            requireBetween("limit", limit, 1, MOST_BYTES);
        }
    }

    /**
     * What differs from the commit it began with: {@link Reply.Diff}.
     *
     * @param path a {@link WorkspacePath}; null for all
     */
    record Diff(long task, int attempt, @Nullable String path) implements Question {
        public Diff {
            if (path != null) {
                WorkspacePath.parse(path);
            }
        }
    }

    /**
     * Start a tunnel, unless one of this id was started or stopped: {@link Reply.Tunnel}.
     *
     * @param attempt the attempt that runs now; only while it does there may be tunnels
     * @param tunnel names it, wherever it is asked for
     * @param template how it is made; null for the first whose program is there
     * @param lifeSeconds how long it may stay, 1 to {@link #LONGEST_SECONDS}
     */
    record StartTunnel(
            long task, int attempt, UUID tunnel, @Nullable String template, long lifeSeconds)
            implements Question {

        public static final long LONGEST_SECONDS = 24 * 3600;

        public StartTunnel {
            requireBetween("lifeSeconds", lifeSeconds, 1, LONGEST_SECONDS);
        }
    }

    /** End a tunnel, and let none of this id start: {@link Reply.Tunnel}. */
    record StopTunnel(UUID tunnel) implements Question {}

    /** How a tunnel is: {@link Reply.Tunnel}. */
    record TunnelStatus(UUID tunnel) implements Question {}

    /**
     * Open a shell in a workspace that is there, whether or not its attempt runs, unless one of
     * this name was opened or ended: {@link Reply.Shells}.
     *
     * @param lease of the task's newest attempt, by which the shell's terminal is asked for
     * @param workspace the attempt that the workspace was made for
     * @param terminal the shell's name, as {@link
     *     dev.muster.protocol.message.ToWorker.OpenTerminal} has it
     * @param person who opens it
     * @param setting the task it is for
     * @param provision variables for it; the secrets are to be masked, and it gets none of them
     */
    record OpenShell(
            LeaseRef lease,
            int workspace,
            String terminal,
            Size size,
            Committer person,
            Setting setting,
            Provision provision)
            implements Question {

        public OpenShell {
            if (!TerminalSockets.isName(terminal) || terminal.equals(TerminalSockets.MAIN)) {
                throw new IllegalArgumentException("a shell has a short name of its own");
            }
        }

        /** In characters, 1 to 1000 each. */
        public record Size(int columns, int rows) {
            public Size {
                requireBetween("columns", columns, 1, 1000);
                requireBetween("rows", rows, 1, 1000);
            }
        }

        /** By whom commits made in it are. */
        public record Committer(String name, String email) {}

        /**
         * What a stage is told of its task.
         *
         * @param project its key
         * @param description what the person asked for; hostile text, only ever data
         */
        public record Setting(String project, String description) {}

        /** Without what it holds. */
        @Override
        public String toString() {
            return "OpenShell[" + lease + " terminal=" + terminal + "]";
        }
    }

    /** End a shell, and let none of this name open: {@link Reply.Shells}. */
    record EndShell(String terminal) implements Question {}

    /** How shells are: {@link Reply.Shells}, without those that the machine does not know. */
    record ShellStatus(List<String> terminals) implements Question {

        public static final int MOST = 100;

        public ShellStatus {
            requireBetween("terminals", terminals.size(), 0, MOST);
            terminals = List.copyOf(terminals);
        }
    }

    private static void requireBetween(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + " is " + least + " to " + most + ", was " + value);
        }
    }
}
