package dev.muster.coordinator.terminal;

import dev.muster.coordinator.http.Allowances;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.terminal.Ring.Piece;
import dev.muster.coordinator.time.Randomness;
import dev.muster.coordinator.time.Timers;
import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;
import dev.muster.protocol.terminal.TerminalSockets;
import dev.muster.protocol.wire.WireException;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;

/**
 * A viewer's socket: nothing is sent before its first frame said who comes. Keys pass on the
 * socket's event loop, where nothing may wait; what waits for the database does so on a virtual
 * thread, one such thing at a time, and nothing is read meanwhile.
 */
final class ViewerSocket {

    private static final Logger log = LoggerFactory.getLogger(ViewerSocket.class);

    private static final int WRITE_QUEUE = 256 * 1024;
    private static final int MOST_WANTED = 512 * 1024;

    private final ServerWebSocket webSocket;
    private final Socket socket;
    private final long task;
    private final String address;
    private final ChannelTokens tokens;
    private final Terminals terminals;
    private final Allowances failures;
    private volatile @Nullable Terminal terminal;
    private volatile @Nullable Seat seat;

    private ViewerSocket(
            ServerWebSocket webSocket,
            long task,
            String address,
            ChannelTokens tokens,
            Terminals terminals,
            Allowances failures) {
        this.webSocket = webSocket;
        this.socket = new Socket(webSocket);
        this.task = task;
        this.address = address;
        this.tokens = tokens;
        this.terminals = terminals;
        this.failures = failures;
    }

    /** Waits for who comes, for as long as that may take. */
    static void open(
            Vertx vertx,
            ServerWebSocket socket,
            long task,
            String address,
            ChannelTokens tokens,
            Terminals terminals,
            Allowances failures) {
        var viewer = new ViewerSocket(socket, task, address, tokens, terminals, failures);
        socket.setWriteQueueMaxSize(WRITE_QUEUE);
        socket.textMessageHandler(text -> viewer.waiting(() -> viewer.enter(text)));
        socket.binaryMessageHandler(viewer::take);
        socket.drainHandler(_ -> viewer.goOn());
        socket.exceptionHandler(e -> log.debug("a viewer's connection broke", e));
        socket.closeHandler(_ -> Thread.ofVirtual().name("leave " + task).start(viewer::leave));
        Timers.after(vertx, TerminalSockets.TO_ENTER, viewer::mustHaveEntered);
    }

    private void mustHaveEntered() {
        if (seat == null) {
            close(TerminalClose.UNAUTHORISED);
        }
    }

    private void close(TerminalClose why) {
        socket.close(why);
    }

    /** Does what waits, and reads nothing until it is done. */
    private void waiting(Runnable what) {
        webSocket.pause();
        Thread.ofVirtual().name("viewer " + task).start(() -> doWaiting(what));
    }

    private synchronized void doWaiting(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException e) {
            log.warn("a viewer was sent away task={} why={}", task, e.toString());
            close(TerminalClose.GOING_AWAY);
        } finally {
            webSocket.resume();
        }
    }

    private void enter(String text) {
        if (text.length() > TerminalSockets.LARGEST_AUTH) {
            close(TerminalClose.TOO_LARGE);
            return;
        }
        var entrance = Entrance.read(text);
        var taken = seat;
        if (taken != null) {
            renew(taken, entrance);
        } else if (!failures.tryTake(address)) {
            close(TerminalClose.TOO_MANY_FAILURES);
        } else {
            failures.counted(address, () -> entrance.flatMap(this::admitted))
                    .ifPresentOrElse(
                            admitted -> enter(admitted, entrance.get()),
                            () -> close(TerminalClose.UNAUTHORISED));
        }
    }

    private void renew(Seat taken, Optional<Entrance> entrance) {
        var person = entrance.flatMap(one -> terminals.person(one.token()));
        if (person.filter(one -> one.id() == taken.developer()).isPresent()) {
            taken.renew(entrance.get().token());
        } else {
            close(TerminalClose.UNAUTHORISED);
        }
    }

    private record Admitted(Caller.Person person, TerminalStore.Pass pass) {}

    /** Who shows both tokens, and what for. */
    private Optional<Admitted> admitted(Entrance entrance) {
        return terminals
                .person(entrance.token())
                .flatMap(
                        person ->
                                tokens.redeem(entrance.channelToken())
                                        .filter(one -> one.developer() == person.id())
                                        .filter(one -> one.terminal().task() == task)
                                        .map(pass -> new Admitted(person, pass)));
    }

    private void enter(Admitted admitted, Entrance entrance) {
        var pass = admitted.pass();
        var sitter = new Seat.Sitter(admitted.person(), address, pass.mode());
        var taken = new Seat(Randomness.uuid(), pass.terminal(), sitter, socket, entrance);
        // before anything is sent, since a socket that closes meanwhile must give the seat up
        seat = taken;
        var found = terminals.enter(taken, entrance);
        if (found.isEmpty()) {
            close(TerminalClose.UNKNOWN);
            return;
        }
        terminal = found.get();
        if (socket.isClosed()) {
            leave();
        } else {
            log.info("somebody is at a terminal {} mode={}", taken.terminal(), taken.mode());
        }
    }

    private void take(Buffer frame) {
        var at = terminal;
        var taken = seat;
        if (at == null || taken == null) {
            close(TerminalClose.UNAUTHORISED);
            return;
        }
        if (frame.length() > TerminalSockets.LARGEST_INPUT + TerminalFrames.OUTPUT_HEAD) {
            close(TerminalClose.TOO_LARGE);
            return;
        }
        try {
            switch (TerminalFrames.decode(frame.getBytes())) {
                case TerminalFrame.Input(var keys) -> at.typed(taken, keys);
                case TerminalFrame.Seen(var offset) -> at.seen(taken, offset);
                case TerminalFrame.Size size -> at.wished(taken, size);
                case TerminalFrame.Want(var from, var length) ->
                        waiting(() -> showAgain(at, taken, from, Math.min(length, MOST_WANTED)));
                case TerminalFrame.Take() -> waiting(() -> takeControl(at, taken));
                case TerminalFrame.Release() -> waiting(() -> terminals.release(at, taken));
                default -> close(TerminalClose.NOT_A_FRAME);
            }
        } catch (WireException _) {
            close(TerminalClose.NOT_A_FRAME);
        }
    }

    private void takeControl(Terminal at, Seat taken) {
        if (taken.mayType()) {
            terminals.take(at, taken, true);
            terminals.refresh(at);
        }
    }

    private static void showAgain(Terminal at, Seat taken, long from, int length) {
        long to = from + length;
        for (long next = from; next < to; ) {
            long before = next;
            for (var stretch : at.stored(next)) {
                next =
                        switch (stretch) {
                            case Terminal.Stored.Kept(var piece) ->
                                    showAgain(taken, piece, next, Math.min(piece.end(), to));
                            case Terminal.Stored.Dropped gone -> tellDropped(taken, gone, next, to);
                        };
            }
            if (next == before) {
                return;
            }
        }
    }

    private static long showAgain(Seat taken, Piece piece, long from, long to) {
        if (from < piece.offset() || from >= to) {
            return from;
        }
        var frame = piece.cut(from, to).frame();
        var bytes = frame.getBytes(TerminalFrames.OUTPUT_HEAD, frame.length());
        taken.send(new TerminalFrame.History(from, bytes));
        return to;
    }

    private static long tellDropped(Seat taken, Terminal.Stored.Dropped gone, long from, long to) {
        if (from < gone.from() || from >= Math.min(gone.to(), to)) {
            return from;
        }
        taken.send(new TerminalFrame.NotKept(gone.from(), gone.to()));
        return gone.to();
    }

    private void goOn() {
        var at = terminal;
        var taken = seat;
        if (at != null && taken != null) {
            at.goOn(taken);
        }
    }

    private synchronized void leave() {
        var at = terminal;
        var taken = seat;
        if (at != null && taken != null) {
            terminal = null;
            try {
                terminals.leave(at, taken);
            } catch (RuntimeException e) {
                // the seat's row is not renewed any more and counts for nothing in a while
                log.warn("a seat was not given up {} why={}", at.id(), e.toString());
            }
        }
    }
}
