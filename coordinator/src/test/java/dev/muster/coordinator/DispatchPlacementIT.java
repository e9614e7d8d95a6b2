package dev.muster.coordinator;

import static dev.muster.coordinator.FakeWorker.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.git.RepositoryUrl;
import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Load;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Which of several machines that ask is given a task, whatever else each of them can do. */
class DispatchPlacementIT {

    private static CoordinatorFixture coordinator;
    private static FakeWorker bus;

    @BeforeAll
    static void start() {
        coordinator = CoordinatorFixture.start(LeaseConfig.DEFAULT);
        bus = FakeWorker.enrolled(coordinator);
    }

    @AfterAll
    static void stop() {
        bus.close();
        coordinator.close();
    }

    /** Tests leave tasks behind that nobody may be given later. */
    @AfterEach
    void emptyTheQueue() {
        assertThat(coordinator.contradictions()).isEmpty();
        coordinator.emptyTheQueue();
    }

    @ParameterizedTest
    @CsvSource({"shell, shell", "shell, shell claude", "shell claude, shell"})
    void theMachineThatHoldsTheRepositoryIsGivenItsTasks(String holders, String others) {
        var address = "https://example.org/" + UUID.randomUUID() + ".git";
        var withRepository = coordinator.project(new JsonObject().put("repoUrl", address));
        var holder = neighbour(holders, 0.7);
        holder.mirrors = List.of(RepositoryUrl.parse(address).fingerprint());
        var idle = neighbour(others, 0.1);

        assertThatOneIsGivenTasksBefore(holder, idle, withRepository);
    }

    @ParameterizedTest
    @CsvSource({"shell, shell", "shell, shell claude", "shell claude, shell"})
    void theLessBusyMachineIsGivenTasks(String idles, String others) {
        var idle = neighbour(idles, 0.1);
        var busy = neighbour(others, 0.84);

        assertThatOneIsGivenTasksBefore(idle, busy, project("shell"));
    }

    /** Though it comes later; and nobody waits for it. */
    private void assertThatOneIsGivenTasksBefore(FakeWorker one, FakeWorker other, String of) {
        var pulls = parked(other, one);

        var first = coordinator.task(of);
        assertThat(await(pulls.getLast())).containsExactly(first);
        assertThat(pulls.getFirst().isComplete()).isFalse();
        var second = coordinator.task(of);
        assertThat(await(pulls.getFirst())).containsExactly(second);
        one.close();
        other.close();
    }

    @Test
    void whatOthersCanDoIsNoBurdenToTheOnlyMachineThatCanDoMore() {
        var any = coordinator.task(project("shell"));
        var demanding = coordinator.task(project("claude"));
        hideTheQueue();
        var able = neighbour("shell claude", 0.1);
        var simple = neighbour("shell", 0.7);
        var pulls = parked(able, simple);

        showTheQueue();

        assertThat(await(pulls.getFirst())).containsExactly(demanding);
        assertThat(await(pulls.getLast())).containsExactly(any);
        able.close();
        simple.close();
    }

    @ParameterizedTest
    @CsvSource({"shell, claude", "claude, shell"})
    void manyTasksOfOneAgentKeepNoMachineFromThoseOfAnother(String often, String rarely) {
        var draft = new JsonObject().put("projectKey", project(often)).put("description", "do it");
        var many =
                IntStream.range(0, 12)
                        .mapToObj(_ -> coordinator.task(draft.put("priority", 9)))
                        .toList();
        var rare = coordinator.task(project(rarely));
        hideTheQueue();
        var busy = neighbour(often, 0.1);
        var other = neighbour(rarely, 0.1);
        var pulls = parked(busy, other);

        showTheQueue();

        assertThat(await(pulls.getFirst())).containsExactly(many.getFirst());
        assertThat(await(pulls.getLast())).containsExactly(rare);
        busy.close();
        other.close();
    }

    private static FakeWorker neighbour(String capabilities, double load) {
        var machine = bus.neighbour(coordinator);
        machine.capabilities = List.of(capabilities.split(" "));
        machine.heartbeat(new Load(load, load, 0.1));
        return machine;
    }

    /** Pulls for one task each, parked in this order. */
    private static List<Future<List<Assignment>>> parked(FakeWorker... machines) {
        var pulls = new ArrayList<Future<List<Assignment>>>();
        for (var machine : machines) {
            pulls.add(machine.pullLater(UUID.randomUUID(), 1, 25_000, false));
            Await.until("it is parked", () -> openCredit() >= pulls.size());
        }
        return pulls;
    }

    private static List<Long> await(Future<List<Assignment>> pulled) {
        return tasks(pulled.timeout(10, TimeUnit.SECONDS).await());
    }

    /** So that one pass finds all of it when it is shown. */
    private static void hideTheQueue() {
        coordinator.execute("update queue set agent_type = 'hidden'");
    }

    private static void showTheQueue() {
        coordinator.execute(
                "update queue q set agent_type = p.agent_type from task t join pipeline p on p.id ="
                        + " t.pipeline_id where t.id = q.task_id");
    }

    private static String project(String agentType) {
        return coordinator.project(new JsonObject().put("agentType", agentType));
    }

    private static double openCredit() {
        return coordinator.metric("muster_dispatch_open_credit");
    }
}
