package dev.muster.worker.relay;

import dev.muster.protocol.terminal.TerminalClose;
import dev.muster.protocol.terminal.TerminalFrame;
import dev.muster.protocol.terminal.TerminalFrames;
import dev.muster.protocol.terminal.TerminalSockets;
import dev.muster.worker.journal.JournalReader;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One coordinator at a terminal. A thread of its own sends; what is printed while a frame is on its
 * way goes as one with the next, so a line that is slow costs time once and one that is not, none.
 * What follows a key, likely its echo, is sent by the thread that read it from the terminal while
 * nothing else is on its way: waking another would take longer than sending it.
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

    private static final int LITTLE = 4096;

    private final LiveTerminal terminal;
    private final Semaphore news = new Semaphore(0);
    private final Inlet inlet;
    private final ReentrantLock turn = new ReentrantLock(); // of who sends
    private volatile boolean typed; // and nothing was sent since

    // guarded by turn
    private @Nullable WebSocket socket; // once output is wanted
    private CompletableFuture<?> leaving = CompletableFuture.completedFuture(null);
    private long at;

    Connection(LiveTerminal terminal) {
        this.terminal = terminal;
        this.inlet = new Inlet(terminal.controls(), () -> typed = true, news::release);
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
    void run(WebSocket to, String auth) throws IOException, InterruptedException {
        var why = TerminalClose.NORMAL;
        try (var reader = terminal.journal().reader(this::printed);
                var _ = terminal.controls().watch(news::release)) {
            await(to.sendText(auth, true), STUCK);
            var size = greet(to);
            long from = await(inlet.from(), GREETED);
            wanted(to, from);
            sendAll(reader, size);
        } catch (InterruptedException e) {
            why = TerminalClose.GOING_AWAY;
            throw e;
        } finally {
            leave(to, inlet.isBroken() ? TerminalClose.NOT_A_FRAME : why);
        }
    }

    private Controls.Size greet(WebSocket to) throws IOException, InterruptedException {
        var journal = terminal.journal();
        var size = terminal.controls().size();
        var hello =
                Greeting.hello(
                        terminal.lease(),
                        terminal.name(),
                        journal.start(),
                        journal.size(),
                        size,
                        terminal.controls().epoch());
        await(to.sendBinary(ByteBuffer.wrap(TerminalFrames.encode(hello)), true), STUCK);
        return size;
    }

    private void wanted(WebSocket to, long from) {
        turn.lock();
        try {
            socket = to;
            at = from;
        } finally {
            turn.unlock();
        }
    }

    /** Something was printed, or will never be again; called by who does, who may not wait. */
    private void printed() {
        if (!turn.tryLock()) {
            news.release();
            return;
        }
        try {
            if (!sendsLittle()) {
                news.release();
            }
        } finally {
            turn.unlock();
        }
    }

    private boolean sendsLittle() {
        if (!typed || socket == null || !leaving.isDone() || inlet.end().isDone()) {
            return false;
        }
        var piece = terminal.journal().recent(at, LITTLE);
        if (piece.isEmpty() || piece.get().offset() != at) {
            return false;
        }
        typed = false;
        begin(new TerminalFrame.Output(at, piece.get().bytes()));
        at = piece.get().end();
        // the thread sees to what did not leave at once, and to what is left
        return leaving.isDone()
                && !leaving.isCompletedExceptionally()
                && at == terminal.journal().size();
    }

    /** Sends what was printed, as it comes. */
    private void sendAll(JournalReader reader, Controls.Size greeted)
            throws IOException, InterruptedException {
        var told = greeted;
        while (!inlet.end().isDone()) {
            turn.lock();
            try {
                await(leaving, STUCK);
                news.drainPermits();
                var size = terminal.controls().size();
                if (!size.equals(told)) {
                    send(new TerminalFrame.Size(size.columns(), size.rows()));
                    told = size;
                }
                // asked first: what is printed later is no last piece
                boolean finished = terminal.journal().isFinished();
                var piece = reader.read(at, MOST_OUTPUT);
                if (piece.isPresent()) {
                    send(new TerminalFrame.Output(piece.get().offset(), piece.get().bytes()));
                    at = piece.get().end();
                    continue;
                }
                if (finished) {
                    send(new TerminalFrame.Exit(terminal.journal().size()));
                    return;
                }
            } finally {
                turn.unlock();
            }
            awaitNews();
        }
    }

    private void awaitNews() throws IOException, InterruptedException {
        if (news.tryAcquire(QUIET.toNanos(), TimeUnit.NANOSECONDS)) {
            return;
        }
        var _ = inlet.wasHeard();
        ping();
        if (!news.tryAcquire(QUIET.toNanos(), TimeUnit.NANOSECONDS) && !inlet.wasHeard()) {
            throw new IOException("the coordinator does not answer");
        }
    }

    private void ping() throws IOException, InterruptedException {
        turn.lock();
        try {
            await(leaving, STUCK);
            leaving = socket().sendPing(ByteBuffer.allocate(0));
            await(leaving, STUCK);
        } finally {
            turn.unlock();
        }
    }

    private void send(TerminalFrame frame) throws IOException, InterruptedException {
        begin(frame);
        await(leaving, STUCK);
    }

    private void begin(TerminalFrame frame) {
        leaving = socket().sendBinary(ByteBuffer.wrap(TerminalFrames.encode(frame)), true);
    }

    private WebSocket socket() {
        return Objects.requireNonNull(socket);
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
