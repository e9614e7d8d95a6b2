package dev.muster.worker.identity;

import java.util.List;

/**
 * What a machine says of itself when it enrols.
 *
 * @param name what people call it
 * @param capabilities agent types it can drive
 */
public record Introduction(String name, List<String> capabilities, int slots, Hardware hardware) {

    /** What the machine is made of; memory in bytes. */
    public record Hardware(String os, String arch, int cpus, long memoryBytes) {}

    public Introduction {
        capabilities = List.copyOf(capabilities);
    }
}
