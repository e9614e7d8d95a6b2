package dev.muster.coordinator.terminal;

import dev.muster.coordinator.log.Logs;
import dev.muster.coordinator.terminal.Ring.Piece;
import dev.muster.coordinator.terminal.TerminalStore.Holder;
import dev.muster.coordinator.terminal.TerminalStore.Stand;
import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * One terminal, as far as this coordinator knows it: its newest output, its worker's line, its
 * seats. Thread-safe; never waits for anybody while it holds its lock.
 */
final class Terminal {

    private static final Logger log = LoggerFactory.getLogger(Terminal.class);

    /** How much before the end a viewer who knows nothing begins. */
    private static final long FIRST_PAINT = 512 * 1024;

    private static final int CHUNKS = 8;
    private static final int LINGERS = 5;

    private final TerminalId id;
    private final Logs logs;
    private final LongSupplier mostKept;

    // guarded by this
    private final Map<UUID, Seat> seats = new LinkedHashMap<>();
    private final Ring ring = new Ring();
    private final Control control;
    private final Resizes resizes;
    private Stand stand;
    private long known;
    private @Nullable Line line;
    private String channelToken = ChannelTokens.draw();
    private OptionalLong exit = OptionalLong.empty();
    private TerminalFrame.@Nullable Size size;
    private int emptyFor;

    /**
     * @param stand as it is now
     * @param mostKept how many bytes of output are kept
     */
    Terminal(TerminalId id, Stand stand, Logs logs, LongSupplier mostKept) {
        this.id = id;
        this.stand = stand;
        this.known = stand.stored();
        this.control = new Control(seats, stand.holder());
        this.resizes = new Resizes(id);
        this.logs = logs;
        this.mostKept = mostKept;
    }

    TerminalId id() {
        return id;
    }

    // people

    /** Lets somebody sit down, who is told first what there is. */
    synchronized void enter(Seat seat, Entrance entrance) {
        seats.put(seat.id(), seat);
        emptyFor = 0;
        seat.send(
                new TerminalFrame.Hello(
                        new JsonObject()
                                .put("task", id.task())
                                .put("attempt", id.attempt())
                                .put("fence", stand.fence())
                                .put("terminal", id.name())
                                .put("start", 0)
                                .put("end", known)
                                .encode()));
        var from = entrance.resumes(stand.fence());
        long paint = Math.max(0, known - FIRST_PAINT);
        seat.begin(from.orElse(paint), from.isPresent() || paint == 0, known);
        if (size != null) {
            seat.send(size);
        }
        seat.send(lineFrame());
        advance(seat);
    }

    synchronized void leave(Seat seat) {
        seats.remove(seat.id());
    }

    synchronized List<Seat> seats() {
        return List.copyOf(seats.values());
    }

    /** A viewer can take more than before. */
    synchronized void goOn(Seat seat) {
        advance(seat);
    }

    synchronized void seen(Seat seat, long offset) {
        seat.seen(offset);
        advance(seat);
    }

    /** Passes on what somebody typed, if it is he who types. */
    synchronized void typed(Seat seat, byte[] keys) {
        control.typed(seat, keys);
    }

    /** Somebody would have the terminal another size; so it gets, if it is he who types. */
    synchronized void wished(Seat seat, TerminalFrame.Size wish) {
        seat.wish(wish);
        control.resize();
    }

    /** Somebody types from now on. */
    synchronized void held(Holder holder) {
        control.held(holder);
    }

    /** Nobody does, if it was this seat that did. */
    synchronized void released(Seat seat) {
        control.released(seat);
    }

    // output

    /** Sends a viewer what he can take; called whenever that, or what there is, has changed. */
    private void advance(Seat seat) {
        while (seat.takes()) {
            long end = end();
            if (seat.isFarBehind(end)) {
                seat.skip(end - FIRST_PAINT);
            }
            if (!id.isStages() && !ring.isEmpty() && seat.cursor() < ring.start()) {
                // nobody has what a shell printed longer ago
                seat.skip(ring.start());
            }
            if (ring.holds(seat.cursor())) {
                seat.show(ring.from(seat.cursor()));
            } else if (exit.isPresent() && seat.cursor() >= exit.getAsLong()) {
                seat.end();
                return;
            } else {
                readFor(seat);
                return;
            }
        }
    }

    /** Up to where anything is known. */
    private long end() {
        return ring.isEmpty() ? known : ring.end();
    }

    private void readFor(Seat seat) {
        long until = ring.isEmpty() ? known : ring.start();
        if (id.isStages() && seat.cursor() < until && !seat.reads()) {
            seat.reads(true);
            Thread.ofVirtual().name("history " + id.task()).start(() -> read(seat));
        }
    }

    /**
     * Reads on in the stored log while the viewer takes that and the ring has not what he needs.
     */
    private void read(Seat seat) {
        try {
            for (var from = OptionalLong.of(cursorOf(seat)); from.isPresent(); ) {
                from = show(seat, stored(from.getAsLong()));
            }
        } catch (RuntimeException e) {
            // the database is away: the next look at the terminal tries again
            log.debug("a log could not be read {}", id, e);
            readsNoMore(seat);
        }
    }

    private synchronized void readsNoMore(Seat seat) {
        seat.reads(false);
    }

    private synchronized long cursorOf(Seat seat) {
        return seat.cursor();
    }

    /** Shows what was read; answers from where to read on, if there is a reason to. */
    private synchronized OptionalLong show(Seat seat, List<Stored> read) {
        if (shown(seat, read)) {
            return OptionalLong.of(seat.cursor());
        }
        seat.reads(false);
        if (!read.isEmpty()) {
            advance(seat);
        }
        return OptionalLong.empty();
    }

    /** A stretch of older output. */
    sealed interface Stored {

        record Kept(Piece piece) implements Stored {}

        record Dropped(long from, long to) implements Stored {}

        static Stored of(Logs.Part part) {
            return part.dropped() > 0
                    ? new Dropped(part.offset(), part.end())
                    : new Kept(
                            Piece.of(
                                    part.offset(),
                                    part.bytes().getBytes(),
                                    0,
                                    part.bytes().length()));
        }
    }

    /**
     * Stored output from an offset on; bounded, and empty where nothing is stored yet. Of a shell
     * what is known here.
     */
    List<Stored> stored(long from) {
        return id.isStages()
                ? logs.stored(id.task(), id.attempt(), from, CHUNKS).stream()
                        .map(Stored::of)
                        .toList()
                : ofShell(from);
    }

    private synchronized List<Stored> ofShell(long from) {
        return ring.holds(from) ? List.of(new Stored.Kept(ring.from(from))) : List.of();
    }

    /** Sends what was read as far as it is taken; answers whether to read on. */
    private boolean shown(Seat seat, List<Stored> read) {
        for (var stretch : read) {
            switch (stretch) {
                case Stored.Dropped(var from, var to) -> {
                    if (from <= seat.cursor() && seat.cursor() < to) {
                        seat.skip(to);
                    }
                }
                case Stored.Kept(var piece) -> {
                    while (piece.offset() <= seat.cursor() && seat.cursor() < piece.end()) {
                        if (!seat.takes()) {
                            return false;
                        }
                        seat.show(piece.cut(seat.cursor(), piece.end()));
                    }
                }
            }
        }
        return !read.isEmpty() && seat.takes() && !ring.holds(seat.cursor());
    }

    // the worker

    /** Whether its worker should be asked to dial, and by which token it is then known. */
    synchronized Optional<String> wantsLine() {
        return line == null && !stand.ended() && !seats.isEmpty()
                ? Optional.of(channelToken)
                : Optional.empty();
    }

    synchronized Stand stand() {
        return stand;
    }

    /**
     * Takes a worker's line, once.
     *
     * @return false if it is not wanted
     */
    synchronized boolean connected(Line dialled, String token) {
        if (line != null || !token.equals(channelToken)) {
            return false;
        }
        line = dialled;
        channelToken = ChannelTokens.draw();
        return true;
    }

    /**
     * The worker says what it has.
     *
     * @return false if that is another terminal than people wait for
     */
    synchronized boolean greeted(
            Line dialled, long fence, long start, long end, TerminalFrame.Size now) {
        if (fence != stand.fence() || line != dialled) {
            return false;
        }
        known = Math.max(known, end);
        sized(now);
        for (var seat : seats.values()) {
            seat.replayUntil(end);
            seat.send(lineFrame());
        }
        control.connected(dialled);
        long wanted = ring.isEmpty() ? Math.max(start, end - mostKept.getAsLong()) : ring.end();
        dialled.send(new TerminalFrame.From(Math.max(start, wanted)));
        return true;
    }

    /** The terminal printed. */
    synchronized void printed(Piece piece) {
        if (ring.add(piece, mostKept.getAsLong()).length() > 0) {
            known = Math.max(known, ring.end());
            seats.values().forEach(this::advance);
        }
    }

    synchronized void sized(TerminalFrame.Size now) {
        size = now;
        seats.values().forEach(seat -> seat.send(now));
        // whoever types elsewhere has it recorded there
        if (id.isStages() && control.asked(now)) {
            resizes.add(stand.fence(), known, now);
        }
    }

    /** Sizes that somebody here gave it, as far as they are to be stored yet. */
    Resizes resizes() {
        return resizes;
    }

    synchronized void exited(long at) {
        exit = OptionalLong.of(at);
        seats.values().forEach(this::advance);
    }

    synchronized void lost(Line gone) {
        if (line == gone) {
            line = null;
            control.lost();
            seats.values().forEach(seat -> seat.send(lineFrame()));
        }
    }

    private TerminalFrame.Line lineFrame() {
        return new TerminalFrame.Line(
                new JsonObject().put("machine", line == null ? "lost" : "connected").encode());
    }

    // once a second

    /** Which local changes a look that begins now will have seen. */
    synchronized long changes() {
        return control.changes();
    }

    /**
     * Takes over how it stands.
     *
     * @param now null if it is not there any more
     * @param since what {@link #changes} was before it was looked at
     */
    synchronized void looked(@Nullable Stand now, long since) {
        if (now == null) {
            closeAll(TerminalClose.UNKNOWN);
            return;
        }
        if (now.fence() != stand.fence()) {
            closeAll(TerminalClose.REPLACED);
            return;
        }
        stand = now;
        control.looked(now.holder(), since);
        known = Math.max(known, now.stored());
        if (now.ended() && line == null && exit.isEmpty()) {
            exit = OptionalLong.of(now.stored());
        }
        control.tell(stand.people());
        for (var seat : List.copyOf(seats.values())) {
            advance(seat);
            if (seat.isStuck(seat.cursor() < end())) {
                seat.close(TerminalClose.STUCK, Long.toString(seat.cursor()));
            }
        }
    }

    /** Asks all sockets for a sign of life. */
    synchronized void beat() {
        seats.values().forEach(Seat::beat);
        if (line != null) {
            line.beat();
        }
    }

    /** Whether nobody has sat here for a while; then it is to be closed. */
    synchronized boolean isDeserted() {
        return seats.isEmpty() && ++emptyFor > LINGERS;
    }

    synchronized void close(TerminalClose why) {
        closeAll(why);
    }

    private void closeAll(TerminalClose why) {
        seats.values().forEach(seat -> seat.close(why));
        if (line != null) {
            line.close(why);
            line = null;
            control.lost();
        }
    }
}
