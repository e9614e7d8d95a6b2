package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whoever adds a write to the coordinator also lets it die there, or says why that is not needed. A
 * write is known by the name that is given with it, which is its crash point; one that gets its
 * name as a parameter, by its class and that parameter.
 */
final class WritesTest {

    private static final Path COORDINATOR = Path.of("../coordinator/src/main/java");
    private static final Path FAULTS = Path.of("src/test/java/dev/muster/ops/fault");

    /** A statement with its name, or a transaction; what lies within one is part of it. */
    private static final Pattern CALL =
            Pattern.compile(
                    "\\b(?!transaction\\b)\\w+(?:\\(\\))?\\s*\\.(query|inTransaction|asOne|alone)\\("
                        + "\\s*(\"[^\"]+\"|\\w+),\\s*(\\w*)");

    private static final Pattern STATEMENT =
            Pattern.compile("static final String (\\w+) =(.*?);\n\n", Pattern.DOTALL);

    /** What only locks says "update" as well. */
    private static final Pattern WRITING =
            Pattern.compile("\\b(insert into|delete from|note_\\w+|(?<!for |no key )update)\\b");

    private static final Map<String, Set<String>> NOT_DIED_AT =
            Map.ofEntries(
                    Map.entry(
                            "It only reads, or is a lock around what is named itself.",
                            Set.of(
                                    "AuditStore.doing",
                                    "ChunkStore.reading",
                                    "DashboardStore.doing",
                                    "looking for unrunnable tasks",
                                    "searching",
                                    "sweeping leases")),
                    Map.entry(
                            "A loop or a start does it again as long as it is not done.",
                            Set.of(
                                    "closing gates that are due",
                                    "deleting keys of secrets",
                                    "draining for a full disk",
                                    "ending leases",
                                    "ending undue shells",
                                    "ending untold shells",
                                    "flagging tasks",
                                    "forgetting channel tokens",
                                    "forgetting notifications",
                                    "forgetting requests",
                                    "forgetting seats",
                                    "giving gates more time",
                                    "looking after shells",
                                    "looking at machines",
                                    "making a key of secrets",
                                    "making the first account",
                                    "sealing audit entries",
                                    "sealing secrets anew",
                                    "suspending tasks",
                                    "unflagging tasks",
                                    "wrapping a key of secrets anew")),
                    Map.entry(
                            "The log does it again when it has grown by a step more.",
                            Set.of("limiting a log")),
                    Map.entry(
                            "Its worker says it again until it is answered, with its fence.",
                            Set.of(
                                    "beginning tasks anew",
                                    "noting a certificate",
                                    "noting a promotion",
                                    "renewing a poll's leases",
                                    "resuming tasks",
                                    "taking a late log",
                                    "taking late reports")),
                    Map.entry(
                            "A person's act in one piece: F28 dies around those that have a name.",
                            Set.of(
                                    "Developers.doing",
                                    "Sessions.doing",
                                    "adding a member",
                                    "archiving a project",
                                    "binding a chat",
                                    "changing a bot",
                                    "changing a machine's status",
                                    "changing a profile",
                                    "changing a project",
                                    "changing a project's environment",
                                    "changing settings",
                                    "creating a bot",
                                    "creating a project",
                                    "creating an enrolment token",
                                    "deleting a bot",
                                    "forgetting a secret",
                                    "keeping a secret",
                                    "keeping an answer",
                                    "making a developer",
                                    "making a personal token",
                                    "reading a notification",
                                    "reading notifications",
                                    "removing a member",
                                    "revoking a personal token",
                                    "revoking an enrolment token",
                                    "unbinding a chat")),
                    Map.entry(
                            "Whoever signs in does so again; a code that is used up is the price.",
                            Set.of(
                                    "beginning a session",
                                    "ending a session",
                                    "setting a second factor up",
                                    "trying a second factor",
                                    "using a code up",
                                    "using a recovery code up")),
                    Map.entry(
                            "Terminals, shells and tunnels end with their coordinator or are"
                                    + " looked after.",
                            Set.of(
                                    "beginning a shell",
                                    "ending a shell",
                                    "ending a tunnel",
                                    "forgetting a shell",
                                    "keeping a channel token",
                                    "keeping seats",
                                    "keeping terminal sizes",
                                    "leaving a terminal",
                                    "noting a shell",
                                    "noting a shell's end",
                                    "noting a tunnel",
                                    "redeeming a channel token",
                                    "refusing a tunnel",
                                    "releasing a terminal",
                                    "starting a tunnel",
                                    "stopping a tunnel",
                                    "taking control of a terminal")),
                    Map.entry(
                            "Nobody was promised it: a note that is lost with its writer.",
                            Set.of(
                                    "noting a failed login",
                                    "noting an incident",
                                    "noting what was denied",
                                    "reading a personal token")));

    @Test
    void everyWriteIsDiedAtOrSaidWhyNot() throws IOException {
        var writes = writes();
        var faults = sources(FAULTS, "IT.java").map(Source::text).collect(Collectors.joining());
        var excused = NOT_DIED_AT.values().stream().flatMap(Set::stream).toList();
        var diedAt = writes.stream().filter(write -> isDiedAt(write, faults)).toList();

        assertThat(diedAt).contains("creating tasks", "answering a named request");
        assertThat(Stream.concat(excused.stream(), diedAt.stream()))
                .containsExactlyInAnyOrderElementsOf(writes);
    }

    /** It stands in a crash point, or in a table of writes. */
    private static boolean isDiedAt(String write, String faults) {
        return Stream.of("\":%s", "before:%s", "after:%s", ":%s\"", ":%s:", "\"%s, ")
                .map(place -> place.formatted(write))
                .anyMatch(faults::contains);
    }

    private static Set<String> writes() throws IOException {
        return sources(COORDINATOR, ".java")
                .filter(source -> !source.name().equals("Database"))
                .flatMap(source -> source.writes().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<Source> sources(Path below, String suffix) throws IOException {
        try (var files = Files.walk(below)) {
            var sources = new ArrayList<Source>();
            for (var file : files.filter(path -> path.toString().endsWith(suffix)).toList()) {
                var name = file.getFileName().toString().replace(".java", "");
                sources.add(new Source(name, Files.readString(file)));
            }
            return sources.stream();
        }
    }

    private record Source(String name, String text) {

        List<String> writes() {
            var statements =
                    STATEMENT
                            .matcher(text)
                            .results()
                            .collect(Collectors.toMap(it -> it.group(1), it -> it.group(2)));
            return CALL.matcher(text)
                    .results()
                    .filter(call -> isWrite(call, statements))
                    .map(call -> nameOf(call.group(2)))
                    .toList();
        }

        /** What cannot be found out is taken for one. */
        private static boolean isWrite(MatchResult call, Map<String, String> statements) {
            var statement = statements.get(call.group(3));
            return !call.group(1).equals("query")
                    || statement == null
                    || WRITING.matcher(statement).find();
        }

        private String nameOf(String given) {
            return given.startsWith("\"") ? given.replace("\"", "") : name + "." + given;
        }
    }
}
