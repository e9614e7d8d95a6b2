package dev.muster.worker.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How the attempt of a workspace that stayed had ended.
 *
 * @param mirror name of the mirror its repository borrows from; empty if there is none, or if the
 *     daemon died with the attempt and it is not known
 */
record Ending(boolean completed, Instant at, Optional<String> mirror) {

    private static final int MOST = 1024;
    private static final Pattern LINE =
            Pattern.compile("(completed|failed) (\\S{1,64})(?: (" + Mirrors.NAME + "))?\n");

    void write(Path file) throws IOException {
        var line =
                (completed ? "completed " : "failed ")
                        + at
                        + mirror.map(name -> " " + name).orElse("")
                        + "\n";
        var unfinished = file.resolveSibling(".new-" + file.getFileName());
        Files.writeString(unfinished, line);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Nothing where there is no such file, or none that this daemon would have written. */
    static Optional<Ending> read(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MOST) {
            return Optional.empty();
        }
        var line = LINE.matcher(Files.readString(file));
        if (!line.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Ending(
                            line.group(1).equals("completed"),
                            Instant.parse(line.group(2)),
                            Optional.ofNullable(line.group(3))));
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
