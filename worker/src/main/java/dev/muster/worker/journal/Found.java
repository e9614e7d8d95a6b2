package dev.muster.worker.journal;

import java.nio.file.Path;

/** Where bytes of a journal are to be had. */
sealed interface Found {

    /** Nothing more was printed so far, or it is gone. */
    record Nothing() implements Found {}

    record InMemory(Piece piece) implements Found {}

    /**
     * In a file, which may be deleted at any time.
     *
     * @param start offset of the file's first byte
     * @param from offset of the first to be read
     * @param end offset behind its last byte so far
     */
    record OnDisk(Path path, long start, long from, long end) implements Found {}
}
