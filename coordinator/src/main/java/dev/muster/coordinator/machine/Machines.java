package dev.muster.coordinator.machine;

import dev.muster.coordinator.audit.Actor;
import dev.muster.coordinator.config.PresenceConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Problem;
import dev.muster.protocol.message.Hello;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Which machines there are and how they are. Thread-safe. */
public final class Machines {

    private static final Logger log = LoggerFactory.getLogger(Machines.class);

    private final MachineStore store;
    private final IncidentStore incidents;
    private final PresenceConfig presence;
    private final Connected connected;

    public Machines(Database database, PresenceConfig presence) {
        this.store = new MachineStore(database);
        this.incidents = new IncidentStore(database);
        this.presence = presence;
        this.connected = new Connected(() -> store.connected(presence.unreachableAfter()));
    }

    /** Lets a daemon speak for its machine, if none that is alive does. */
    public Greeting hello(Hello hello) {
        var greeting = store.hello(hello, presence.unreachableAfter());
        log.info(
                "worker greeted machine={} boot={} version={} slots={} outcome={}",
                hello.machine(),
                hello.boot(),
                hello.version(),
                hello.slots(),
                greeting);
        switch (greeting) {
            // an operator copied a machine, or restored an old one beside it
            case TWIN -> note("twin_worker", hello);
            case FORMER -> note("former_worker", hello);
            case WELCOME, GONE -> {}
        }
        return greeting;
    }

    private void note(String incident, Hello hello) {
        incidents.noteOnce(
                incident,
                hello.machine(),
                new JsonObject().put("boot", hello.boot().toString()),
                Actor.machine(hello.machine()),
                "worker.greet");
    }

    List<MachineStore.Machine> list(int limit, int offset) {
        return store.list(limit, offset);
    }

    /**
     * @throws Problem 404 if there is none
     */
    MachineStore.Machine get(UUID machine) {
        return store.find(machine)
                .orElseThrow(() -> Problem.notFound("There is no machine " + machine + "."));
    }

    long count() {
        return store.count();
    }

    /** A machine's name and state, as people see it. */
    public record Shown(UUID id, String name, String status) {}

    /** How every machine is now, also those that were decommissioned. */
    public Map<UUID, Shown> shown() {
        var shown = new HashMap<UUID, Shown>();
        for (var one : store.states()) {
            shown.put(
                    one.id(), new Shown(one.id(), one.name(), status(one.status(), one.silence())));
        }
        return shown;
    }

    /**
     * How one machine is now.
     *
     * @throws Problem 404 if there is none
     */
    public Shown shown(UUID id) {
        var machine = get(id);
        return new Shown(machine.id(), machine.name(), status(machine));
    }

    /** What admins are told besides, of each of them. */
    Map<UUID, MachineStore.Background> background(List<MachineStore.Machine> machines) {
        return store.background(machines.stream().map(MachineStore.Machine::id).toList());
    }

    /** How many are online or drain, by any coordinator; up to a second old. */
    long connected() {
        return connected.count();
    }

    /**
     * In one word: what an operator set, or else whether the machine is heard of (seed 004,
     * machines).
     */
    String status(MachineStore.Machine machine) {
        return status(machine.status(), machine.silence());
    }

    private String status(String set, @Nullable Duration silence) {
        return set.equals("active") ? presence(silence) : set;
    }

    /** Whether it is heard of, whatever an operator set. */
    String presence(MachineStore.Machine machine) {
        return presence(machine.silence());
    }

    private String presence(@Nullable Duration silence) {
        if (silence == null || silence.compareTo(presence.offlineAfter()) > 0) {
            return "offline";
        }
        return silence.compareTo(presence.unreachableAfter()) > 0 ? "unreachable" : "online";
    }
}
