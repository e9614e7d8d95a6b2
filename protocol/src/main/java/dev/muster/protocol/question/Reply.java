package dev.muster.protocol.question;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What a machine answers. Words of an agent's are in it: names, branches, contents. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "reply")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Reply.Workspace.class, name = "workspace"),
    @JsonSubTypes.Type(value = Reply.Tree.class, name = "tree"),
    @JsonSubTypes.Type(value = Reply.File.class, name = "file"),
    @JsonSubTypes.Type(value = Reply.Diff.class, name = "diff"),
    @JsonSubTypes.Type(value = Reply.Tunnel.class, name = "tunnel"),
    @JsonSubTypes.Type(value = Reply.Shells.class, name = "shells"),
    @JsonSubTypes.Type(value = Reply.Refused.class, name = "refused")
})
public sealed interface Reply {

    /** Whether an attempt is in a workspace. */
    enum Presence {
        /** Its attempt runs. */
        LIVE,
        /** Its attempt ended, and it stays for a while. */
        KEPT,
        /** It is not there any more. */
        REMOVED
    }

    /**
     * How a workspace is.
     *
     * @param path on the machine; null where it was removed
     * @param branch checked out now; null if none is
     * @param git null without a repository
     * @param diskBytes about what it takes; of very many files the first ones count
     * @param keptUntil RFC 3339, by the machine's clock; null while its attempt runs
     */
    record Workspace(
            Presence presence,
            @Nullable String path,
            @Nullable String branch,
            @Nullable Git git,
            @Nullable Long diskBytes,
            @Nullable String keptUntil)
            implements Reply {

        /** Of one that is gone. */
        public static final Workspace GONE =
                new Workspace(Presence.REMOVED, null, null, null, null, null);
    }

    /**
     * How its repository is.
     *
     * @param base commit it began with
     * @param head commit that is checked out
     * @param ahead commits of {@code head} that {@code base} has not
     * @param behind the reverse, as after a rebase onto something else
     * @param dirty the first files that differ from {@code head}
     * @param dirtyCount of all of them, or of as many as were looked at
     */
    record Git(String base, String head, int ahead, int behind, List<Dirty> dirty, int dirtyCount) {
        public Git {
            dirty = List.copyOf(dirty);
        }
    }

    /**
     * A file that differs from the last commit.
     *
     * @param status git's two letters, such as {@code ??} or {@code " M"}
     */
    record Dirty(String path, String status) {}

    /**
     * What lies in a directory, in order of names, each directory before what is in it.
     *
     * @param truncated whether there is more
     */
    record Tree(List<Entry> entries, boolean truncated) implements Reply {
        public Tree {
            entries = List.copyOf(entries);
        }
    }

    /** What an entry of a directory is. */
    enum Type {
        FILE,
        DIRECTORY,
        LINK,
        /** A pipe, a socket, a device. */
        OTHER
    }

    /**
     * One entry.
     *
     * @param path from the top of the workspace
     * @param size in bytes, of files
     */
    record Entry(String path, Type type, @Nullable Long size) {}

    /**
     * A part of a file.
     *
     * @param size of the whole, when it was read
     */
    record File(long size, long offset, byte[] bytes) implements Reply {
        public File {
            if (bytes.length > Question.File.MOST_BYTES) {
                throw new IllegalArgumentException("too much of a file: " + bytes.length);
            }
        }
    }

    /**
     * A unified diff, in whatever encoding the files have.
     *
     * @param truncated whether it goes on
     */
    record Diff(byte[] bytes, boolean truncated) implements Reply {

        public static final int MOST_BYTES = 256 * 1024;

        public Diff {
            if (bytes.length > MOST_BYTES) {
                throw new IllegalArgumentException("too long a diff: " + bytes.length);
            }
        }
    }

    /**
     * How a tunnel is.
     *
     * @param template how it is made
     * @param connection how to connect, once it told; at most {@link #LONGEST_CONNECTION}
     *     characters
     * @param restarts how often its program was started again
     * @param reason a word for why it ended
     * @param detail a sentence on it
     * @param leftSeconds of its life
     */
    record Tunnel(
            TunnelState state,
            String template,
            @Nullable String connection,
            int restarts,
            @Nullable String reason,
            @Nullable String detail,
            long leftSeconds)
            implements Reply {

        public static final int LONGEST_CONNECTION = 1000;
    }

    /** How shells are. */
    record Shells(List<Shell> shells) implements Reply {
        public Shells {
            shells = List.copyOf(shells);
        }
    }

    /**
     * How a shell is.
     *
     * @param live whether something of it may be alive
     * @param reason a word for why it ends; null while it is to go on
     */
    record Shell(String terminal, boolean live, @Nullable String reason) {}

    /**
     * No answer.
     *
     * @param code a word a program can switch on
     * @param sentence for a person
     */
    record Refused(Refusal code, String sentence) implements Reply {}

    /** Why there is no answer. */
    enum Refusal {
        /** There is no such workspace here any more. */
        WORKSPACE_GONE,
        /** There is nothing at this path, or what is there is not to be read. */
        PATH_NOT_FOUND,
        /** What is there is no file, or no directory. */
        PATH_OF_ANOTHER_KIND,
        /** It has no repository. */
        NO_REPOSITORY,
        /** It could not be looked at now, or took too long. */
        UNREADABLE,
        /** No attempt of it runs here. */
        NOT_RUNNING,
        /** This machine has no such template. */
        UNKNOWN_TEMPLATE,
        /** The template's program is not on this machine. */
        PROGRAM_MISSING,
        /** The machine knows no such tunnel. */
        UNKNOWN_TUNNEL,
        /** The task, or the machine, has as many shells as may be. */
        TOO_MANY_SHELLS,
        /** The machine's shell could not be started. */
        SHELL_NOT_STARTED
    }
}
