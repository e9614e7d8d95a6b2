package dev.muster.coordinator.machine;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.coordinator.db.Database;
import dev.muster.protocol.message.Hello;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;

/** Which machines there are and how they are. Thread-safe. */
public final class Machines {

    private static final Logger log = LoggerFactory.getLogger(Machines.class);

    private final MachineStore store;
    private final Duration unreachable;
    private final Duration offline;

    /**
     * @param lease three heartbeats missed show a machine as unreachable, nine as offline
     */
    public Machines(Database database, LeaseConfig lease) {
        this.store = new MachineStore(database);
        this.unreachable = lease.heartbeat().multipliedBy(3);
        this.offline = lease.heartbeat().multipliedBy(9);
    }

    /**
     * Lets a daemon speak for its machine; false if the machine is unknown or was decommissioned,
     * or another daemon took this one's place.
     */
    public boolean hello(Hello hello) {
        boolean admitted = store.hello(hello);
        log.info(
                "worker greeted machine={} boot={} version={} slots={} admitted={}",
                hello.machine(),
                hello.boot(),
                hello.version(),
                hello.slots(),
                admitted);
        return admitted;
    }

    List<MachineStore.Machine> list(int limit, int offset) {
        return store.list(limit, offset);
    }

    long count() {
        return store.count();
    }

    /**
     * In one word: what an operator set, or else whether the machine is heard of (seed 004,
     * machines).
     */
    String status(MachineStore.Machine machine) {
        if (!machine.status().equals("active")) {
            return machine.status();
        }
        if (machine.silence() == null || machine.silence().compareTo(offline) > 0) {
            return "offline";
        }
        return machine.silence().compareTo(unreachable) > 0 ? "unreachable" : "online";
    }
}
