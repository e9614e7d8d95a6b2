package dev.muster.worker.relay;

import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;
import dev.muster.protocol.terminal.TerminalSockets;
import dev.muster.worker.journal.JournalReader;

import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One coordinator at a terminal. A thread of its own sends; what is printed while a frame is on its
 * way goes as one with the next, so a line that is slow costs time once and one that is not, none.
 */
final class Connection {

    /** How long a coordinator may take to say from where on it wants output. */
    private static final Duration GREETED = Duration.ofSeconds(20);

    /** How long a frame may take to leave: no line is that slow. */
    private static final Duration STUCK = Duration.ofSeconds(60);

    /** How long nobody speaks until the coordinator is asked whether it is there. */
    private static final Duration QUIET = Duration.ofSeconds(15);

    static final Duration LEAVE = Duration.ofSeconds(2);

    private static final int MOST_OUTPUT =
            TerminalSockets.LARGEST_OUTPUT - TerminalFrames.OUTPUT_HEAD;

    private final LiveTerminal terminal;
    private final Semaphore news = new Semaphore(0);
    private final Inlet inlet;

    Connection(LiveTerminal terminal) {
        this.terminal = terminal;
        this.inlet = new Inlet(terminal.controls(), news::release);
    }

    WebSocket.Listener listener() {
        return inlet;
    }

    /**
     * Speaks over a connection until it is lost or the terminal has ended.
     *
     * @param auth the first frame
     * @throws IOException if it is lost, or what was printed cannot be read
     */
    void run(WebSocket socket, String auth) throws IOException, InterruptedException {
        var why = TerminalClose.NORMAL;
        try (var reader = terminal.journal().reader(news::release);
                var _ = terminal.controls().watch(news::release)) {
            await(socket.sendText(auth, true), STUCK);
            var size = greet(socket);
            send(socket, reader, await(inlet.from(), GREETED), size);
        } catch (InterruptedException e) {
            why = TerminalClose.GOING_AWAY;
            throw e;
        } finally {
            leave(socket, inlet.isBroken() ? TerminalClose.NOT_A_FRAME : why);
        }
    }

    private Controls.Size greet(WebSocket socket) throws IOException, InterruptedException {
        var journal = terminal.journal();
        var size = terminal.controls().size();
        send(
                socket,
                Greeting.hello(
                        terminal.lease(),
                        terminal.name(),
                        journal.start(),
                        journal.size(),
                        size,
                        terminal.controls().epoch()));
        return size;
    }

    /** Sends what was printed from an offset on, as it comes. */
    private void send(WebSocket socket, JournalReader reader, long from, Controls.Size greeted)
            throws IOException, InterruptedException {
        long at = from;
        var told = greeted;
        while (!inlet.end().isDone()) {
            news.drainPermits();
            var size = terminal.controls().size();
            if (!size.equals(told)) {
                send(socket, new TerminalFrame.Size(size.columns(), size.rows()));
                told = size;
            }
            // asked first: what is printed later is no last piece
            boolean finished = terminal.journal().isFinished();
            var piece = reader.read(at, MOST_OUTPUT);
            if (piece.isPresent()) {
                send(socket, new TerminalFrame.Output(piece.get().offset(), piece.get().bytes()));
                at = piece.get().end();
            } else if (finished) {
                send(socket, new TerminalFrame.Exit(terminal.journal().size()));
                return;
            } else {
                awaitNews(socket);
            }
        }
    }

    private void awaitNews(WebSocket socket) throws IOException, InterruptedException {
        if (news.tryAcquire(QUIET.toNanos(), TimeUnit.NANOSECONDS)) {
            return;
        }
        var _ = inlet.wasHeard();
        await(socket.sendPing(ByteBuffer.allocate(0)), STUCK);
        if (!news.tryAcquire(QUIET.toNanos(), TimeUnit.NANOSECONDS) && !inlet.wasHeard()) {
            throw new IOException("the coordinator does not answer");
        }
    }

    private static void send(WebSocket socket, TerminalFrame frame)
            throws IOException, InterruptedException {
        await(socket.sendBinary(ByteBuffer.wrap(TerminalFrames.encode(frame)), true), STUCK);
    }

    private static <T> T await(CompletableFuture<T> future, Duration atMost)
            throws IOException, InterruptedException {
        try {
            return future.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new IOException("the connection broke", e.getCause());
        } catch (CancellationException e) {
            throw new IOException("the connection was closed", e);
        } catch (TimeoutException e) {
            throw new IOException("the connection is stuck", e);
        }
    }

    /** Says why it ends, if somebody can hear it, and lets them read what was sent before. */
    private void leave(WebSocket socket, TerminalClose why) throws InterruptedException {
        try {
            await(socket.sendClose(why.code(), ""), LEAVE);
            await(inlet.end(), LEAVE);
        } catch (IOException _) {
            // gone already
        } finally {
            socket.abort();
        }
    }
}
