package dev.muster.protocol.message;

/**
 * How busy a machine is, as shares from 0 to 1. A measurement beyond that, which an overcommitted
 * machine may show, counts as the nearest of the two.
 *
 * @param cpu share of all processors in use
 * @param memory share of memory in use
 * @param disk share of the disk under the workspaces in use
 */
public record Load(double cpu, double memory, double disk) {
    public Load {
        cpu = share(cpu);
        memory = share(memory);
        disk = share(disk);
    }

    private static double share(double measured) {
        return Double.isNaN(measured) ? 0 : Math.clamp(measured, 0.0, 1.0);
    }
}
