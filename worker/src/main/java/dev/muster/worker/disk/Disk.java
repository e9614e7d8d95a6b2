package dev.muster.worker.disk;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The disk under a directory, as it was when last looked at. Looked at by one thread. */
public final class Disk {

    private static final Logger log = LoggerFactory.getLogger(Disk.class);

    private final Path directory;
    private final long floor;
    private volatile boolean room = true;

    /**
     * @param floor bytes that must be free before another attempt may begin; 0 for any
     */
    public Disk(Path directory, long floor) {
        this.directory = directory;
        this.floor = floor;
        look();
    }

    /**
     * Looks anew.
     *
     * @return share in use of what may be used at all, 0 to 1; 0 if it cannot be told
     */
    public double look() {
        try {
            var store = Files.getFileStore(directory);
            long free = store.getUsableSpace();
            note(free);
            long used = store.getTotalSpace() - store.getUnallocatedSpace();
            // what is kept back for the system's own user is neither used nor free
            return Math.clamp(used / (double) Math.max(1, used + free), 0.0, 1.0);
        } catch (IOException e) {
            log.debug("disk usage unknown", e);
            return 0;
        }
    }

    private void note(long free) {
        boolean enough = free >= floor;
        if (enough != room) {
            room = enough;
            if (enough) {
                log.info("disk has room again, attempts are taken free={}", free);
            } else {
                log.warn(
                        "disk has too little room, no attempts are taken until it has free={}"
                                + " floor={} directory={}",
                        free,
                        floor,
                        directory);
            }
        }
    }

    /** Whether there was room for another attempt. Thread-safe. */
    public boolean hasRoom() {
        return room;
    }

    /** Whether {@code failure} came of a disk, or a share of it, that is full. */
    public static boolean isFull(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            var message = String.valueOf(cause.getMessage());
            if (message.contains("No space left on device")
                    || message.contains("Disk quota exceeded")) {
                return true;
            }
        }
        return false;
    }
}
