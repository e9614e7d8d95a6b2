package dev.muster.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.muster.ops.harness.Api;
import dev.muster.ops.harness.Eventually;
import dev.muster.ops.harness.Started;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A coordinator that dies at any of its writes while people make tasks, cancel, retry and answer:
 * what they were promised holds, and what nobody promised is one of the two things it may be.
 */
@Tag("fault")
@ExtendWith(Rows.class)
final class EveryWriteIT {

    private static final Duration LONG = Site.LONG;
    private static final int KILLED = 137;
    private static final int LINES = 40;
    private static final int PLAIN = 5;
    private static final int ASKING = 3;
    private static final String DONE = "COMPLETED";
    private static final String CANCELLED = "CANCELLED";

    /** How often each write is tried, before and after, each time at a later moment. */
    private static final int SEEDS = Integer.getInteger("muster.fault.seeds", 2);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path root;

    private Site site;

    /** How each task may end, by what was answered about it. */
    private final Map<Long, Set<String>> promised = new TreeMap<>();

    @BeforeEach
    void site() throws Exception {
        // a machine that finds back late, as on a busy one, still has what it began
        site = Site.in(root, "5m", "5m");
        site.coordinator();
        site.project("");
        site.worker("w");
    }

    @AfterEach
    void clear() throws Exception {
        site.close();
    }

    /** {@code most}: the write is reached that often within a few rounds of {@link #work}. */
    @ParameterizedTest
    @CsvSource({
        "creating tasks, 16",
        "granting leases, 16",
        "taking reports, 32",
        "appending to logs, 16",
        "renewing leases, 12",
        "noting a heartbeat, 12",
        "greeting a machine, 1",
        "cancelling a task, 6",
        "retrying a task, 6",
        "answering at a gate, 6",
    })
    void f5_everyWriteSurvivesADeathBeforeAndAfterIt(String write, int most, Rows.Runs runs)
            throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            for (var when : List.of("before", "after")) {
                int time = 1 + seed % most;
                site.stopCoordinator();
                workUntilDead(site.doomed("%s:%s:%d".formatted(when, write, time)));
                runs.another();
            }
        }
        site.coordinator();
        endAll();
        for (var promise : promised.entrySet()) {
            assertKept(promise.getKey(), promise.getValue());
        }
        site.stop();
    }

    private void workUntilDead(Started doomed) throws Exception {
        try {
            doomed.awaitLine("coordinator started", LONG);
            site.signIn();
            while (doomed.isAlive()) {
                work();
            }
        } catch (IOException e) {
            // it died instead of answering
        } catch (AssertionError e) {
            // an answer in the middle of its death, unless it lives
            if (doomed.isAlive()) {
                throw e;
            }
        }
        assertThat(doomed.awaitExit(LONG)).as(doomed.output()).isEqualTo(KILLED);
        site.checkLogs();
    }

    /**
     * Tasks that only run, and some that are cancelled at their gates, tried again, and confirmed.
     * So many at once that a single round reaches most writes as often as is asked for.
     */
    private void work() throws Exception {
        var plain = new ArrayList<Long>();
        for (int n = 0; n < PLAIN; n++) {
            plain.add(promise(site.task(LINES), Set.of(DONE)));
        }
        var asking = new ArrayList<Long>();
        for (int n = 0; n < ASKING; n++) {
            asking.add(promise(site.asking(LINES), Set.of(DONE)));
        }
        for (var task : asking) {
            site.awaitGate(task);
            ask(task, "cancel", Set.of(CANCELLED));
            ask(task, "retry", Set.of(DONE));
        }
        for (var task : asking) {
            site.awaitGate(task);
            Api.expect(200, site.answer(task));
        }
        var all = new ArrayList<>(plain);
        all.addAll(asking);
        for (var task : all) {
            site.api().awaitEnd(task, LONG);
        }
    }

    private long promise(long task, Set<String> ends) {
        promised.put(task, ends);
        return task;
    }

    /** Between the question and its answer, both is possible. */
    private void ask(long task, String verb, Set<String> then) throws Exception {
        promised.put(task, Set.of(DONE, CANCELLED));
        var reply = site.api().post("/api/web/tasks/" + task + "/" + verb, "{}");
        assertThat(reply.status()).as(reply.text()).isBetween(200, 201);
        promised.put(task, then);
    }

    /** Also what was made and never answered for; who still asks is confirmed. */
    private void endAll() throws Exception {
        Eventually.holds(
                "all ended",
                LONG,
                () -> {
                    for (var task : suspended()) {
                        site.answer(task);
                    }
                    return site.number(
                                    "select count(*) from task where state not in ('COMPLETED',"
                                            + " 'CANCELLED')")
                            == 0;
                });
        assertThat(site.number("select count(*) from task"))
                .isGreaterThanOrEqualTo(promised.size());
    }

    private List<Long> suspended() throws Exception {
        var page = Api.expect(200, site.api().get("/api/web/tasks?status=SUSPENDED&limit=200"));
        return page.get("items").findValues("id").stream().map(JsonNode::longValue).toList();
    }

    private void assertKept(long task, Set<String> ends) throws Exception {
        var ended = site.api().task(task);
        assertThat(ends).as(ended.toString()).contains(ended.get("status").textValue());
        if (ended.get("status").textValue().equals(DONE)) {
            site.assertCompleted(task, LINES);
        } else {
            assertThat(site.runs(task)).as("runs of task " + task).isZero();
        }
    }
}
