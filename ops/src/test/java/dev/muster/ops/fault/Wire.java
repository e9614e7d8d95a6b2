package dev.muster.ops.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A way to a port of this machine that can be cut in either direction, or lose answers. */
final class Wire implements AutoCloseable {

    /** Who cannot be heard any more. Silence, not an end: no connection is closed. */
    enum Cut {
        NONE,
        DIALLER,
        ANSWERER,
        BOTH
    }

    private final int target;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Cut cut = Cut.NONE; // guarded by lock
    private final Random chance = new Random(28);
    private final AtomicInteger lost = new AtomicInteger();
    private volatile int percentLost;
    private volatile boolean closed;

    private Wire(int target, ServerSocket server) {
        this.target = target;
        this.server = server;
    }

    static Wire to(int port) throws IOException {
        var server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        var wire = new Wire(port, server);
        Thread.ofVirtual().name("wire").start(wire::accept);
        return wire;
    }

    int port() {
        return server.getLocalPort();
    }

    /** What is on its way stays there until the wire is whole again. */
    void cut(Cut how) {
        lock.lock();
        try {
            cut = how;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Breaks every connection, with what is on its way. */
    void drop() {
        sockets.forEach(Wire::closeQuietly);
    }

    /** From now on so many answers do not arrive: the connection breaks instead. */
    void loseAnswers(int percent) {
        percentLost = percent;
    }

    /** How many answers did not arrive. */
    int lost() {
        return lost.get();
    }

    private boolean isLost() {
        boolean isLost = chance.nextInt(100) < percentLost;
        if (isLost) {
            lost.incrementAndGet();
        }
        return isLost;
    }

    private void accept() {
        while (!closed) {
            try {
                var dialler = server.accept();
                sockets.add(dialler);
                Thread.ofVirtual().name("wire").start(() -> connect(dialler));
            } catch (IOException e) {
                if (!closed) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void connect(Socket dialler) {
        var answerer = new Socket();
        sockets.add(answerer);
        try {
            awaitWhole(Cut.DIALLER);
            answerer.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        } catch (IOException e) {
            closeBoth(dialler, answerer); // nobody listens there now
            return;
        }
        Thread.ofVirtual().name("wire").start(() -> pump(dialler, answerer, Cut.DIALLER));
        Thread.ofVirtual().name("wire").start(() -> pump(answerer, dialler, Cut.ANSWERER));
    }

    private void pump(Socket from, Socket to, Cut speaker) {
        var bytes = new byte[16 << 10];
        try {
            for (int n = from.getInputStream().read(bytes);
                    n >= 0;
                    n = from.getInputStream().read(bytes)) {
                awaitWhole(speaker);
                if (speaker == Cut.ANSWERER && isLost()) {
                    return;
                }
                to.getOutputStream().write(bytes, 0, n);
            }
        } catch (IOException e) {
            // one end went, so the other goes
        } finally {
            closeBoth(from, to);
        }
    }

    private void awaitWhole(Cut speaker) {
        lock.lock();
        try {
            while (!closed && (cut == speaker || cut == Cut.BOTH)) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void closeBoth(Socket one, Socket other) {
        sockets.remove(one);
        sockets.remove(other);
        closeQuietly(one);
        closeQuietly(other);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        server.close();
        cut(Cut.NONE);
        drop();
    }
}
