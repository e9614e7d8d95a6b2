package dev.muster.worker;

import dev.muster.worker.identity.Introduction;

import oshi.SystemInfo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What this computer is and can do. */
final class Host {

    private Host() {}

    /** Agent types whose programs are here. */
    static List<String> capabilities() {
        var shells = Stream.of("bash", "sh");
        return shells.anyMatch(Host::isOnPath) ? List.of("shell") : List.of();
    }

    private static boolean isOnPath(String program) {
        var path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return Stream.of(path.split(":"))
                .filter(directory -> !directory.isEmpty())
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    static Introduction.Hardware hardware() {
        return new Introduction.Hardware(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                new SystemInfo().getHardware().getMemory().getTotal());
    }
}
