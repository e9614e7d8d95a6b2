package dev.muster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.message.Pushed;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.FakeCoordinator.Fate;
import dev.muster.worker.process.Posix;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What attempts leave reaches a real repository, once, and only if they are the ones that count.
 */
final class PushIT extends OneDaemon {

    private static final String COMMIT =
            "echo $MUSTER_ATTEMPT > new.txt && git add -A && git commit -qm new";

    private Path source;

    @BeforeEach
    void repository() throws Exception {
        source = TestRepository.make(temp.resolve("source"));
    }

    private LeaseRef enqueue(Provision provision) {
        return coordinator.enqueue(
                Given.stages(stage("only", COMMIT))
                        .repository(source.toString())
                        .provision(provision)
                        .pushed());
    }

    private String git(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("git", "-C", source.toString()));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }

    /** What the repository has under these names, each with its ref; empty if nothing. */
    private List<String> refs() throws IOException, InterruptedException {
        return git("for-each-ref", "--format=%(refname)", "refs/muster", "refs/heads/muster")
                .lines()
                .toList();
    }

    private Pushed pushed(LeaseRef lease) {
        return ((Fact.Succeeded) coordinator.facts(lease).getLast()).work().pushed();
    }

    private void awaitTold(LeaseRef lease, Promotion.Result result) throws InterruptedException {
        coordinator.until(
                "it is told that it was " + result,
                () ->
                        coordinator.promotions(lease).stream()
                                .anyMatch(one -> one.result() == result));
    }

    @Test
    void anAcceptedAttemptsCommitsReachItsBranchAndAreByWhoAskedForThem() throws Exception {
        var lease = enqueue(new Provision(Map.of("GIT_AUTHOR_NAME", "The shop"), Map.of(), null));

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        awaitTold(lease, Promotion.Result.PROMOTED);

        assertThat(pushed(lease).ref()).isEqualTo("refs/muster/attempts/1/1");
        assertThat(refs()).containsExactly("refs/heads/muster/1-a1");
        assertThat(git("rev-parse", "muster/1-a1")).isEqualTo(pushed(lease).commit());
        // the project's word counts before the person's
        assertThat(git("log", "-1", "--format=%an %ae %cn %ce", "muster/1-a1"))
                .isEqualTo("The shop ada@example.org Ada L ada@example.org");
        coordinator.until("nothing is left of it", () -> isEmpty(temp.resolve("data/pushes")));
    }

    private static boolean isEmpty(Path directory) {
        try (var entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void withoutACommitNothingIsPushed() throws Exception {
        var lease =
                coordinator.enqueue(
                        Given.stages(stage("only", "echo x > uncommitted"))
                                .repository(source.toString())
                                .pushed());

        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));

        assertThat(pushed(lease).ref()).isNull();
        assertThat(refs()).isEmpty();
        assertThat(coordinator.promotions(lease)).isEmpty();
    }

    @Test
    void anAttemptThatWasFencedBeforeItsOutcomeWasTakenLeavesTheBranchAlone() throws Exception {
        coordinator.fate(this::loseOutcomes);
        var lease = enqueue(Provision.NONE);
        coordinator.until("it is pushed", () -> has("refs/muster/attempts/1/1"));

        coordinator.revoke(lease);
        coordinator.fate(_ -> Fate.SERVED);

        coordinator.until("its ref is gone", () -> !has("refs/muster/attempts/1/1"));
        assertThat(refs()).isEmpty();
        assertThat(coordinator.promotions(lease)).allMatch(one -> one.result() == null);
    }

    /** Reports reach nobody once something is pushed. */
    private Fate loseOutcomes(String address) {
        return address.equals(Addresses.REPORT) && has("refs/muster") ? Fate.LOST : Fate.SERVED;
    }

    private boolean has(String prefix) {
        try {
            return refs().stream().anyMatch(ref -> ref.startsWith(prefix));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatWasAcceptedIsPromotedByTheNextDaemonIfThisOneDies() throws Exception {
        coordinator.fate(address -> address.equals(Addresses.PROMOTE) ? Fate.LOST : Fate.SERVED);
        var lease = enqueue(Provision.NONE);
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        worker.close();
        assertThat(refs()).containsExactly("refs/muster/attempts/1/1");

        coordinator.fate(_ -> Fate.SERVED);
        worker = startWorker();

        awaitTold(lease, Promotion.Result.PROMOTED);
        assertThat(refs()).containsExactly("refs/heads/muster/1-a1");
    }

    @Test
    void aBranchThatIsElsewhereStaysThereAndThatIsTold() throws Exception {
        coordinator.fate(address -> address.equals(Addresses.PROMOTE) ? Fate.LOST : Fate.SERVED);
        var lease = enqueue(Provision.NONE);
        coordinator.until("the attempt is over", () -> coordinator.isOver(lease));
        git("-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "--allow-empty", "-mx");
        git("branch", "muster/1-a1");
        coordinator.fate(_ -> Fate.SERVED);

        awaitTold(lease, Promotion.Result.REFUSED);

        assertThat(git("rev-parse", "muster/1-a1")).isEqualTo(git("rev-parse", "main"));
        // the work stays where it is
        assertThat(git("rev-parse", "refs/muster/attempts/1/1")).isEqualTo(pushed(lease).commit());
        assertThat(coordinator.promotions(lease).getLast().detail()).contains("rejected");
    }

    @Test
    void whatTheRepositoryRefusesFailsTheAttemptAndIsPushedByTheNext() throws Exception {
        hook("echo 'no commits on Fridays' >&2; exit 1");
        var stages = new Stage[] {stage("only", COMMIT), stage("last", "true")};
        var first =
                coordinator.enqueue(Given.stages(stages).repository(source.toString()).pushed());
        coordinator.until("the attempt is over", () -> coordinator.isOver(first));
        assertThat(coordinator.facts(first).getLast())
                .isInstanceOfSatisfying(
                        Fact.Failed.class,
                        failed -> {
                            assertThat(failed.reason()).isEqualTo("push_failed");
                            assertThat(failed.detail()).contains("no commits on Fridays");
                        });
        Files.delete(source.resolve(".git/hooks/pre-receive"));

        var second =
                coordinator.enqueueNext(
                        first, 1, Given.stages(stages).repository(source.toString()).pushed());

        awaitTold(second, Promotion.Result.PROMOTED);
        assertThat(refs()).containsExactly("refs/heads/muster/1-a1");
        assertThat(git("show", "muster/1-a1:new.txt")).isEqualTo("1");
    }

    @Test
    void cancellingEndsAPushThatHangs() throws Exception {
        var started = temp.resolve("started");
        Posix.makeFifo(started);
        hook("echo $$ > " + started + "; exec sleep 600");
        var lease = enqueue(Provision.NONE);
        var pid = Long.parseLong(Files.readString(started).strip());
        var process = ProcessHandle.of(pid).orElseThrow();

        coordinator.order(worker.machine(), new ToWorker.Stop(1, lease));

        coordinator.until("the slot is free", () -> worker.running() == 0);
        // once killed it has none, though nobody may have reaped it yet
        assertThat(process.info().command()).isEmpty();
        coordinator.until("it is settled", () -> isEmpty(temp.resolve("data/pushes")));
        assertThat(refs()).isEmpty();
    }

    private void hook(String body) throws IOException {
        var hook = source.resolve(".git/hooks/pre-receive");
        Files.createDirectories(hook.getParent());
        Files.writeString(hook, "#!/bin/sh\n" + body + "\n");
        assertThat(hook.toFile().setExecutable(true)).isTrue();
    }
}
