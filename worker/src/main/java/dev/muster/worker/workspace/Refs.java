package dev.muster.worker.workspace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.worker.process.Posix;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks up refs in a repository's files. Reading them here saves a process, and asks nothing of a
 * git whose config an agent may have written.
 */
final class Refs {

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern SYMBOLIC = Pattern.compile("ref: (refs/heads/[^\\s\\p{Cntrl}]+)");
    private static final int MOST_LOOSE = 4096;
    private static final int MOST_PACKED = 8 * 1024 * 1024;
    private static final int MOST_FILES = 100_000;
    private static final int DEEPEST = 32;

    private Refs() {}

    /** The commit a branch points at; a symbolic or damaged ref counts as none. */
    static Optional<String> find(Path repository, String ref) throws IOException {
        var loose = repository.resolve(ref);
        if (Files.isRegularFile(loose, LinkOption.NOFOLLOW_LINKS)) {
            return loose(loose).filter(text -> COMMIT.matcher(text).matches());
        }
        return findPacked(repository.resolve("packed-refs"), ref);
    }

    /**
     * The commit that a worktree has checked out.
     *
     * @param own the worktree's directory in {@code repository}
     */
    static Optional<String> head(Path repository, Path own) throws IOException {
        var text = loose(own.resolve("HEAD"));
        if (text.isEmpty() || COMMIT.matcher(text.get()).matches()) {
            return text;
        }
        var symbolic = SYMBOLIC.matcher(text.get());
        if (!symbolic.matches() || symbolic.group(1).contains("..")) {
            return Optional.empty();
        }
        return find(repository, symbolic.group(1));
    }

    /** The branch that a worktree has checked out, by its short name; nothing if it has none. */
    static Optional<String> branch(Path own) throws IOException {
        return loose(own.resolve("HEAD"))
                .map(SYMBOLIC::matcher)
                .filter(Matcher::matches)
                .map(branch -> branch.group(1).substring("refs/heads/".length()));
    }

    /** Every ref and what it points at; symbolic and damaged ones are left out. */
    static Map<String, String> all(Path repository) throws IOException {
        var refs = packed(repository.resolve("packed-refs"));
        var root = repository.resolve("refs");
        try (var files = Files.walk(root, DEEPEST)) {
            int left = MOST_FILES;
            for (var file : (Iterable<Path>) files::iterator) {
                if (left-- == 0) {
                    throw new IOException("there are too many refs in " + root);
                }
                loose(file)
                        .filter(text -> COMMIT.matcher(text).matches())
                        .ifPresent(id -> refs.put(repository.relativize(file).toString(), id));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return refs;
    }

    /** What the file of that form says; nothing if there is no such file. */
    static Map<String, String> packed(Path packed) throws IOException {
        var refs = new HashMap<String, String>();
        scan(
                packed,
                line -> {
                    if (COMMIT.matcher(line.substring(0, 40)).matches()) {
                        refs.put(line.substring(41), line.substring(0, 40));
                    }
                    return false;
                });
        return refs;
    }

    static Optional<String> findPacked(Path packed, String ref) throws IOException {
        var end = " " + ref;
        return scan(
                packed,
                line ->
                        line.length() == 40 + end.length()
                                && line.endsWith(end)
                                && COMMIT.matcher(line.substring(0, 40)).matches());
    }

    private static Optional<String> loose(Path file) throws IOException {
        // no planted link; what takes its place meanwhile keeps nobody waiting
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        return Optional.of(new String(Posix.read(file, MOST_LOOSE), ISO_8859_1).strip());
    }

    /** An agent's file, whose one line may be longer than the memory there is. */
    private static String bounded(Path packed) throws IOException {
        var bytes = Posix.read(packed, MOST_PACKED + 1);
        if (bytes.length > MOST_PACKED) {
            throw new IOException("there are too many refs in " + packed);
        }
        return new String(bytes, UTF_8);
    }

    /**
     * Lines are {@code <commit> <ref>}; those for peeled tags and the header never match.
     *
     * @return the commit of the first line that {@code enough} takes
     */
    private static Optional<String> scan(Path packed, Predicate<String> enough) throws IOException {
        if (!Files.isRegularFile(packed, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try (var lines = new BufferedReader(new StringReader(bounded(packed)))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.length() > 41 && line.charAt(40) == ' ' && enough.test(line)) {
                    return Optional.of(line.substring(0, 40));
                }
            }
        }
        return Optional.empty();
    }
}
