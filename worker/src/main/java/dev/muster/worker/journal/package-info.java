/**
 * The log of an attempt on this machine's disk, until the coordinator has it.
 *
 * <p>Bytes are in a file before anybody may send them. There is no fsync: a killed daemon loses
 * nothing that it wrote, for the page cache is the kernel's; a power cut ends the attempt itself,
 * and what the coordinator has acknowledged is in its database, not here.
 *
 * <p>Everything is bounded: {@link dev.muster.worker.journal.Journal#append} waits while too much
 * is unacknowledged, segments are deleted as the coordinator acknowledges them, and memory holds
 * only the newest {@value dev.muster.worker.journal.Journal#MOST_IN_MEMORY} bytes.
 */
@NullMarked
package dev.muster.worker.journal;

import org.jspecify.annotations.NullMarked;
