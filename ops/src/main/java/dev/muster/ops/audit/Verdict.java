package dev.muster.ops.audit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.muster.coordinator.audit.Fault;
import dev.muster.coordinator.audit.Finding;

/**
 * What is said about a log.
 *
 * @param heads how many heads it was compared with
 * @param unsealed how many entries wait to be sealed
 */
record Verdict(Finding finding, int heads, long unsealed) {

    private static final ObjectMapper JSON = new ObjectMapper();

    String text() {
        var entries = finding.head().seq();
        return finding.fault()
                .map(fault -> sentence(fault) + " The %d before it are whole.".formatted(entries))
                .orElseGet(
                        () ->
                                "The audit log is whole: %d entries, compared with %d heads, %d not sealed yet. Head: %s"
                                        .formatted(entries, heads, unsealed, finding.head()));
    }

    private static String sentence(Fault fault) {
        return "The audit log is not whole, from entry %d on (%s). %s"
                .formatted(fault.seq(), fault.how().word(), fault.sentence());
    }

    ObjectNode json() {
        var json =
                JSON.createObjectNode()
                        .put("whole", finding.fault().isEmpty())
                        .put("entries", finding.head().seq())
                        .put("head", finding.head().toString())
                        .put("heads", heads)
                        .put("unsealed", unsealed);
        finding.fault()
                .ifPresent(
                        fault ->
                                json.putObject("fault")
                                        .put("seq", fault.seq())
                                        .put("how", fault.how().word())
                                        .put("sentence", fault.sentence()));
        return json;
    }
}
