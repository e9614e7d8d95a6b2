package dev.muster.coordinator.terminal;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.terminal.Ring.Piece;
import dev.muster.coordinator.time.Stopwatch;
import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;
import dev.muster.protocol.terminal.TerminalSockets;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.UUID;

/**
 * One person's place at a terminal, and what of it he has. What he has is guarded by the terminal;
 * who he is, what he may do and whether he is gone is for any thread.
 */
final class Seat {

    /** Who sits there, and how. */
    record Sitter(Caller.Person person, String address, Mode mode) {

        Actor actor() {
            return Actor.of(person, address, null);
        }
    }

    /**
     * Pieces go out as they are, so this bounds what one that was read from the log is cut into.
     */
    private static final int LARGEST_PIECE = 32 * 1024 - TerminalFrames.OUTPUT_HEAD;

    /** From so far behind on, what lies between is left out. */
    private static final long FAR_BEHIND = 4L * 1024 * 1024;

    private static final byte ESCAPE = 0x1b;

    private static final Duration STUCK = Duration.ofSeconds(10);
    private static final Duration LATEST_CHECK = Duration.ofSeconds(10);

    private final UUID id;
    private final TerminalId terminal;
    private final Sitter sitter;
    private final Socket socket;
    private final boolean skips;
    private final long window;
    private final boolean stays;

    // by any thread
    private volatile String token;
    private volatile TerminalStore.Right right = new TerminalStore.Right(true, false);
    private volatile Stopwatch sinceCheck = Stopwatch.started();
    private volatile boolean over;

    private long cursor;
    private long seen;
    private boolean aligns;
    private long skippedFrom = -1;
    private long replayEnd = -1;
    private boolean replays;
    private boolean answersOn;
    private boolean reading;
    private boolean toldEnd;
    private long cursorBefore = -1;
    private Stopwatch sinceProgress = Stopwatch.started();
    private String people = "";
    private TerminalFrame.@Nullable Size wish;

    Seat(UUID id, TerminalId terminal, Sitter sitter, Socket socket, Entrance entrance) {
        this.id = id;
        this.terminal = terminal;
        this.sitter = sitter;
        this.socket = socket;
        this.skips = entrance.skips();
        this.window = entrance.window();
        this.stays = entrance.stays();
        this.token = entrance.token();
    }

    UUID id() {
        return id;
    }

    TerminalId terminal() {
        return terminal;
    }

    Mode mode() {
        return sitter.mode();
    }

    long developer() {
        return sitter.person().id();
    }

    Sitter sitter() {
        return sitter;
    }

    String token() {
        return token;
    }

    /** The same person shows a fresh token. */
    void renew(String fresh) {
        token = fresh;
    }

    // what he has

    /** Begins at {@code from}, which is cut to where it can be shown unless that is known to be. */
    void begin(long from, boolean aligned, long end) {
        cursor = from;
        // what he was never sent is not on its way to him
        seen = from;
        aligns = !aligned;
        replayUntil(end);
    }

    long cursor() {
        return cursor;
    }

    /** What comes before {@code end} was printed before: no answers to it are wanted. */
    void replayUntil(long end) {
        if (end > cursor) {
            replayEnd = Math.max(replayEnd, end);
        }
    }

    /** Whether he takes more now. */
    boolean takes() {
        return !over && socket.takes() && (window == 0 || cursor - seen < window);
    }

    /** Whether so much lies before him, up to {@code end}, that it is left out. */
    boolean isFarBehind(long end) {
        return skips && end - cursor > FAR_BEHIND;
    }

    /** Leaves out what lies before {@code to}; the rest is cut to where it can be shown. */
    void skip(long to) {
        if (skippedFrom < 0) {
            skippedFrom = cursor;
        }
        cursor = to;
        seen = Math.max(seen, to);
        aligns = true;
        replayEnd = replayEnd > to ? replayEnd : -1;
        endReplay();
    }

    /** Sends a part of what begins at the cursor. */
    void show(Piece piece) {
        var next = aligns ? aligned(piece) : piece;
        if (skippedFrom >= 0) {
            send(new TerminalFrame.Skipped(skippedFrom, cursor));
            skippedFrom = -1;
        }
        if (next.length() == 0) {
            return;
        }
        if (cursor < replayEnd && !replays) {
            replays = true;
            send(new TerminalFrame.Replay(cursor, replayEnd));
        }
        long most = replays ? Math.min(next.end(), replayEnd) : next.end();
        long to = Math.min(most, cursor + LARGEST_PIECE);
        write(next.cut(cursor, to).frame());
        cursor = to;
        if (cursor >= replayEnd) {
            endReplay();
        }
    }

    private void endReplay() {
        if (replays) {
            replays = false;
            send(new TerminalFrame.ReplayEnd(cursor));
        }
    }

    private Piece aligned(Piece piece) {
        aligns = false;
        cursor = Boundary.after(piece);
        return piece.cut(cursor, piece.end());
    }

    /**
     * Whether this may be his terminal's answer to what is replayed to him, which nobody wants. One
     * begins with an escape. A key that does so cannot be told from it; other keys are his own.
     */
    boolean answersReplay(byte[] typed) {
        boolean isReplayed = replays || seen < replayEnd;
        boolean answers = answersOn || (isReplayed && holdsEscape(typed));
        // what is larger than a frame goes on in the next one
        answersOn = answers && typed.length == TerminalSockets.LARGEST_INPUT;
        return answers;
    }

    private static boolean holdsEscape(byte[] typed) {
        for (byte one : typed) {
            if (one == ESCAPE) {
                return true;
            }
        }
        return false;
    }

    void seen(long offset) {
        seen = Math.clamp(offset, seen, cursor);
    }

    /** Whether older output is being read for him. */
    boolean reads() {
        return reading;
    }

    void reads(boolean now) {
        reading = now;
    }

    /** Asked once a second: whether he has taken nothing for too long. */
    boolean isStuck(boolean somethingWaits) {
        if (cursor != cursorBefore || !somethingWaits || takes()) {
            cursorBefore = cursor;
            sinceProgress = Stopwatch.started();
        }
        return sinceProgress.elapsed().compareTo(STUCK) > 0;
    }

    // what he may

    void allow(TerminalStore.Right now) {
        right = now;
        sinceCheck = Stopwatch.started();
    }

    /** Whether he may type, as was asked lately. */
    boolean mayType() {
        return mode() == Mode.CONTROL
                && right.types()
                && sinceCheck.elapsed().compareTo(LATEST_CHECK) < 0;
    }

    /** How large he would have the terminal. */
    void wish(TerminalFrame.Size size) {
        wish = size;
    }

    TerminalFrame.@Nullable Size wish() {
        return wish;
    }

    // what he is sent

    /** Tells who is there, unless he knows. */
    void tellPeople(String json) {
        if (!json.equals(people)) {
            people = json;
            send(new TerminalFrame.People(json));
        }
    }

    void send(TerminalFrame.ToViewer frame) {
        write(Buffer.buffer(TerminalFrames.encode(frame)));
    }

    private void write(Buffer frame) {
        if (!over) {
            socket.write(frame);
        }
    }

    /** Tells once that all was sent. */
    void end() {
        if (!toldEnd) {
            toldEnd = true;
            send(new TerminalFrame.Exit(cursor));
            if (!stays) {
                close(TerminalClose.NORMAL);
            }
        }
    }

    void beat() {
        socket.beat();
    }

    void close(TerminalClose why) {
        close(why, why.sentence());
    }

    void close(TerminalClose why, String reason) {
        if (!over) {
            over = true;
            socket.close(why, reason);
        }
    }
}
