package dev.muster.coordinator.model;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A machine as it should be. */
final class ModelMachine {

    /** What a person made of it. */
    enum Status {
        ACTIVE,
        DRAINING,
        DECOMMISSIONED
    }

    final UUID id;
    final List<UUID> former = new ArrayList<>();
    Status status = Status.ACTIVE;
    @Nullable UUID boot;
    int seen;
    int contact;

    ModelMachine(UUID id) {
        this.id = id;
    }

    /** Whether it was not heard of for longer than {@code limit}. */
    boolean isSilent(int now, int limit) {
        return now - seen > limit;
    }

    /** It says something now. */
    void speaks(int now, boolean anew) {
        contact = anew || isSilent(now, Model.UNREACHABLE) ? now : contact;
        seen = now;
    }
}
