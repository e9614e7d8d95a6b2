package dev.muster.worker.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code boot}: which daemon of this directory was welcomed last. Who holds the directory knows
 * that it is dead, and may say so to take its place at once.
 */
public final class LastBoot {

    private final Path file;

    public LastBoot(DataDirectory directory) {
        this.file = directory.path().resolve("boot");
    }

    /**
     * Empty if none was welcomed yet, or the file tells nothing: then its silence is waited for.
     */
    public Optional<UUID> read() throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        var text = Files.readString(file).strip();
        return text.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
                ? Optional.of(UUID.fromString(text))
                : Optional.empty();
    }

    public void write(UUID boot) throws IOException {
        var draft = file.resolveSibling("boot.new");
        Files.writeString(draft, boot.toString());
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
