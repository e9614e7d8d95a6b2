package dev.muster.worker.link;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.ToWorker;
import dev.muster.worker.identity.Credentials;
import dev.muster.worker.link.LinkFailure.Kind;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The clustered event bus, through one Hazelcast member and one Vert.x. A lite member does not
 * recover when the last coordinator leaves it, so that is the end of the link.
 */
final class ClusterLink implements Link {

    private static final Logger log = LoggerFactory.getLogger(ClusterLink.class);

    private static final int CLOSE_SECONDS = 3;

    private final HazelcastInstance hazelcast;
    private final Vertx vertx;
    private final Credentials credentials;
    private final AtomicBoolean closed = new AtomicBoolean();
    // Vert.x forgets the requests of an instance that closes, so they are ended from here
    private final UnderWay underWay = new UnderWay();

    ClusterLink(
            HazelcastInstance hazelcast,
            Vertx vertx,
            Credentials credentials,
            Consumer<ToWorker> orders)
            throws LinkFailure, InterruptedException {
        this.hazelcast = hazelcast;
        this.vertx = vertx;
        this.credentials = credentials;
        listen(orders);
        watch();
    }

    /** Whether anybody but lite members is in the cluster. */
    static boolean hasCoordinator(HazelcastInstance hazelcast) {
        return !hazelcast.getCluster().getMembers().stream().allMatch(Member::isLiteMember);
    }

    private void listen(Consumer<ToWorker> orders) throws LinkFailure, InterruptedException {
        var consumer =
                vertx.eventBus()
                        .<Buffer>consumer(
                                Addresses.orders(credentials.machine()),
                                message -> Incoming.order(message.body().getBytes(), orders));
        try {
            consumer.completion()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            vertx.close();
            throw new LinkFailure(Kind.UNANSWERED, "orders could not be subscribed to", e);
        } catch (InterruptedException e) {
            vertx.close();
            throw e;
        }
    }

    private void watch() {
        hazelcast
                .getCluster()
                .addMembershipListener(
                        new MembershipAdapter() {
                            @Override
                            public void memberRemoved(MembershipEvent event) {
                                loseIfAlone();
                            }
                        });
        hazelcast
                .getLifecycleService()
                .addLifecycleListener(
                        event -> {
                            if (event.getState() != LifecycleEvent.LifecycleState.STARTED) {
                                lose(); // shut down, or merging into a cluster that knows nothing
                            }
                        });
        loseIfAlone(); // the last one may have left before the listener was there
    }

    private void loseIfAlone() {
        if (!hasCoordinator(hazelcast)) {
            lose();
        }
    }

    @Override
    public byte[] request(String address, byte[] message, Duration timeout)
            throws LinkFailure, InterruptedException {
        var pending = underWay.begin();
        var answer = pending.answer();
        try {
            vertx.eventBus()
                    .<Buffer>request(address, Buffer.buffer(message), deliver(timeout))
                    .onComplete(
                            reply -> answer.complete(reply.body().getBytes()),
                            answer::completeExceptionally);
            return answer.get();
        } catch (ExecutionException e) {
            throw failureOf(e.getCause());
        } catch (IllegalStateException e) {
            throw failureOf(e); // the Vert.x instance closed a moment ago
        } finally {
            underWay.end(pending);
        }
    }

    private DeliveryOptions deliver(Duration timeout) {
        return new DeliveryOptions()
                .addHeader(Addresses.TOKEN, credentials.token())
                .setSendTimeout(Math.max(1, timeout.toMillis()));
    }

    private static LinkFailure failureOf(@Nullable Throwable cause) {
        if (cause instanceof LinkFailure failure) {
            return failure;
        }
        if (cause instanceof ReplyException reply
                && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE) {
            return Incoming.refusal(reply.failureCode(), String.valueOf(reply.getMessage()), reply);
        }
        return new LinkFailure(Kind.UNANSWERED, "nobody answered", cause);
    }

    @Override
    public void awaitLost() throws InterruptedException {
        underWay.awaitLost();
    }

    /** Also on Hazelcast threads: only marks and lets go; whoever keeps the link closes it. */
    @Override
    public void lose() {
        underWay.lose();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // alone, a member can take leave of nobody and would only wait for answers
        if (underWay.isLost()) {
            hazelcast.getLifecycleService().terminate();
        }
        lose();
        try {
            vertx.close()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.debug("event bus did not close cleanly", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        hazelcast.getLifecycleService().terminate();
    }
}
