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

    private static final int MOST_NO_STARTS = 3;

    final UUID id;
    final List<UUID> former = new ArrayList<>();
    Status status = Status.ACTIVE;
    @Nullable UUID boot;
    int seen;
    int contact;
    private int noStarts;
    private int lastNoStart;
    private @Nullable UUID deafBoot;

    ModelMachine(UUID id) {
        this.id = id;
    }

    /** Whether it was not heard of for longer than {@code limit}. */
    boolean isSilent(int now, int limit) {
        return now - seen > limit;
    }

    /** It lost what it was given, and never said a word of it. */
    void beginsNothing(UUID daemon, int now) {
        noStarts = daemon.equals(deafBoot) ? noStarts + 1 : 1;
        deafBoot = daemon;
        lastNoStart = now;
    }

    /** It said its first word of something. */
    void begins() {
        noStarts = 0;
        deafBoot = null;
    }

    /** Whether it is given nothing, since it begins nothing. */
    boolean isDeaf(int now) {
        return noStarts >= MOST_NO_STARTS && now - lastNoStart < Model.DEAF;
    }

    /** It says something now. */
    void speaks(int now, boolean anew) {
        contact = anew || isSilent(now, Model.UNREACHABLE) ? now : contact;
        seen = now;
    }
}
