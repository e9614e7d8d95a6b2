package dev.muster.worker.workspace;

import dev.muster.protocol.question.Reply;
import dev.muster.protocol.question.Reply.Refusal;
import dev.muster.protocol.question.WorkspacePath;
import dev.muster.worker.process.OpenFile;
import dev.muster.worker.user.RunAs;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Reads directories and files of workspaces. Each directory is opened below the one before it and
 * no link is followed, so a link in the place of any of them leads nowhere, whenever it was put
 * there. Of an agent's names only those are followed that the system gave.
 */
final class Browsing {

    private static final int MOST_ENTRIES = 1000;

    /** Of their paths; an answer has to fit into a message. */
    private static final int MOST_CHARACTERS = 64 * 1024;

    /** Of one directory; of a larger one some are shown. */
    private static final int MOST_LISTED = 10_000;

    private final Path workspaces;
    private final Optional<RunAs> user;

    /**
     * @param user whose files are shown, and nobody else's; anybody's if empty
     */
    Browsing(Path workspaces, Optional<RunAs> user) {
        this.workspaces = workspaces;
        this.user = user;
    }

    /** A directory of the system's that is open. */
    @FunctionalInterface
    private interface Reading {
        Reply read(SecureDirectoryStream<Path> directory) throws IOException;
    }

    Reply tree(String workspace, WorkspacePath path, int depth) throws IOException {
        return within(
                workspace,
                path.names(),
                directory -> {
                    var listing = new Listing();
                    var prefix = path.names().isEmpty() ? "" : path + "/";
                    listing.add(directory, prefix, depth);
                    return new Reply.Tree(listing.entries, listing.full || listing.partial);
                });
    }

    /** Opens a directory step by step, and answers for one that cannot be. */
    private Reply within(String workspace, List<String> names, Reading reading) throws IOException {
        try (var top = Files.newDirectoryStream(workspaces)) {
            if (!(top instanceof SecureDirectoryStream<Path> secure)) {
                throw new IOException("this file system offers no safe way to open a directory");
            }
            var steps = new ArrayList<String>();
            steps.add(workspace);
            steps.addAll(names);
            return within(secure, steps, reading);
        } catch (NoSuchFileException | InvalidPathException _) {
            return notFound();
        } catch (NotDirectoryException _) {
            return otherKind("That is no directory, or one that only a link leads to.");
        }
    }

    private static Reply within(SecureDirectoryStream<Path> in, List<String> names, Reading reading)
            throws IOException {
        if (names.isEmpty()) {
            return reading.read(in);
        }
        var name = Path.of(names.getFirst());
        if (!attributes(in, name).isDirectory()) {
            throw new NotDirectoryException(names.getFirst());
        }
        try (var next = in.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            return within(next, names.subList(1, names.size()), reading);
        }
    }

    private static BasicFileAttributes attributes(SecureDirectoryStream<Path> in, Path name)
            throws IOException {
        return in.getFileAttributeView(
                        name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    Reply file(String workspace, WorkspacePath path, long offset, int limit) throws IOException {
        if (path.names().isEmpty()) {
            return otherKind("That is a directory.");
        }
        var name = path.names().getLast();
        var above = path.names().subList(0, path.names().size() - 1);
        return within(
                workspace,
                above,
                directory -> {
                    var found = Path.of(name);
                    if (!attributes(directory, found).isRegularFile()
                            || isForeign(directory, found)) {
                        return otherKind("That is no file of the workspace's own.");
                    }
                    return read(workspace, path, offset, limit);
                });
    }

    /** A user may link to files of others that only the daemon can read. */
    private boolean isForeign(SecureDirectoryStream<Path> in, Path name) throws IOException {
        if (user.isEmpty()) {
            return false;
        }
        var owner =
                in.getFileAttributeView(
                                name, FileOwnerAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .getOwner();
        return !owner.getName().equals(user.get().toString());
    }

    /** It may be something else by now: then it is not read either. */
    private Reply read(String workspace, WorkspacePath path, long offset, int limit)
            throws IOException {
        try (var file = OpenFile.below(workspaces.resolve(workspace), path.names())) {
            var part = file.read(offset, limit);
            return new Reply.File(part.size(), offset, part.bytes());
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            return otherKind("That cannot be read: " + e.getReason() + ".");
        }
    }

    private static Reply.Refused notFound() {
        return new Reply.Refused(
                Refusal.PATH_NOT_FOUND, "There is nothing at this path in the workspace.");
    }

    private static Reply.Refused otherKind(String sentence) {
        return new Reply.Refused(Refusal.PATH_OF_ANOTHER_KIND, sentence);
    }

    /** What was found so far. For one thread. */
    private static final class Listing {

        private final List<Reply.Entry> entries = new ArrayList<>();
        private boolean full;
        private boolean partial;
        private int characters;

        private void add(SecureDirectoryStream<Path> directory, String prefix, int depth)
                throws IOException {
            for (var name : names(directory)) {
                if (full) {
                    return;
                }
                add(directory, name, prefix, depth);
            }
        }

        private List<Path> names(SecureDirectoryStream<Path> directory) throws IOException {
            var names = new ArrayList<Path>();
            try {
                for (var entry : directory) {
                    if (names.size() == MOST_LISTED) {
                        partial = true;
                        break;
                    }
                    if (!WorkspacePath.isGits(entry.getFileName().toString())) {
                        names.add(entry.getFileName());
                    }
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
            names.sort(Comparator.comparing(Path::toString));
            return names;
        }

        private void add(SecureDirectoryStream<Path> directory, Path name, String prefix, int depth)
                throws IOException {
            BasicFileAttributes attributes;
            try {
                attributes = attributes(directory, name);
            } catch (NoSuchFileException _) {
                return; // deleted meanwhile
            }
            var path = prefix + name;
            characters += path.length();
            if (entries.size() == MOST_ENTRIES || characters > MOST_CHARACTERS) {
                full = true;
                return;
            }
            var type = type(attributes);
            entries.add(
                    new Reply.Entry(
                            path, type, type == Reply.Type.FILE ? attributes.size() : null));
            if (type == Reply.Type.DIRECTORY && depth > 1) {
                try (var inside = directory.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                    add(inside, path + "/", depth - 1);
                } catch (FileSystemException _) {
                    // not to be read, or something else by now
                }
            }
        }

        private static Reply.Type type(BasicFileAttributes attributes) {
            if (attributes.isSymbolicLink()) {
                return Reply.Type.LINK;
            }
            if (attributes.isDirectory()) {
                return Reply.Type.DIRECTORY;
            }
            return attributes.isRegularFile() ? Reply.Type.FILE : Reply.Type.OTHER;
        }
    }
}
