package dev.muster.ops.fault;

import dev.muster.ops.harness.Started;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** A daemon and all that it started, asleep as by the lid of a laptop. */
final class Sleep {

    private final Set<Long> stopped = new LinkedHashSet<>();

    private Sleep() {}

    /** Stops the daemon first, so that it sees nothing of what happens to the others. */
    static Sleep of(Site site, Started daemon) throws Exception {
        var sleep = new Sleep();
        sleep.stop(Set.of(daemon.pid()));
        // one that was not stopped yet may start another, so until there is no other
        while (sleep.stop(sleep.rest(site, daemon))) {}
        return sleep;
    }

    /** What it started may have left its tree; all stages are its own. */
    private Set<Long> rest(Site site, Started daemon) throws Exception {
        var rest =
                ProcessHandle.of(daemon.pid())
                        .orElseThrow()
                        .descendants()
                        .map(ProcessHandle::pid)
                        .collect(Collectors.toSet());
        site.stageProcesses().forEach(process -> rest.add(process.pid()));
        rest.removeAll(stopped);
        return rest;
    }

    private boolean stop(Set<Long> processes) throws Exception {
        for (var process : processes) {
            var _ = Site.reaches("STOP", process); // it may have just ended
        }
        return stopped.addAll(processes);
    }

    void end() throws Exception {
        for (var process : stopped) {
            var _ = Site.reaches("CONT", process);
        }
    }
}
