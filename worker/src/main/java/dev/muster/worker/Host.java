package dev.muster.worker;

import dev.muster.worker.agent.AgentTypes;
import dev.muster.worker.agent.Programs;
import dev.muster.worker.identity.Introduction;
import dev.muster.worker.user.RunAs;

import oshi.SystemInfo;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What this computer is and can do. */
final class Host {

    private Host() {}

    /**
     * Agent types whose programs are here. Asks each program, which takes seconds.
     *
     * @param user as whom attempts run; the daemon's own if empty
     */
    static List<String> capabilities(AgentTypes types, Optional<RunAs> user)
            throws InterruptedException {
        var shells = Stream.of("bash", "sh");
        var shell = shells.anyMatch(name -> Programs.find(name).isPresent());
        return Stream.concat(
                        shell ? Stream.of(AgentTypes.SHELL) : Stream.empty(),
                        Programs.present(types, user).stream())
                .toList();
    }

    static Introduction.Hardware hardware() {
        return new Introduction.Hardware(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                new SystemInfo().getHardware().getMemory().getTotal());
    }
}
