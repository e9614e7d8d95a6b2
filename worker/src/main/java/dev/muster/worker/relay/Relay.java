package dev.muster.worker.relay;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.terminal.TerminalSockets;
import dev.muster.worker.identity.Credentials;
import dev.muster.worker.journal.Journal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connects coordinators to the terminals of the attempts that run here and to shells, as they
 * order. One per daemon; thread-safe.
 */
public final class Relay implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Relay.class);

    private final TerminalDialer dialer;
    private final Credentials credentials;
    private final Map<Place, LiveTerminal> live = new ConcurrentHashMap<>();
    // those that serve a connection
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** What orders call a terminal. */
    private record Place(LeaseRef lease, String terminal) {}

    /**
     * @param server base URL of any coordinator
     */
    public Relay(URI server, Credentials credentials) {
        this.dialer = new TerminalDialer(server);
        this.credentials = credentials;
    }

    /**
     * An attempt begins, whose log is {@code journal}: coordinators may connect until it is over.
     */
    public LiveTerminal begin(Journal journal) {
        return begin(TerminalSockets.MAIN, journal, Controls.Size.USUAL);
    }

    /** The same of a terminal that has a name of its own. */
    public LiveTerminal begin(String name, Journal journal, Controls.Size size) {
        var place = new Place(journal.lease(), name);
        var terminal = new LiveTerminal(name, journal, size, () -> live.remove(place));
        live.put(place, terminal);
        return terminal;
    }

    /**
     * Connects, and returns when that connection has ended; at once if the terminal is not here, or
     * the order was heard before.
     */
    public void open(ToWorker.OpenTerminal order) {
        var terminal = live.get(new Place(order.lease(), order.terminal()));
        if (terminal == null) {
            log.debug("no such terminal here {}", order);
            return;
        }
        if (!terminal.admits(order.channelToken())) {
            log.debug("connected already, or too often {}", order);
            return;
        }
        threads.add(Thread.currentThread());
        try {
            if (!closed) {
                connect(terminal, order);
            }
        } catch (IOException e) {
            log.info("terminal not connected {} why={}", order, e.getMessage());
        } catch (InterruptedException _) {
            // closed
        } finally {
            threads.remove(Thread.currentThread());
            terminal.left(order.channelToken());
        }
    }

    private void connect(LiveTerminal terminal, ToWorker.OpenTerminal order)
            throws IOException, InterruptedException {
        var connection = new Connection(terminal);
        var path = TerminalSockets.WORKERS + order.lease().task();
        var socket = dialer.dial(order.url(), path, connection.listener());
        log.info("terminal connected {}", order);
        connection.run(socket, Greeting.auth(credentials.token(), order.channelToken()));
        log.info("terminal disconnected {}", order);
    }

    /** Ends every connection; bounded. */
    @Override
    public void close() {
        closed = true;
        var ending = Set.copyOf(threads);
        ending.forEach(Thread::interrupt);
        try {
            for (var thread : ending) {
                thread.join(Connection.LEAVE.multipliedBy(2));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        dialer.close();
    }
}
