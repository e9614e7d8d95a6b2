package dev.muster.coordinator.terminal;

import dev.muster.coordinator.terminal.TerminalStore.Holder;
import dev.muster.protocol.terminal.TerminalFrame;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.UUID;

/**
 * Who types at a terminal, and what its worker is told of that: keys, the size that they want, and
 * that somebody else does now. Guarded by the terminal.
 */
final class Control {

    private final Map<UUID, Seat> seats;
    private final Waiting waiting = new Waiting();
    private @Nullable Holder holder;
    private @Nullable Line line;
    private TerminalFrame.@Nullable Size asked;
    private long changes;

    /**
     * @param seats of the terminal, as they are
     */
    Control(Map<UUID, Seat> seats, @Nullable Holder holder) {
        this.seats = seats;
        this.holder = holder;
    }

    /** Tells all who sit here who else does, at whichever coordinator, and who types. */
    void tell(JsonArray people) {
        for (var seat : seats.values()) {
            seat.tellPeople(
                    new JsonObject()
                            .put("you", (isHeldBy(seat) ? Mode.CONTROL : Mode.WATCH).word())
                            .put("controller", holder == null ? null : holder.name())
                            .put("viewers", people)
                            .encode());
        }
    }

    private boolean isHeldBy(Seat seat) {
        return holder != null && holder.seat().equals(seat.id());
    }

    /** How often it changed here: which changes a look that begins now will have seen. */
    long changes() {
        return changes;
    }

    /** Passes on what somebody typed, if it is he who types; a moment later if no line is there. */
    void typed(Seat seat, byte[] keys) {
        if (holder == null || !isHeldBy(seat) || !seat.mayType() || seat.answersReplay(keys)) {
            return;
        }
        var typed = new TerminalFrame.Keys(holder.epoch(), keys);
        if (line == null) {
            waiting.add(typed);
        } else {
            line.send(typed);
        }
    }

    /** Makes the terminal as large as whoever types would have it. */
    void resize() {
        if (line == null || holder == null) {
            return;
        }
        var seat = seats.get(holder.seat());
        var wish = seat == null ? null : seat.wish();
        if (wish != null && seat.mayType()) {
            line.send(new TerminalFrame.Resize(holder.epoch(), wish.columns(), wish.rows()));
            asked = wish;
        }
    }

    /** Whether somebody here was the last to give it this size, as far as is known here. */
    boolean asked(TerminalFrame.Size size) {
        return size.equals(asked);
    }

    /** Somebody types from now on. */
    void held(Holder by) {
        changes++;
        hold(by);
    }

    /** Nobody does, if it was this seat that did. */
    void released(Seat seat) {
        changes++;
        if (isHeldBy(seat)) {
            hold(null);
        }
    }

    /**
     * Takes over who types, unless that changed here since.
     *
     * @param since what {@link #changes} was before it was looked at
     */
    void looked(@Nullable Holder now, long since) {
        if (since == changes) {
            hold(now);
        }
    }

    private void hold(@Nullable Holder by) {
        boolean other = by != null && !by.equals(holder);
        holder = by;
        if (other && line != null) {
            line.send(new TerminalFrame.Control(by.epoch()));
            resize();
        }
    }

    /** A worker's line is there, before it is asked for anything. */
    void connected(Line dialled) {
        line = dialled;
        if (holder != null) {
            dialled.send(new TerminalFrame.Control(holder.epoch()));
            resize();
            waiting.take(holder.epoch()).forEach(dialled::send);
        }
    }

    void lost() {
        line = null;
    }
}
