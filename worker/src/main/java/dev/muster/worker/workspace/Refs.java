package dev.muster.worker.workspace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Looks up a ref in a repository's files. Reading them here saves a process, and asks nothing of a
 * git whose config an agent may have written.
 */
final class Refs {

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final int MOST_LOOSE = 4096;

    private Refs() {}

    /** The commit a branch points at; a symbolic or damaged ref counts as none. */
    static Optional<String> find(Path repository, String ref) throws IOException {
        var loose = repository.resolve(ref);
        if (Files.isRegularFile(loose, LinkOption.NOFOLLOW_LINKS)) {
            try (var in = Files.newInputStream(loose, LinkOption.NOFOLLOW_LINKS)) {
                var text = new String(in.readNBytes(MOST_LOOSE), ISO_8859_1).strip();
                return COMMIT.matcher(text).matches() ? Optional.of(text) : Optional.empty();
            }
        }
        return findPacked(repository.resolve("packed-refs"), ref);
    }

    /** Lines are {@code <commit> <ref>}; those for peeled tags and the header never match. */
    static Optional<String> findPacked(Path packed, String ref) throws IOException {
        // neither a planted link nor a pipe that nobody ever writes to
        if (!Files.isRegularFile(packed, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        var end = " " + ref;
        try (var in = Files.newInputStream(packed, LinkOption.NOFOLLOW_LINKS);
                var lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.length() == 40 + end.length()
                        && line.endsWith(end)
                        && COMMIT.matcher(line.substring(0, 40)).matches()) {
                    return Optional.of(line.substring(0, 40));
                }
            }
        }
        return Optional.empty();
    }
}
