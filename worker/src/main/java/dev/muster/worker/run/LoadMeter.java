package dev.muster.worker.run;

import dev.muster.protocol.message.Load;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How busy the machine is, from one call to the next. For one thread. */
final class LoadMeter {

    private static final Logger log = LoggerFactory.getLogger(LoadMeter.class);

    private final Path disk;
    private final CentralProcessor processor;
    private final GlobalMemory memory;
    private long[] lastTicks;

    /** {@code disk} is a directory on the disk to watch. */
    LoadMeter(Path disk) {
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
        return new Load(share(cpu), share(1 - freeMemory), diskInUse());
    }

    private double diskInUse() {
        try {
            var store = Files.getFileStore(disk);
            return share(1 - store.getUsableSpace() / (double) Math.max(1, store.getTotalSpace()));
        } catch (IOException e) {
            log.debug("disk usage unknown", e);
            return 0;
        }
    }

    /** Two reads of a counter may not fit each other; a share stays one all the same. */
    private static double share(double value) {
        return Double.isNaN(value) ? 0 : Math.clamp(value, 0.0, 1.0);
    }
}
