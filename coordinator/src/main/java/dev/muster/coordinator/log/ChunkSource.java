package dev.muster.coordinator.log;

import dev.muster.coordinator.log.LogStore.Chunk;

import java.util.List;
import java.util.Optional;

/** Where the chunks of one log are read from. */
interface ChunkSource {

    /**
     * The chunk in which line {@code line}, counted from 0, begins, or the one right before it;
     * empty when there are none.
     */
    Optional<Chunk> chunkOf(long line);

    /** Up to {@code most} chunks from byte {@code start} on. */
    List<Chunk> from(long start, int most);
}
