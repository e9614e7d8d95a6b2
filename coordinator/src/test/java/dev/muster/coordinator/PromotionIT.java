package dev.muster.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.coordinator.config.LeaseConfig;
import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Confidential;
import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.PromotionAnswer;
import dev.muster.protocol.message.PromotionAnswer.Decision;
import dev.muster.protocol.message.Pushed;
import dev.muster.protocol.message.Verdict;
import dev.muster.protocol.message.Work;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;

/** Who pushed is told to promote only what counts, and what came of it is taken once. */
class PromotionIT extends OneWorker {

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String OTHER = "fedcba9876543210fedcba9876543210fedcba98";
    private static final String REPOSITORY = "https://git.example.com/books.git";
    private static final String TOKEN = "needle-of-the-repository";
    private static final String BOOKS = "/api/web/projects/books";

    @BeforeAll
    static void start() {
        start(LeaseConfig.DEFAULT);
        var project =
                new JsonObject()
                        .put("key", "books")
                        .put("name", "s")
                        .put("repoUrl", REPOSITORY)
                        .put("push", "on_success");
        coordinator.post("/api/admin/projects", project).expect(201);
        coordinator.put(BOOKS + "/git-token", new JsonObject().put("token", TOKEN)).expect(204);
    }

    private LeaseRef running() {
        coordinator.task("books");
        return worker.running();
    }

    private void succeed(LeaseRef lease) {
        var work = new Work("muster/x", COMMIT, COMMIT, 1, 1, 1, 1, false);
        var pushed = work.with(new Pushed(COMMIT, Pushed.refOf(lease)));
        assertThat(worker.report(lease, 2, new Fact.Succeeded(3, pushed)))
                .isEqualTo(Verdict.ACCEPTED);
    }

    private static PromotionAnswer ask(FakeWorker asking, LeaseRef lease, String commit) {
        return say(asking, lease, commit, null, null);
    }

    private static PromotionAnswer say(
            FakeWorker asking,
            LeaseRef lease,
            String commit,
            Promotion.@Nullable Result result,
            @Nullable String detail) {
        var promotion = new Promotion(1, asking.machine, lease, commit, result, detail);
        return asking.request(Addresses.PROMOTE, promotion, PromotionAnswer.class);
    }

    private static JsonObject push(LeaseRef lease) {
        return coordinator
                .task(lease.task())
                .getJsonArray("attempts")
                .getJsonObject(0)
                .getJsonObject("work")
                .getJsonObject("push");
    }

    @Test
    void aProjectSaysWhetherItsTasksPushAndNeedsARepositoryForThat() {
        assertThat(coordinator.get("/api/web/projects/shop").body().getString("push"))
                .isEqualTo("never");
        var on = new JsonObject().put("push", "on_success");
        assertThat(coordinator.put("/api/web/projects/shop", on).expect(400).pointers())
                .containsExactly("/push");
        assertThat(
                        coordinator
                                .put(BOOKS, new JsonObject().put("push", "always"))
                                .expect(400)
                                .pointers())
                .containsOnly("/push");

        assertThat(isPushed()).isTrue();
        var off = coordinator.put(BOOKS, new JsonObject().put("push", "never")).expect(200);
        assertThat(off.body().getString("push")).isEqualTo("never");
        assertThat(isPushed()).isFalse();
        coordinator.put(BOOKS, on).expect(200);
    }

    private boolean isPushed() {
        coordinator.task("books");
        return worker.pull(1).getFirst().isPushed();
    }

    @Test
    void whatCountsIsPromotedOnceItsOutcomeWasTakenAndToldOnce() {
        var lease = running();
        assertThat(ask(worker, lease, COMMIT)).isEqualTo(new PromotionAnswer(1, Decision.WAIT));
        succeed(lease);
        assertThat(push(lease).getString("state")).isEqualTo("pushed");

        var answer = ask(worker, lease, COMMIT);

        assertThat(answer.decision()).isEqualTo(Decision.PROMOTE);
        assertThat(answer.repoUrl()).isEqualTo(REPOSITORY);
        assertThat(answer.gitToken()).extracting(GitToken::token).isEqualTo(secret());
        for (int go = 0; go < 2; go++) {
            assertThat(say(worker, lease, COMMIT, Promotion.Result.PROMOTED, null).decision())
                    .isEqualTo(Decision.DONE);
        }
        assertThat(ask(worker, lease, COMMIT)).isEqualTo(new PromotionAnswer(1, Decision.DONE));
        assertThat(push(lease).getString("state")).isEqualTo("promoted");
        assertThat(events(lease)).containsExactly("pushed", "promoted");
        assertThat(coordinator.contradictions()).isEmpty();
    }

    private static Confidential secret() {
        return new Confidential(TOKEN);
    }

    private static List<String> events(LeaseRef lease) {
        return coordinator.sql(
                "select type from event where type in ('pushed', 'promoted') and task_id = "
                        + lease.task()
                        + " order by n");
    }

    @Test
    void whyItWasNotPromotedIsToldWithoutTheProjectsToken() {
        var lease = running();
        succeed(lease);

        say(worker, lease, COMMIT, Promotion.Result.REFUSED, "It has " + TOKEN + "\0.");

        assertThat(push(lease).getString("state")).isEqualTo("refused");
        assertThat(push(lease).getString("detail")).isEqualTo("It has ***.");
        assertThat(
                        coordinator.sql(
                                "select data ->> 'detail' from event where type ="
                                        + " 'promotion_refused' and task_id = "
                                        + lease.task()))
                .containsExactly("It has ***.");
        // what came first counts
        say(worker, lease, COMMIT, Promotion.Result.PROMOTED, null);
        assertThat(push(lease).getString("state")).isEqualTo("refused");
    }

    @Test
    void whatDoesNotCountIsNeverPromoted() {
        var cancelled = running();
        coordinator.cancel(cancelled.task()).expect(200);
        assertThat(ask(worker, cancelled, COMMIT).decision()).isEqualTo(Decision.DROP);
        var failed = running();
        worker.report(failed, 2, new Fact.Failed(3, "push_failed", "d", null));
        assertThat(ask(worker, failed, COMMIT).decision()).isEqualTo(Decision.DROP);
        // so that it can clear away what it pushed
        assertThat(ask(worker, failed, COMMIT).gitToken()).isNotNull();
        var lease = running();
        succeed(lease);
        assertThat(ask(worker, lease, OTHER).decision()).isEqualTo(Decision.DROP);

        var former = new LeaseRef(lease.task(), lease.attempt(), lease.fence() + 1);
        assertThat(ask(worker, former, COMMIT)).isEqualTo(new PromotionAnswer(1, Decision.DROP));
        try (var other = worker.neighbour(coordinator)) {
            assertThat(ask(other, lease, COMMIT)).isEqualTo(new PromotionAnswer(1, Decision.DROP));
            say(other, lease, COMMIT, Promotion.Result.PROMOTED, null);
        }
        assertThat(push(lease).getString("state")).isEqualTo("pushed");
    }
}
