package dev.muster.ops.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** A way to a database's socket on which each of its answers is late. */
final class SlowDatabase implements AutoCloseable {

    private static final String SOCKET = ".s.PGSQL.5432";

    private final Path target;
    private final Path directory;
    private final ServerSocketChannel server;
    private final Set<Channel> open = ConcurrentHashMap.newKeySet();
    private volatile Duration delay = Duration.ZERO;
    private volatile boolean closed;

    private SlowDatabase(Path target, Path directory, ServerSocketChannel server) {
        this.target = target;
        this.directory = directory;
        this.server = server;
    }

    /**
     * Which is as fast as the database until it is told to be slow.
     *
     * @param sockets where the database's socket is
     */
    static SlowDatabase before(Path sockets) throws IOException {
        var directory = Files.createTempDirectory("slow"); // a socket's path has to be short
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(directory.resolve(SOCKET)));
        var slow = new SlowDatabase(sockets.resolve(SOCKET), directory, server);
        Thread.ofVirtual().name("slow").start(slow::accept);
        return slow;
    }

    /** Where its own socket is. */
    Path sockets() {
        return directory;
    }

    /** How late each answer is from now on. */
    void answerAfter(Duration time) {
        delay = time;
    }

    private void accept() {
        while (!closed) {
            try {
                var client = server.accept();
                var database = SocketChannel.open(UnixDomainSocketAddress.of(target));
                open.add(client);
                open.add(database);
                Thread.ofPlatform().daemon().start(() -> pump(client, database, false));
                Thread.ofPlatform().daemon().start(() -> pump(database, client, true));
            } catch (IOException e) {
                if (!closed) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void pump(SocketChannel from, SocketChannel to, boolean answers) {
        var bytes = ByteBuffer.allocate(64 << 10);
        try (from;
                to) {
            while (from.read(bytes) >= 0) {
                if (answers) {
                    LockSupport.parkNanos(delay.toNanos());
                }
                bytes.flip();
                while (bytes.hasRemaining()) {
                    to.write(bytes);
                }
                bytes.clear();
            }
        } catch (IOException e) {
            // one end went, so the other goes
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        server.close();
        for (var channel : open) {
            channel.close();
        }
        Files.deleteIfExists(directory.resolve(SOCKET));
        Files.delete(directory);
    }
}
