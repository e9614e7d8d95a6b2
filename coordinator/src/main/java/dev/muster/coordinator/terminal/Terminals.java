package dev.muster.coordinator.terminal;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Callers;
import dev.muster.coordinator.http.Credential;
import dev.muster.coordinator.http.Scopes;
import dev.muster.coordinator.log.Logs;
import dev.muster.coordinator.terminal.TerminalStore.Holder;
import dev.muster.coordinator.terminal.TerminalStore.Stand;
import dev.muster.coordinator.time.Loop;
import dev.muster.coordinator.time.Loops;
import dev.muster.protocol.message.HeartbeatAnswer;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.terminal.TerminalClose;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The terminals that somebody sits at, here. Once a second it asks how all of them stand and
 * whether all who sit there still may. Thread-safe.
 */
public final class Terminals implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Terminals.class);

    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final int BEATS = 15;
    private static final int TIDIED = 60;

    /** What one terminal keeps of its output, and all of them together, in bytes. */
    private static final long MOST_KEPT = 8L * 1024 * 1024;

    private static final long LEAST_KEPT = 512L * 1024;
    private static final long KEPT_BY_ALL = 96L * 1024 * 1024;

    private final TerminalStore store;
    private final Logs logs;
    private final Callers callers;
    private final Dialling dialling;
    private final Loop loop;
    private final Map<TerminalId, Terminal> terminals = new ConcurrentHashMap<>();
    // only the loop's thread touches this
    private int passes;
    private volatile boolean closed;

    public Terminals(
            Database database,
            Logs logs,
            Callers callers,
            Dialling dialling,
            MeterRegistry registry,
            Loops loops) {
        this.store = new TerminalStore(database);
        this.logs = logs;
        this.callers = callers;
        this.dialling = dialling;
        this.loop = loops.loop("terminals", EVERY, this::pass);
        Gauge.builder("muster.terminal.viewers", this, one -> one.seats().size())
                .description("People at terminals, by their sockets")
                .register(registry);
    }

    public void start() {
        loop.start();
    }

    /** Whose token this is, if it may open terminals. */
    Optional<Caller.Person> person(String token) {
        return callers.person(token)
                .filter(
                        person ->
                                !(person.credential() instanceof Credential.PersonalToken personal)
                                        || Scopes.allow(personal.scopes(), "tasks:write"));
    }

    Optional<UUID> machine(String token) {
        return callers.machine(token).map(Caller.Machine::id);
    }

    /**
     * Lets somebody sit down.
     *
     * @return the terminal; empty if there is no such, or it may not be seen
     */
    Optional<Terminal> enter(Seat seat, Entrance entrance) {
        var right = store.rights(List.of(seat)).get(seat.id());
        var found = right == null || !right.sees() ? null : find(seat.terminal());
        if (found == null || closed) {
            return Optional.empty();
        }
        store.present(List.of(seat));
        seat.allow(right);
        found.enter(seat, entrance);
        if (seat.mode() == Mode.CONTROL && right.types()) {
            take(found, seat, false);
        }
        refresh(found);
        dial(found);
        return Optional.of(found);
    }

    private @Nullable Terminal find(TerminalId id) {
        var present = terminals.get(id);
        if (present != null) {
            return present;
        }
        var stand = store.look(List.of(id)).get(id);
        return stand == null
                ? null
                : terminals.computeIfAbsent(id, _ -> new Terminal(id, stand, logs, this::mostKept));
    }

    private long mostKept() {
        return Math.clamp(KEPT_BY_ALL / Math.max(1, terminals.size()), LEAST_KEPT, MOST_KEPT);
    }

    /** Gives a seat control, from another one if {@code forced}. */
    void take(Terminal terminal, Seat seat, boolean forced) {
        var epoch = store.take(seat, forced, seat.sitter().actor());
        if (epoch.isPresent()) {
            var name = seat.sitter().person().name();
            terminal.held(new Holder(seat.id(), epoch.getAsLong(), name));
        }
    }

    void release(Terminal terminal, Seat seat) {
        store.release(seat.id());
        terminal.released(seat);
        refresh(terminal);
    }

    void leave(Terminal terminal, Seat seat) {
        terminal.leave(seat);
        store.leave(seat.id());
        terminal.released(seat);
        refresh(terminal);
    }

    /** Shows at once what was changed just now. */
    void refresh(Terminal terminal) {
        long changes = terminal.changes();
        terminal.looked(store.look(List.of(terminal.id())).get(terminal.id()), changes);
    }

    /** The terminal that a machine was asked to dial for, which then has this line. */
    Optional<Terminal> dialled(long task, UUID machine, String channelToken, Line line) {
        return terminals.values().stream()
                .filter(one -> one.id().task() == task && one.stand().machine().equals(machine))
                .filter(one -> one.connected(line, channelToken))
                .findFirst();
    }

    private void dial(Terminal terminal) {
        order(terminal).ifPresent(order -> dialling.dial(terminal.stand().machine(), order));
    }

    private Optional<ToWorker.OpenTerminal> order(Terminal terminal) {
        var id = terminal.id();
        return terminal.wantsLine()
                .map(
                        token ->
                                dialling.order(
                                        new LeaseRef(
                                                id.task(), id.attempt(), terminal.stand().fence()),
                                        id.name(),
                                        token));
    }

    /** What this machine was asked to dial and has not, in case it did not hear of it. */
    public List<ToWorker.OpenTerminal> wanted(UUID machine) {
        return terminals.values().stream()
                .filter(one -> one.stand().machine().equals(machine))
                .flatMap(one -> order(one).stream())
                .limit(HeartbeatAnswer.MOST_TERMINALS)
                .toList();
    }

    private List<Seat> seats() {
        return terminals.values().stream().flatMap(one -> one.seats().stream()).toList();
    }

    private void pass() {
        if (passes++ % TIDIED == 0) {
            store.tidy();
        }
        terminals.values().removeIf(this::closeIfDeserted);
        if (terminals.isEmpty()) {
            return;
        }
        var seats = seats();
        if (!seats.isEmpty()) {
            store.present(seats);
            judge(seats);
        }
        look();
        for (var terminal : terminals.values()) {
            dial(terminal);
            if (passes % BEATS == 0) {
                terminal.beat();
            }
        }
        // last, for nothing else should wait for it
        storeSizes();
    }

    /** Stores which sizes the terminals were given; what cannot be stored waits. */
    private void storeSizes() {
        var resizes =
                terminals.values().stream().flatMap(one -> one.resizes().all().stream()).toList();
        if (!resizes.isEmpty()) {
            logs.keep(resizes);
            terminals.values().forEach(one -> one.resizes().stored(resizes));
        }
    }

    private boolean closeIfDeserted(Terminal terminal) {
        boolean deserted = terminal.isDeserted();
        if (deserted) {
            terminal.close(TerminalClose.GOING_AWAY);
        }
        return deserted;
    }

    private void judge(List<Seat> seats) {
        var rights = store.rights(seats);
        for (var seat : seats) {
            var right = rights.get(seat.id());
            var lives = person(seat.token()).filter(one -> one.id() == seat.developer());
            if (lives.isEmpty()) {
                seat.close(TerminalClose.UNAUTHORISED);
            } else if (right == null || !right.sees()) {
                seat.close(TerminalClose.FORBIDDEN);
            } else {
                seat.allow(right);
            }
        }
    }

    private void look() {
        var changes = new HashMap<TerminalId, Long>();
        terminals.values().forEach(one -> changes.put(one.id(), one.changes()));
        var stands = store.look(List.copyOf(changes.keySet()));
        changes.forEach(
                (id, since) -> {
                    var terminal = terminals.get(id);
                    Stand stand = stands.get(id);
                    if (terminal != null) {
                        terminal.looked(stand, since);
                    }
                    if (stand == null) {
                        terminals.remove(id);
                    }
                });
    }

    /** Sends everybody to another coordinator. */
    @Override
    public void close() {
        closed = true;
        loop.close();
        try {
            storeSizes();
        } catch (RuntimeException e) {
            log.warn("sizes of terminals were not stored why={}", e.toString());
        }
        terminals.values().forEach(one -> one.close(TerminalClose.GOING_AWAY));
    }
}
