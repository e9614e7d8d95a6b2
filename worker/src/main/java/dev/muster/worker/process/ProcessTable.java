package dev.muster.worker.process;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * All processes that live on this machine, at one moment. Zombies are not among them: they are
 * dead, and only wait for their parent to notice.
 */
final class ProcessTable {

    private static final Path PROC = Path.of("/proc");
    private static final boolean HAS_PROC = Files.isReadable(PROC.resolve("self/stat"));
    private static final int MOST_LISTINGS = 10;
    private static final byte[] COOKIE =
            (Cookie.VARIABLE + "=").getBytes(StandardCharsets.US_ASCII);

    private final List<RunningProcess> processes;
    private final Set<Long> ownLine;
    private final long ownSession;
    private final Set<Long> sessions = new HashSet<>();
    private final Set<Cookie> cookies = new HashSet<>();

    private ProcessTable(List<RunningProcess> all) {
        long self = ProcessHandle.current().pid();
        ownLine = lineOf(self, all);
        ownSession =
                all.stream()
                        .filter(p -> p.pid() == self)
                        .mapToLong(RunningProcess::session)
                        .findFirst()
                        .orElse(0);
        processes = all.stream().filter(p -> !ownLine.contains(p.pid())).toList();
        for (var process : processes) {
            sessions.add(process.session());
            process.cookie().ifPresent(cookies::add);
        }
    }

    /** One pass over the system: about 40 µs a process on Linux. */
    static ProcessTable read() {
        return new ProcessTable(HAS_PROC ? fromProc() : fromHandles());
    }

    /** Whether anything here is in that session or carries that cookie: a cheap first question. */
    boolean mentions(long session, Cookie cookie) {
        return sessions.contains(session) || cookies.contains(cookie);
    }

    /**
     * The processes that {@code seed} picks, everything in a session of theirs, and all that
     * descend from those. Never the daemon itself, nor what it descends from.
     */
    List<RunningProcess> closureOf(Predicate<RunningProcess> seed) {
        var members = new HashSet<Long>();
        var theirSessions = new HashSet<Long>();
        var found = new ArrayList<RunningProcess>();
        var rest = new ArrayList<>(processes);
        Predicate<RunningProcess> belongs =
                p ->
                        seed.test(p)
                                || members.contains(p.parent())
                                || theirSessions.contains(p.session());
        boolean grew = true;
        while (grew) {
            grew = false;
            for (var each = rest.iterator(); each.hasNext(); ) {
                var process = each.next();
                if (belongs.test(process)) {
                    each.remove();
                    found.add(process);
                    members.add(process.pid());
                    if (process.session() > 0 && process.session() != ownSession) {
                        theirSessions.add(process.session());
                    }
                    grew = true;
                }
            }
        }
        return found;
    }

    /** A process and all it descends from. */
    private static Set<Long> lineOf(long pid, List<RunningProcess> all) {
        var parents = new HashMap<Long, Long>();
        all.forEach(p -> parents.put(p.pid(), p.parent()));
        var line = new HashSet<Long>();
        for (Long next = pid; next != null && line.add(next); ) {
            next = parents.get(next);
        }
        return line;
    }

    /**
     * Lists until a listing has nothing new. One listing is a moment, reading the processes takes a
     * while: what forks and exits in between is gone when its turn comes, and its child was not
     * listed.
     */
    private static List<RunningProcess> fromProc() {
        var processes = new ArrayList<RunningProcess>();
        var seen = new HashSet<Path>();
        for (int listing = 0; listing < MOST_LISTINGS; listing++) {
            boolean grew = false;
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
                for (var entry : entries) {
                    if (seen.add(entry)) {
                        grew = true;
                        process(entry).ifPresent(processes::add);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("listing /proc", e);
            }
            if (!grew) {
                break;
            }
        }
        return processes;
    }

    private static Optional<RunningProcess> process(Path entry) {
        try {
            var stat = new String(contents(entry.resolve("stat")), StandardCharsets.ISO_8859_1);
            // the name stands in parentheses and may hold anything, parentheses and blanks included
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 6);
            if (fields[0].equals("Z") || fields[0].equals("X")) {
                return Optional.empty();
            }
            return Optional.of(
                    new RunningProcess(
                            Long.parseLong(entry.getFileName().toString()),
                            Long.parseLong(fields[1]),
                            Long.parseLong(fields[3]),
                            cookie(entry).or(() -> cookieOfGroup(entry))));
        } catch (IOException | RuntimeException _) {
            return Optional.empty(); // it ended while we looked
        }
    }

    private static Optional<Cookie> cookie(Path entry) {
        try {
            var environment = contents(entry.resolve("environ"));
            for (int start = 0; start < environment.length; ) {
                int end = start;
                while (end < environment.length && environment[end] != 0) {
                    end++;
                }
                int value = start + COOKIE.length;
                if (value <= end
                        && Arrays.equals(environment, start, value, COOKIE, 0, COOKIE.length)) {
                    return Optional.of(
                            new Cookie(
                                    new String(
                                            environment,
                                            value,
                                            end - value,
                                            StandardCharsets.ISO_8859_1)));
                }
                start = end + 1;
            }
        } catch (IOException _) {
            // another user's, or it ended
        }
        return Optional.empty();
    }

    /** What a process cannot take off, unlike its environment. */
    private static Optional<Cookie> cookieOfGroup(Path entry) {
        try {
            var groups = new String(contents(entry.resolve("cgroup")), StandardCharsets.UTF_8);
            return ControlGroups.cookieIn(groups);
        } catch (IOException _) {
            return Optional.empty(); // it ended, or this system has no such groups
        }
    }

    private static byte[] contents(Path file) throws IOException {
        try (var in = new FileInputStream(file.toFile())) {
            return in.readAllBytes();
        }
    }

    /** Where there is no /proc: sessions and descent are known, environments are not. */
    private static List<RunningProcess> fromHandles() {
        return ProcessHandle.allProcesses()
                .map(
                        handle ->
                                new RunningProcess(
                                        handle.pid(),
                                        handle.parent().map(ProcessHandle::pid).orElse(0L),
                                        Posix.sessionOf(handle.pid()),
                                        Optional.empty()))
                .toList();
    }
}
