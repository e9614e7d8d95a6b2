package dev.muster.worker.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code boot}: which daemon of this directory was welcomed last, and where the directory was then.
 * Who holds it there knows that this one is dead, and may say so to take its place at once. In a
 * copy, be it beside the first or on a cloned machine, nobody knows: the lock does not come along.
 */
public final class LastBoot {

    private final Path file;
    private final String place;

    public LastBoot(DataDirectory directory) throws IOException {
        this.file = directory.path().resolve("boot");
        this.place = directory.place();
    }

    /**
     * Empty if none was welcomed yet, or only elsewhere, or the file tells nothing: then its
     * silence is waited for.
     */
    public Optional<UUID> read() throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        var lines = Files.readAllLines(file);
        return lines.size() == 2
                        && lines.getLast().equals(place)
                        && lines.getFirst().matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
                ? Optional.of(UUID.fromString(lines.getFirst()))
                : Optional.empty();
    }

    public void write(UUID boot) throws IOException {
        var draft = file.resolveSibling("boot.new");
        Files.write(draft, List.of(boot.toString(), place));
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
