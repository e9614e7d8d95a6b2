package dev.muster.worker.signal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** Where the signals of one stage arrive. Thread-safe. */
public final class SignalSocket implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SignalSocket.class);

    /** What a caller hears whose signal counted. */
    static final String TAKEN = "taken\n";

    private static final String REFUSED = "refused\n";

    /** The longest path of a socket that the kernel takes, in bytes, without the final NUL. */
    public static final int LONGEST_PATH = 107;

    // a message, the nonce and the word, at up to four bytes a character
    private static final int LONGEST_LINE = 4 * Signal.LONGEST_MESSAGE + 256;
    private static final int MOST_CALLERS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final ServerSocketChannel server;
    private final Path path;
    private final String nonce;
    private final Predicate<Signal> taker;
    // one line for all of them: who sends garbage could fill the daemon's own log with it
    private final AtomicBoolean refusalIsNew = new AtomicBoolean(true);
    private final Semaphore room = new Semaphore(MOST_CALLERS);

    private SignalSocket(
            ServerSocketChannel server, Path path, String nonce, Predicate<Signal> taker) {
        this.server = server;
        this.path = path;
        this.nonce = nonce;
        this.taker = taker;
    }

    /**
     * Listens, mode 0600.
     *
     * @param directory writable by its owner only, its path short enough for {@link #LONGEST_PATH}
     * @param nonce without which nothing is taken
     * @param taker says whether a signal counts; called by any thread
     */
    public static SignalSocket open(Path directory, String nonce, Predicate<Signal> taker)
            throws IOException {
        var path = directory.resolve("s");
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path), MOST_CALLERS);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        var socket = new SignalSocket(server, path, nonce, taker);
        Thread.ofVirtual().name("signals").start(socket::listen);
        return socket;
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** What the agent must find in its environment. */
    public Map<String, String> variables() {
        return Map.of(SignalCommand.SOCKET, path.toString(), SignalCommand.NONCE, nonce);
    }

    private void listen() {
        try {
            while (true) {
                var caller = server.accept();
                if (room.tryAcquire()) {
                    Thread.ofVirtual().name("signal").start(() -> serve(caller));
                } else {
                    caller.close();
                }
            }
        } catch (ClosedChannelException _) {
            // the stage is over
        } catch (IOException e) {
            log.error("signals are not heard any more", e);
        }
    }

    private void serve(SocketChannel caller) {
        var patience = Thread.ofVirtual().unstarted(() -> hangUp(caller));
        try (caller) {
            patience.start();
            var signal = read(caller).flatMap(this::parse);
            boolean counts = signal.isPresent() && taker.test(signal.get());
            if (signal.isEmpty() && refusalIsNew.compareAndSet(true, false)) {
                log.warn("signal refused socket={}", path);
            }
            caller.write(StandardCharsets.US_ASCII.encode(counts ? TAKEN : REFUSED));
        } catch (IOException e) {
            log.debug("a caller went away socket={}", path, e);
        } finally {
            patience.interrupt();
            room.release();
        }
    }

    private static void hangUp(SocketChannel caller) {
        try {
            Thread.sleep(PATIENCE);
            caller.close();
        } catch (InterruptedException _) {
            // it was served in time
        } catch (IOException e) {
            log.debug("a caller could not be hung up on", e);
        }
    }

    /** The line without its end; nothing if it is longer than any signal. */
    private static Optional<ByteBuffer> read(SocketChannel caller) throws IOException {
        var bytes = ByteBuffer.allocate(LONGEST_LINE);
        while (bytes.hasRemaining()) {
            int before = bytes.position();
            boolean over = caller.read(bytes) < 0;
            for (int i = before; i < bytes.position(); i++) {
                if (bytes.get(i) == '\n') {
                    return Optional.of(bytes.flip().limit(i));
                }
            }
            if (over) {
                return Optional.empty(); // a line that broke off says nothing
            }
        }
        return Optional.empty();
    }

    private Optional<Signal> parse(ByteBuffer line) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(line).toString();
        } catch (CharacterCodingException _) {
            return Optional.empty();
        }
        var words = text.split(" ", 3);
        if (words.length < 2 || !isNonce(words[0])) {
            return Optional.empty();
        }
        var message = words.length == 3 ? words[2] : "";
        return Signal.kind(words[1]).map(kind -> new Signal(kind, message));
    }

    private boolean isNonce(String word) {
        return MessageDigest.isEqual(
                word.getBytes(StandardCharsets.UTF_8), nonce.getBytes(StandardCharsets.UTF_8));
    }

    /** Hears nothing more. */
    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
    }
}
