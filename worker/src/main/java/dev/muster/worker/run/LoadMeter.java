package dev.muster.worker.run;

import dev.muster.protocol.message.Load;
import dev.muster.worker.disk.Disk;

import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;

/** How busy the machine is, from one call to the next. For one thread. */
final class LoadMeter {

    private final Disk disk;
    private final CentralProcessor processor;
    private final GlobalMemory memory;
    private long[] lastTicks;

    LoadMeter(Disk disk) {
        var hardware = new SystemInfo().getHardware();
        this.disk = disk;
        this.processor = hardware.getProcessor();
        this.memory = hardware.getMemory();
        this.lastTicks = processor.getSystemCpuLoadTicks();
    }

    Load sample() {
        var cpu = processor.getSystemCpuLoadBetweenTicks(lastTicks);
        lastTicks = processor.getSystemCpuLoadTicks();
        var freeMemory = memory.getAvailable() / (double) Math.max(1, memory.getTotal());
        return new Load(share(cpu), share(1 - freeMemory), disk.look());
    }

    /** Two reads of a counter may not fit each other; a share stays one all the same. */
    private static double share(double value) {
        return Double.isNaN(value) ? 0 : Math.clamp(value, 0.0, 1.0);
    }
}
