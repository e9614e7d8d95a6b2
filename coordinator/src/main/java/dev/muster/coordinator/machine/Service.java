package dev.muster.coordinator.machine;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.http.Call;
import dev.muster.coordinator.http.Problem;
import dev.muster.coordinator.machine.ServiceStore.Status;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.UUID;
import java.util.function.DoubleSupplier;

/** Takes machines out of service and back (seed 004, machines). Thread-safe. */
public final class Service {

    private static final Logger log = LoggerFactory.getLogger(Service.class);

    private final Machines machines;
    private final ServiceStore services;
    private final DoubleSupplier diskThreshold;
    private final Runnable undrained;
    private final Runnable decommissioned;

    /**
     * @param diskThreshold share of its disk in use above which a machine is drained, as it is set
     *     now
     * @param undrained runs when a machine takes tasks again
     * @param decommissioned runs when a machine may hold leases that it has no right to
     */
    public Service(
            Database database,
            Machines machines,
            DoubleSupplier diskThreshold,
            Runnable undrained,
            Runnable decommissioned) {
        this.machines = machines;
        this.services = new ServiceStore(database);
        this.diskThreshold = diskThreshold;
        this.undrained = undrained;
        this.decommissioned = decommissioned;
    }

    /**
     * What it runs goes on, and it takes nothing new. A second time changes only the reason, if it
     * gives one.
     *
     * @throws Problem 404 if there is no such machine, 409 if it was decommissioned
     */
    MachineStore.Machine drain(UUID machine, Call by, @Nullable String reason) {
        change(machine, Status.DRAINING, by, reason);
        return machines.get(machine);
    }

    /**
     * It takes tasks again.
     *
     * @throws Problem 404 if there is no such machine, 409 if it was decommissioned
     */
    MachineStore.Machine undrain(UUID machine, Call by, @Nullable String reason) {
        change(machine, Status.ACTIVE, by, reason);
        undrained.run();
        return machines.get(machine);
    }

    /**
     * Drains a machine whose disk is full by what it told last. Never undone but by an operator;
     * one that he undrained stays so until there was room and the disk is full anew.
     *
     * @param disk share in use
     */
    public void watchDisk(UUID machine, UUID boot, double disk) {
        double full = diskThreshold.getAsDouble();
        if (disk > full) {
            services.drainForDisk(machine, boot, full)
                    .ifPresent(
                            why ->
                                    log.warn(
                                            "machine status=draining machine={} why={}",
                                            machine,
                                            why));
        }
    }

    private void change(UUID machine, Status status, Call by, @Nullable String reason) {
        if (!services.change(machine, status, by, reason)) {
            machines.get(machine);
            throw Problem.conflict(
                    "machine_decommissioned", "The machine was decommissioned, which is for good.");
        }
        log.info("machine status={} machine={} by={}", status.word(), machine, by.person().id());
    }

    /**
     * The machine is nobody's any more, for good: what it ran fails, what was not begun or waited
     * is queued again, and its worker stops. A second time does nothing.
     *
     * @throws Problem 404 if there is no such machine
     */
    void decommission(UUID machine, Call by, @Nullable String reason) {
        if (services.change(machine, Status.DECOMMISSIONED, by, reason)) {
            log.info("machine status=decommissioned machine={} by={}", machine, by.person().id());
            decommissioned.run();
        } else {
            machines.get(machine);
        }
    }
}
