package dev.muster.worker.workspace;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;

/**
 * Deletes a tree that an agent wrote. Works relative to open directories and never follows a link,
 * so that a directory swapped for a link meanwhile leads nowhere.
 */
final class Erasure {

    /** Each level holds a file descriptor; deeper trees are first moved up, then deleted. */
    private static final int DEEPEST = 64;

    /** Begins the name of what a crash may leave behind; swept when the daemon starts. */
    static final String PREFIX = ".erasing-";

    private final SecureDirectoryStream<Path> top;
    private final Deque<Path> pending = new ArrayDeque<>();

    private Erasure(SecureDirectoryStream<Path> top) {
        this.top = top;
    }

    /** Deletes {@code path} and everything in it; fine if there is none. */
    static void erase(Path path) throws IOException {
        var parent = path.getParent();
        var name = path.getFileName();
        if (parent == null || name == null) {
            throw new IllegalArgumentException("not a path to erase: " + path);
        }
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (var stream = Files.newDirectoryStream(parent)) {
            if (!(stream instanceof SecureDirectoryStream<Path> secure)) {
                throw new IOException("this file system offers no safe way to delete a directory");
            }
            new Erasure(secure).eraseAll(name);
        }
    }

    private void eraseAll(Path first) throws IOException {
        for (var next = first; next != null; next = pending.poll()) {
            eraseEntry(top, next, 0);
        }
    }

    private void eraseEntry(SecureDirectoryStream<Path> in, Path name, int depth)
            throws IOException {
        if (!isDirectory(in, name)) {
            in.deleteFile(name);
            return;
        }
        if (depth > DEEPEST) {
            var shallow = Path.of(PREFIX + UUID.randomUUID());
            in.move(name, top, shallow);
            pending.add(shallow);
            return;
        }
        try (var inside = open(in, name)) {
            for (var entry : inside) {
                eraseEntry(inside, entry.getFileName(), depth + 1);
            }
        }
        in.deleteDirectory(name);
    }

    /**
     * Build tools leave directories nobody may write to, so each is made ours before it is emptied.
     */
    private static SecureDirectoryStream<Path> open(SecureDirectoryStream<Path> in, Path name)
            throws IOException {
        var view =
                in.getFileAttributeView(
                        name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        try {
            view.setPermissions(PosixFilePermissions.fromString("rwx------"));
        } catch (AccessDeniedException _) {
            // unreadable as well as unwritable; opening it will say so with a name
        }
        return in.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isDirectory(SecureDirectoryStream<Path> in, Path name)
            throws IOException {
        return in.getFileAttributeView(
                        name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes()
                .isDirectory();
    }
}
