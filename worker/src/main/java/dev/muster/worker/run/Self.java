package dev.muster.worker.run;

import java.util.List;
import java.util.UUID;

/**
 * Who speaks in every message.
 *
 * @param machine the machine's lasting name
 * @param boot drawn once per daemon
 * @param version of the software
 * @param capabilities agent types it can drive
 * @param slots how many attempts it runs at once
 */
public record Self(UUID machine, UUID boot, String version, List<String> capabilities, int slots) {
    public Self {
        capabilities = List.copyOf(capabilities);
    }
}
