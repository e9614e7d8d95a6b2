package dev.muster.ops.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A process as {@code /proc} tells of it.
 *
 * @param started in clock ticks since the machine booted; with the id it is the process's identity
 * @param command its arguments, blanks between them
 * @param environment NUL between the variables; empty where the process wrote over it
 * @param directory its working directory
 */
public record RunningProcess(
        long pid, long started, String command, String environment, String directory) {

    private static final Path PROC = Path.of("/proc");

    /** All processes of this machine that can be looked into; the dead and unreaped are none. */
    public static List<RunningProcess> all() throws IOException {
        try (var entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            var all = new java.util.ArrayList<RunningProcess>();
            for (var entry : entries) {
                of(Long.parseLong(entry.getFileName().toString())).ifPresent(all::add);
            }
            return all;
        }
    }

    public static Optional<RunningProcess> of(long pid) {
        var entry = PROC.resolve(Long.toString(pid));
        try {
            var stat = read(entry.resolve("stat"));
            // the name in parentheses may hold anything, so fields count from its end
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            if (fields[0].equals("Z") || fields[0].equals("X")) {
                return Optional.empty();
            }
            return Optional.of(
                    new RunningProcess(
                            pid,
                            Long.parseLong(fields[19]),
                            read(entry.resolve("cmdline")).replace('\0', ' ').strip(),
                            read(entry.resolve("environ")),
                            Files.readSymbolicLink(entry.resolve("cwd")).toString()));
        } catch (IOException e) {
            return Optional.empty(); // gone meanwhile, or somebody else's
        }
    }

    /** The most memory it ever had resident, in MiB. */
    public long peakMebibytes() throws IOException {
        for (var line : read(PROC.resolve(pid + "/status")).split("\n", -1)) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        throw new IOException("process " + pid + " tells no VmHWM");
    }

    public void kill() {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return pid + " " + command.substring(0, Math.min(120, command.length()));
    }
}
