package dev.muster.worker.journal;

import dev.muster.worker.disk.Disk;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** A journal that cannot be written; what was in it before stays readable. */
public final class JournalFailure extends IOException {

    private static final long serialVersionUID = 1;

    private final String reason;

    private JournalFailure(String reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    static JournalFailure of(IOException cause) {
        var message = String.valueOf(cause.getMessage());
        if (cause instanceof FileSystemException e && e.getReason() != null) {
            message = e.getReason();
        }
        return Disk.isFull(cause)
                ? new JournalFailure("disk_full", "The worker's disk is full.", cause)
                : new JournalFailure(
                        "disk_failed", "The worker cannot write its journal: " + message, cause);
    }

    /** A stable word: {@code disk_full} or {@code disk_failed}. */
    public String reason() {
        return reason;
    }
}
