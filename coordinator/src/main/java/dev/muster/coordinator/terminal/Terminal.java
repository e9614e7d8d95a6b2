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
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * One terminal, as far as this coordinator knows it: its newest output, its worker's line, its
 * seats. Thread-safe; never waits for anybody while it holds its lock.
 */
final class Terminal {

    private static final Logger log = LoggerFactory.getLogger(Terminal.class);

    /** How much before the end a viewer who knows nothing begins. */
    static final long FIRST_PAINT = 512 * 1024;

    private static final int CHUNKS = 8;
    private static final int LINGERS = 5;

    private final TerminalId id;
    private final Logs logs;
    private final LongSupplier mostKept;

    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock
    private final Map<UUID, Seat> seats = new LinkedHashMap<>();
    private final Ring ring = new Ring();
    private Stand stand;
    private long known;
    private long changes;
    private @Nullable Line line;
    private String channelToken = ChannelTokens.draw();
    private OptionalLong exit = OptionalLong.empty();
    private TerminalFrame.@Nullable Size size;
    private int emptyFor;
    private boolean greeted;
    private final Waiting waiting = new Waiting();

    /**
     * @param stand as it is now
     * @param mostKept how many bytes of output are kept
     */
    Terminal(TerminalId id, Stand stand, Logs logs, LongSupplier mostKept) {
        this.id = id;
        this.stand = stand;
        this.known = stand.stored();
        this.logs = logs;
        this.mostKept = mostKept;
    }

    TerminalId id() {
        return id;
    }

    // people

    /** Lets somebody sit down, who is told first what there is. */
    void enter(Seat seat, Entrance entrance) {
        lock.lock();
        try {
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
        } finally {
            lock.unlock();
        }
    }

    void leave(Seat seat) {
        lock.lock();
        try {
            seats.remove(seat.id());
        } finally {
            lock.unlock();
        }
    }

    List<Seat> seats() {
        lock.lock();
        try {
            return List.copyOf(seats.values());
        } finally {
            lock.unlock();
        }
    }

    /** A viewer can take more than before. */
    void goOn(Seat seat) {
        lock.lock();
        try {
            advance(seat);
        } finally {
            lock.unlock();
        }
    }

    void seen(Seat seat, long offset) {
        lock.lock();
        try {
            seat.seen(offset);
            advance(seat);
        } finally {
            lock.unlock();
        }
    }

    /** Passes on what somebody typed, if it is he who types. */
    void typed(Seat seat, byte[] keys) {
        lock.lock();
        try {
            var holder = stand.holder();
            if (holder == null
                    || !holder.seat().equals(seat.id())
                    || !seat.mayType()
                    || !seat.answersForHimself()) {
                return;
            }
            var typed = new TerminalFrame.Keys(holder.epoch(), keys);
            if (line != null && greeted) {
                line.send(typed);
            } else {
                waiting.add(typed);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Somebody would have the terminal another size; so it gets, if it is he who types. */
    void wished(Seat seat, TerminalFrame.Size wish) {
        lock.lock();
        try {
            seat.wish(wish);
            resize();
        } finally {
            lock.unlock();
        }
    }

    private void resize() {
        var holder = stand.holder();
        if (line == null || holder == null) {
            return;
        }
        var seat = seats.get(holder.seat());
        if (seat != null && seat.hasWish() && seat.mayType()) {
            var wish = seat.wish();
            line.send(new TerminalFrame.Resize(holder.epoch(), wish.columns(), wish.rows()));
        }
    }

    /** Somebody types from now on. */
    void held(Holder holder) {
        lock.lock();
        try {
            changes++;
            hold(holder);
        } finally {
            lock.unlock();
        }
    }

    /** Nobody does, if it was this seat that did. */
    void released(Seat seat) {
        lock.lock();
        try {
            changes++;
            var holder = stand.holder();
            if (holder != null && holder.seat().equals(seat.id())) {
                hold(null);
            }
        } finally {
            lock.unlock();
        }
    }

    private void hold(@Nullable Holder holder) {
        boolean other = holder != null && !holder.equals(stand.holder());
        stand = stand.heldBy(holder);
        if (other && line != null) {
            line.send(new TerminalFrame.Control(holder.epoch()));
            resize();
        }
    }

    // output

    /** Sends a viewer what he can take; called whenever that, or what there is, has changed. */
    private void advance(Seat seat) {
        while (seat.takes()) {
            long end = end();
            if (seat.isFarBehind(end)) {
                seat.skip(end - FIRST_PAINT);
            }
            if (ring.holds(seat.cursor())) {
                seat.show(ring.from(seat.cursor()));
            } else if (exit.isPresent() && seat.cursor() >= exit.getAsLong()) {
                seat.send(new TerminalFrame.Exit(seat.cursor()));
                seat.close(TerminalClose.NORMAL);
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
        if (seat.cursor() < until && !seat.reads()) {
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
                from = show(seat, pieces(from.getAsLong()));
            }
        } catch (RuntimeException e) {
            // the database is away: the next look at the terminal tries again
            log.debug("a log could not be read {}", id, e);
            lock.lock();
            try {
                seat.reads(false);
            } finally {
                lock.unlock();
            }
        }
    }

    private long cursorOf(Seat seat) {
        lock.lock();
        try {
            return seat.cursor();
        } finally {
            lock.unlock();
        }
    }

    /** Shows what was read; answers from where to read on, if there is a reason to. */
    private OptionalLong show(Seat seat, List<Piece> pieces) {
        lock.lock();
        try {
            if (shown(seat, pieces)) {
                return OptionalLong.of(seat.cursor());
            }
            seat.reads(false);
            if (!pieces.isEmpty()) {
                advance(seat);
            }
            return OptionalLong.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Stored output from an offset on; bounded, and empty where nothing is stored yet. */
    List<Piece> pieces(long from) {
        return logs.stored(id.task(), id.attempt(), from, CHUNKS).stream()
                .map(
                        part ->
                                Piece.of(
                                        part.offset(),
                                        part.bytes().getBytes(),
                                        0,
                                        part.bytes().length()))
                .toList();
    }

    /** Sends what was read as far as it is taken; answers whether to read on. */
    private boolean shown(Seat seat, List<Piece> pieces) {
        for (var piece : pieces) {
            while (piece.offset() <= seat.cursor() && seat.cursor() < piece.end()) {
                if (!seat.takes()) {
                    return false;
                }
                seat.show(piece.cut(seat.cursor(), piece.end()));
            }
        }
        return !pieces.isEmpty() && seat.takes() && !ring.holds(seat.cursor());
    }

    // the worker

    /** Whether its worker should be asked to dial, and by which token it is then known. */
    Optional<String> wantsLine() {
        lock.lock();
        try {
            return line == null && !stand.ended() && !seats.isEmpty()
                    ? Optional.of(channelToken)
                    : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    Stand stand() {
        lock.lock();
        try {
            return stand;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a worker's line, once.
     *
     * @return false if it is not wanted
     */
    boolean connected(Line dialled, String token) {
        lock.lock();
        try {
            if (line != null || !token.equals(channelToken)) {
                return false;
            }
            line = dialled;
            greeted = false;
            channelToken = ChannelTokens.draw();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The worker says what it has.
     *
     * @return false if that is another terminal than people wait for
     */
    boolean greeted(Line dialled, long fence, long start, long end) {
        lock.lock();
        try {
            if (fence != stand.fence() || line != dialled) {
                return false;
            }
            known = Math.max(known, end);
            for (var seat : seats.values()) {
                seat.replayUntil(end);
                seat.send(lineFrame());
            }
            var holder = stand.holder();
            if (holder != null) {
                dialled.send(new TerminalFrame.Control(holder.epoch()));
                resize();
            }
            long wanted = ring.isEmpty() ? Math.max(start, end - mostKept.getAsLong()) : ring.end();
            dialled.send(new TerminalFrame.From(Math.max(start, wanted)));
            greeted = true;
            if (holder != null) {
                waiting.take(holder.epoch()).forEach(dialled::send);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The terminal printed. */
    void printed(Piece piece) {
        lock.lock();
        try {
            if (ring.add(piece, mostKept.getAsLong()).length() > 0) {
                known = Math.max(known, ring.end());
                seats.values().forEach(this::advance);
            }
        } finally {
            lock.unlock();
        }
    }

    void sized(TerminalFrame.Size now) {
        lock.lock();
        try {
            size = now;
            seats.values().forEach(seat -> seat.send(now));
        } finally {
            lock.unlock();
        }
    }

    void exited(long at) {
        lock.lock();
        try {
            exit = OptionalLong.of(at);
            seats.values().forEach(this::advance);
        } finally {
            lock.unlock();
        }
    }

    void lost(Line gone) {
        lock.lock();
        try {
            if (line == gone) {
                line = null;
                seats.values().forEach(seat -> seat.send(lineFrame()));
            }
        } finally {
            lock.unlock();
        }
    }

    private TerminalFrame.Line lineFrame() {
        return new TerminalFrame.Line(
                new JsonObject().put("machine", line == null ? "lost" : "connected").encode());
    }

    // once a second

    /** Which local changes a look that begins now will have seen. */
    long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes over how it stands.
     *
     * @param now null if it is not there any more
     * @param since what {@link #changes} was before it was looked at
     */
    void looked(@Nullable Stand now, long since) {
        lock.lock();
        try {
            if (now == null) {
                closeAll(TerminalClose.UNKNOWN);
                return;
            }
            if (now.fence() != stand.fence()) {
                closeAll(TerminalClose.REPLACED);
                return;
            }
            var holder = since == changes ? now.holder() : stand.holder();
            stand = now.heldBy(stand.holder());
            hold(holder);
            known = Math.max(known, now.stored());
            if (now.ended() && line == null && exit.isEmpty()) {
                exit = OptionalLong.of(now.stored());
            }
            tellPeople();
            for (var seat : List.copyOf(seats.values())) {
                advance(seat);
                if (seat.isStuck(seat.cursor() < end())) {
                    seat.close(TerminalClose.STUCK, Long.toString(seat.cursor()));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void tellPeople() {
        var holder = stand.holder();
        for (var seat : seats.values()) {
            boolean types = holder != null && holder.seat().equals(seat.id());
            seat.tellPeople(
                    new JsonObject()
                            .put("you", (types ? Mode.CONTROL : Mode.WATCH).word())
                            .put("controller", holder == null ? null : holder.name())
                            .put("viewers", stand.people())
                            .encode());
        }
    }

    /** Asks all sockets for a sign of life. */
    void beat() {
        lock.lock();
        try {
            seats.values().forEach(Seat::beat);
            if (line != null) {
                line.beat();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody has sat here for a while; then it is to be closed. */
    boolean isDeserted() {
        lock.lock();
        try {
            return seats.isEmpty() && ++emptyFor > LINGERS;
        } finally {
            lock.unlock();
        }
    }

    void close(TerminalClose why) {
        lock.lock();
        try {
            closeAll(why);
        } finally {
            lock.unlock();
        }
    }

    private void closeAll(TerminalClose why) {
        seats.values().forEach(seat -> seat.close(why));
        if (line != null) {
            line.close(why);
            line = null;
        }
    }
}
