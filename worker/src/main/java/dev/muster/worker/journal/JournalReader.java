package dev.muster.worker.journal;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Reads a journal beside its uplink, without keeping appends waiting: files are read through a
 * channel of its own and outside the journal's lock. For one thread, whose interruption harms only
 * this reader.
 */
public final class JournalReader implements AutoCloseable {

    private final Journal journal;
    private final Runnable onClose;
    private @Nullable Open open;

    private record Open(Path path, FileChannel channel, Frames frames) {}

    JournalReader(Journal journal, Runnable onClose) {
        this.journal = journal;
        this.onClose = onClose;
    }

    /**
     * What follows an offset. Where some of that is acknowledged and forgotten it begins later, as
     * its offset says. Empty if nothing more was printed, or all of it is forgotten.
     *
     * @param most how many bytes at most
     * @throws IOException if the file cannot be read, or is damaged
     */
    public Optional<Piece> read(long from, int most) throws IOException {
        Found.OnDisk missing = null;
        while (true) {
            switch (journal.find(from, most)) {
                case Found.Nothing _ -> {
                    return Optional.empty();
                }
                case Found.InMemory(var piece) -> {
                    return Optional.of(piece);
                }
                case Found.OnDisk place -> {
                    try {
                        return Optional.of(read(place, most));
                    } catch (NoSuchFileException e) {
                        // deleted since it was found; but then it is not found again
                        if (missing != null && missing.path().equals(place.path())) {
                            throw e;
                        }
                        missing = place;
                    }
                }
            }
        }
    }

    private Piece read(Found.OnDisk place, int most) throws IOException {
        var frames = open(place).frames();
        var first = frames.read(place.from());
        if (first.bytes().length >= most || first.end() == place.end()) {
            return first.most(most);
        }
        var gathered = new ByteArrayOutputStream(most);
        gathered.writeBytes(first.bytes());
        long next = first.end();
        while (gathered.size() < most && next < place.end()) {
            var piece = frames.read(next).most(most - gathered.size());
            gathered.writeBytes(piece.bytes());
            next = piece.end();
        }
        return new Piece(place.from(), first.atMillis(), gathered.toByteArray());
    }

    private Open open(Found.OnDisk place) throws IOException {
        var present = open;
        if (present != null && present.path().equals(place.path())) {
            return present;
        }
        closeFile();
        var channel = FileChannel.open(place.path(), StandardOpenOption.READ);
        var opened =
                new Open(place.path(), channel, new Frames(place.path(), channel, place.start()));
        open = opened;
        return opened;
    }

    private void closeFile() throws IOException {
        var present = open;
        open = null;
        if (present != null) {
            present.channel().close();
        }
    }

    @Override
    public void close() throws IOException {
        onClose.run();
        closeFile();
    }
}
