package dev.muster.worker;

import dev.muster.protocol.message.Assignment;
import dev.muster.protocol.message.Continuation;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Provision;
import dev.muster.protocol.pipeline.Pipeline;
import dev.muster.protocol.pipeline.Stage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The attempt that a test gives a worker: it begins anew, has no repository and is driven by a
 * shell, unless the test says otherwise.
 */
public final class Given {

    private final Pipeline pipeline;
    private @Nullable String repository;
    private @Nullable String branch;
    private String name = "Ada L";
    private String email = "ada@example.org";
    private String agent = "shell";
    private @Nullable Continuation continuation;
    private Provision provision = Provision.NONE;
    private boolean isPushed;

    private Given(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    public static Given stages(Stage... stages) {
        return new Given(new Pipeline(List.of(stages)));
    }

    /** One whose stages do not matter. */
    public static Given anything() {
        return new Given(Pipeline.DEFAULT);
    }

    public Given repository(@Nullable String url) {
        repository = url;
        return this;
    }

    public Given branch(@Nullable String chosen) {
        branch = chosen;
        return this;
    }

    /** Whose name its commits bear. */
    public Given author(String whose, String address) {
        name = whose;
        email = address;
        return this;
    }

    public Given agent(String type) {
        agent = type;
        return this;
    }

    /** It goes on at {@code stage} in the workspace of attempt {@code former}. */
    public Given continuing(int former, int stage) {
        continuation = new Continuation(stage, former);
        return this;
    }

    public Given provision(Provision given) {
        provision = given;
        return this;
    }

    /** What it leaves is to be pushed. */
    public Given pushed() {
        isPushed = true;
        return this;
    }

    public Assignment under(LeaseRef lease) {
        return new Assignment(
                lease,
                "words",
                "p",
                repository,
                branch,
                name,
                email,
                agent,
                pipeline,
                continuation,
                provision,
                isPushed);
    }
}
