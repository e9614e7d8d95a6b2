package dev.muster.coordinator.task;

/**
 * Who looks.
 *
 * @param everywhere whether every project is open to them; others see the projects they belong to
 */
public record Viewer(long developer, boolean everywhere) {}
