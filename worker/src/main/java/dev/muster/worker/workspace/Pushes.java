package dev.muster.worker.workspace;

import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.wire.Wire;
import dev.muster.protocol.wire.WireException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Pushes what attempts left, without any git of the daemon's that has a token ever reading what an
 * agent could have written.
 *
 * <p>The commits are packed by a git that has the agent's rights and no token, in a throw-away
 * repository, and unpacked and checked into one of the daemon's own, which borrows from the mirror
 * only. From there they are pushed. That repository stays until it is settled what became of the
 * push. Thread-safe; one note is in the hands of one thread at a time.
 */
public final class Pushes {

    private static final Logger log = LoggerFactory.getLogger(Pushes.class);

    /** A large history over a slow line. */
    private static final Duration LONGEST_PUSH = Duration.ofMinutes(15);

    /** All that is to be sent is there by then. */
    private static final Duration LONGEST_MOVE = Duration.ofMinutes(2);

    private static final Pattern NAME = Pattern.compile("\\d{1,19}-a\\d{1,10}-f\\d{1,19}");
    private static final int LARGEST_NOTE = 16 * 1024;

    private final Git git;
    private final Git careful;
    private final Inspection inspection;
    private final Remote remote;
    private final Path root;
    private final ConcurrentHashMap<String, PushNote> notes = new ConcurrentHashMap<>();
    private volatile Consumer<PushNote> onKept = _ -> {};

    /**
     * @param git the daemon's own
     * @param careful with the rights of whoever wrote what is to be pushed
     * @param root nobody's but the daemon's
     */
    Pushes(Git git, Git careful, Inspection inspection, Remote remote, Path root) {
        this.git = git;
        this.careful = careful;
        this.inspection = inspection;
        this.remote = remote;
        this.root = root;
    }

    /** Finds what a former daemon noted, and clears away what it had not noted yet. */
    void open() throws IOException {
        try (var entries = Files.newDirectoryStream(root)) {
            for (var entry : entries) {
                var note = read(entry);
                if (note.isPresent()) {
                    notes.put(note.get().name(), note.get());
                } else {
                    Erasure.erase(entry);
                }
            }
        }
    }

    private static Optional<PushNote> read(Path directory) throws IOException {
        var file = directory.resolve("note");
        if (!NAME.matcher(String.valueOf(directory.getFileName())).matches()
                || !Files.isRegularFile(file)
                || Files.size(file) > LARGEST_NOTE) {
            return Optional.empty();
        }
        try {
            var note = Wire.decode(Files.readAllBytes(file), PushNote.class);
            return Optional.of(note).filter(one -> directory.endsWith(one.name()));
        } catch (WireException e) {
            log.warn("a note of a push cannot be read file={} why={}", file, e.getMessage());
            return Optional.empty();
        }
    }

    /** {@code action} is told of each note that is made from now on. */
    public void onKept(Consumer<PushNote> action) {
        onKept = action;
    }

    /** What is not settled. */
    public List<PushNote> unsettled() {
        return List.copyOf(notes.values());
    }

    /**
     * Takes an attempt's commits out of the reach of whoever made them, and notes that they are to
     * be pushed. To be called once its processes are gone.
     *
     * @param commit the last one
     * @throws WorkspaceFailure if they cannot be read, with a sentence for the task's owner
     */
    public PushNote keep(LeaseRef lease, Workspace.Worktree worktree, String repoUrl, String commit)
            throws InterruptedException, IOException {
        var note = new PushNote(lease, commit, worktree.branch(), repoUrl);
        var directory = root.resolve(note.name());
        Erasure.erase(directory);
        boolean whole = false;
        try {
            BareRepository.create(
                    repository(note),
                    "ref: refs/heads/none",
                    BareRepository.PLAIN_CONFIG,
                    List.of(worktree.mirrorObjects()));
            copy(worktree, commit, directory);
            write(note, directory);
            whole = true;
        } finally {
            if (!whole) {
                Erasure.erase(directory);
            }
        }
        notes.put(note.name(), note);
        onKept.accept(note);
        return note;
    }

    private void copy(Workspace.Worktree worktree, String commit, Path directory)
            throws InterruptedException, IOException {
        var wanted = directory.resolve("wanted");
        var pack = directory.resolve("pack");
        Files.write(wanted, wanted(worktree, commit));
        inspection.inThrowAway(
                worktree,
                "ref: refs/heads/none",
                borrowing ->
                        careful.bytes(
                                GitCall.on(
                                                borrowing,
                                                "pack what is to be pushed",
                                                "pack-objects",
                                                "--revs",
                                                "--stdout",
                                                "--quiet",
                                                "--delta-base-offset")
                                        .reading(wanted, pack)
                                        .within(LONGEST_PUSH)));
        git.run(
                GitCall.on(
                                directory.resolve("repository"),
                                "check what is to be pushed",
                                "index-pack",
                                "--stdin")
                        .reading(pack)
                        .within(LONGEST_PUSH));
        Files.delete(pack);
        Files.delete(wanted);
    }

    /** The commit, without all that the mirror has. */
    private static List<String> wanted(Workspace.Worktree worktree, String commit)
            throws IOException {
        var lines = new LinkedHashSet<String>();
        lines.add(commit);
        lines.add("^" + worktree.base());
        var mirrored = worktree.mirrorObjects().resolveSibling("packed-refs");
        Refs.packed(mirrored).values().forEach(id -> lines.add("^" + id));
        return List.copyOf(lines);
    }

    private static void write(PushNote note, Path directory) throws IOException {
        var unfinished = directory.resolve("note.new");
        try (var channel =
                FileChannel.open(
                        unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var bytes = ByteBuffer.wrap(Wire.encode(note));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(unfinished, directory.resolve("note"), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path repository(PushNote note) {
        return root.resolve(note.name()).resolve("repository");
    }

    /**
     * Pushes to the attempt's own ref, over whatever an earlier grant of it may have left there.
     *
     * @throws GitFailure if the repository cannot be reached, or not in time
     */
    public PushAnswer push(PushNote note, Optional<GitToken> token) throws InterruptedException {
        var refspec = "+" + note.commit() + ":" + note.ref();
        var move = new Remote.Move("push to " + note.repoUrl(), note.repoUrl(), refspec);
        return remote.push(repository(note), move, token, LONGEST_PUSH);
    }

    /**
     * Moves the branch forward to the commit. Never back or aside: a branch that has what the
     * commit has not refuses it, and nothing is overwritten.
     *
     * @throws GitFailure if the repository cannot be reached, or not in time
     */
    public PushAnswer promote(PushNote note, Optional<GitToken> token) throws InterruptedException {
        var refspec = note.commit() + ":refs/heads/" + note.branch();
        var move = new Remote.Move("move " + note.branch() + " forward", note.repoUrl(), refspec);
        return remote.push(repository(note), move, token, LONGEST_MOVE);
    }

    /**
     * Deletes the attempt's own ref, unless it is at another commit by now.
     *
     * @throws GitFailure if the repository cannot be reached, or not in time
     */
    public PushAnswer withdraw(PushNote note, Optional<GitToken> token)
            throws InterruptedException {
        var lease = Optional.of(note.ref() + ":" + note.commit());
        var move = new Remote.Move("delete " + note.ref(), note.repoUrl(), ":" + note.ref(), lease);
        return remote.push(repository(note), move, token, LONGEST_MOVE);
    }

    /** It is settled what became of it. */
    public void forget(PushNote note) {
        try {
            Erasure.erase(root.resolve(note.name()));
            notes.remove(note.name());
        } catch (IOException e) {
            // the next daemon finds it, and is told the same
            log.warn("a settled push stays noted {} reason={}", note.lease(), e.toString());
        }
    }
}
