package dev.muster.worker.workspace;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.muster.worker.process.Posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a worktree was made from, kept beside its repository for an attempt that goes on in it. An
 * agent may have written there, so what is read is taken for no more than two words of hex.
 *
 * @param base commit the branch started from
 * @param mirror name of the mirror it borrows from
 */
record Origin(String base, String mirror) {

    private static final Pattern WRITTEN =
            Pattern.compile("([0-9a-f]{40,64}) (" + Mirrors.NAME + ")\\n");
    private static final int LONGEST = 256;

    void write(Path file) throws IOException {
        Files.writeString(file, base + " " + mirror + "\n");
    }

    /** Empty if there is none, or none that could have been written. */
    static Optional<Origin> read(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > LONGEST) {
            return Optional.empty();
        }
        var matcher = WRITTEN.matcher(new String(Posix.read(file, LONGEST), ISO_8859_1));
        return matcher.matches()
                ? Optional.of(new Origin(matcher.group(1), matcher.group(2)))
                : Optional.empty();
    }
}
