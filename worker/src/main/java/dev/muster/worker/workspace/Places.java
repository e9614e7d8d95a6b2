package dev.muster.worker.workspace;

import dev.muster.worker.disk.Allocation;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Where what belongs to a workspace lies.
 *
 * @param workspaces the trees that agents work in
 * @param repositories the private repositories of those trees, and their first indexes
 * @param kept one small file for each workspace of an ended attempt: see {@link Ending}
 */
record Places(Path workspaces, Path repositories, Path kept) {

    /** Made of numbers only, so it can be a directory, a branch and an argument. */
    private static final Pattern NAME =
            Pattern.compile("(\\d{1,19}-a\\d{1,10})(\\.git|\\.index|\\.origin)?");

    Path tree(String name) {
        return workspaces.resolve(name);
    }

    Path repository(String name) {
        return repositories.resolve(name + ".git");
    }

    /** What a workspace was made from. */
    Path origin(String name) {
        return repositories.resolve(name + ".origin");
    }

    Path ending(String name) {
        return kept.resolve(name);
    }

    /** Deletes all of a workspace; its ending last, so that a crash in between is made good. */
    void erase(String name) throws IOException {
        Erasure.erase(tree(name));
        Erasure.erase(repository(name));
        Erasure.erase(repositories.resolve(name + ".index"));
        Files.deleteIfExists(origin(name));
        Files.deleteIfExists(ending(name));
    }

    /** What the workspace of an attempt is called, of which it is made. */
    static String name(long task, int attempt) {
        return task + "-a" + attempt;
    }

    /** The names of all workspaces of which there is anything. */
    List<String> names() throws IOException {
        var names = new TreeSet<String>();
        for (var root : List.of(workspaces, repositories, kept)) {
            try (var entries = Files.newDirectoryStream(root)) {
                for (var entry : entries) {
                    var name = NAME.matcher(String.valueOf(entry.getFileName()));
                    if (name.matches()) {
                        names.add(name.group(1));
                    }
                }
            }
        }
        return List.copyOf(names);
    }

    /**
     * How many bytes of the disk a workspace takes with its repository, about; what cannot be read
     * is left.
     */
    long bytes(String name) throws IOException {
        return bytes(name, Long.MAX_VALUE);
    }

    /** The same of the first {@code most} files only. */
    long bytes(String name, long most) throws IOException {
        var left = new AtomicLong(most);
        var sum = new AtomicLong();
        var adding =
                new SimpleFileVisitor<Path>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        sum.addAndGet(Allocation.bytes(file, attributes.size()));
                        return left.decrementAndGet() > 0
                                ? FileVisitResult.CONTINUE
                                : FileVisitResult.TERMINATE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path directory, IOException e) {
                        return FileVisitResult.CONTINUE;
                    }
                };
        Files.walkFileTree(tree(name), adding);
        if (left.get() > 0) {
            Files.walkFileTree(repository(name), adding);
        }
        return sum.get();
    }
}
