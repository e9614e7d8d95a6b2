package dev.muster.coordinator.proof;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What no answer may do, whatever was asked. Thread-safe. */
public final class Judge {

    private static final Duration SLOW = Duration.ofSeconds(2);

    /** Traces of our inside: stacks, classes, statements, files. */
    private static final Pattern LEAK =
            Pattern.compile(
                    "\\bat"
                        + " [\\w.$]+\\([\\w]+\\.java|\\.java:\\d|Exception\\b|\\bjava\\.(lang|util|io)\\b"
                        + "|io\\.(vertx|netty)|dev\\.muster|com\\.(hazelcast|fasterxml)|(?i:\\bselect\\b[^\"]{1,200}\\bfrom\\b|\\binsert"
                        + " into\\b|\\bupdate \\w+ set\\b|syntax error|sqlstate|violates \\w+"
                        + " constraint|relation \"|column \")"
                        + "|pg_catalog|/(home|root|usr|var|opt|work)/\\w|master\\.key");

    private final ServedContract contract;

    public Judge(ServedContract contract) {
        this.contract = contract;
    }

    /** What is wrong with an answer; empty if nothing is. */
    public List<String> faults(Mutant mutant, HostileConnection.Reply reply) {
        var faults = new ArrayList<String>();
        // the library's own word on versions, said before we hear of the request
        var isVersion = reply.status() == 501 && mutant.is(Mutant.Trait.OTHER_VERSION);
        if (reply.status() >= 500 && !isVersion) {
            faults.add("is a " + reply.status());
        }
        if (reply.took().compareTo(SLOW) > 0) {
            faults.add("took " + reply.took());
        }
        var leak = LEAK.matcher(reply.body());
        // pages are the same for all, and may speak of anything
        if (reply.header("Content-Type").contains("json") && leak.find()) {
            faults.add("tells of our inside: " + leak.group());
        }
        if (reply.status() >= 400 && !reply.body().isEmpty()) {
            faults.addAll(problemFaults(reply));
        }
        return faults;
    }

    private List<String> problemFaults(HostileConnection.Reply reply) {
        var document = reply.json();
        if (!reply.header("Content-Type").equals("application/problem+json")
                || document.isEmpty()) {
            return List.of("is no problem document");
        }
        var faults = new ArrayList<String>();
        var problem = document.get();
        contract.faults(contract.schema("Problem"), problem).stream()
                .map(fault -> "is no problem document: " + fault)
                .forEach(faults::add);
        if (!Integer.valueOf(reply.status()).equals(problem.getInteger("status"))) {
            faults.add("says another status than it has");
        }
        if (isPointless(problem)) {
            faults.add("does not say where the fault is");
        }
        return faults;
    }

    /** What breaks the contract in a place says in which. */
    private static boolean isPointless(JsonObject problem) {
        return problem.getString("error").contains("does not follow the contract")
                && problem.getJsonArray("errors", new JsonArray()).isEmpty();
    }
}
