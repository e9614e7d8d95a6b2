package dev.muster.coordinator.audit;

import java.util.Optional;

/**
 * What came of walking a log.
 *
 * @param head up to which all is well
 * @param fault what comes next and is not; empty if nothing comes next
 */
public record Finding(Head head, Optional<Fault> fault) {}
