package dev.muster.worker.link;

import com.hazelcast.core.HazelcastInstance;

import dev.muster.cluster.Member;
import dev.muster.cluster.MutualTls;
import dev.muster.protocol.message.ToWorker;
import dev.muster.worker.WorkerConfig;
import dev.muster.worker.identity.ClusterAddress;
import dev.muster.worker.identity.Credentials;
import dev.muster.worker.link.LinkFailure.Kind;
import dev.muster.worker.time.Time;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Joins the coordinators' Hazelcast cluster as a lite member, anew for every link. */
public final class ClusterDialer implements Dialer {

    private static final int PROBE_MILLIS = 1_000;
    private static final int JOIN_SECONDS = 20;

    private final WorkerConfig config;
    private final Credentials credentials;
    private final Time time;

    public ClusterDialer(WorkerConfig config, Credentials credentials, Time time) {
        this.config = config;
        this.credentials = credentials;
        this.time = time;
    }

    @Override
    public boolean needsNewAddress() {
        return true;
    }

    @Override
    public Link dial(ClusterAddress address, Consumer<ToWorker> orders)
            throws LinkFailure, InterruptedException {
        // a member that finds nobody would make a cluster of its own, so look before joining
        if (address.members().stream().noneMatch(ClusterDialer::answers)) {
            throw new LinkFailure(
                    Kind.UNANSWERED, "none of the cluster members answers: " + address.members());
        }
        // anew for each link: with another authority, the next coordinators are others altogether
        var tls = new MutualTls(credentials::passport);
        var hazelcast = join(address, tls);
        try {
            return new ClusterLink(hazelcast, openBus(hazelcast, tls), credentials, orders);
        } catch (LinkFailure | InterruptedException | RuntimeException e) {
            hazelcast.getLifecycleService().terminate();
            throw e;
        }
    }

    private static boolean answers(String member) {
        var where = URI.create("member://" + member);
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(where.getHost(), where.getPort()), PROBE_MILLIS);
            return true;
        } catch (IOException | IllegalArgumentException _) {
            return false;
        }
    }

    private HazelcastInstance join(ClusterAddress address, MutualTls tls)
            throws LinkFailure, InterruptedException {
        var member = ClusterSettings.member(address, config.clusterHost(), time.newId());
        // a thread of its own: an interrupted join takes ten seconds to give up, a daemon has not
        var joining = new CompletableFuture<HazelcastInstance>();
        Thread.ofVirtual().name("join").start(() -> join(member, tls, joining));
        try {
            var hazelcast = joining.get();
            if (ClusterLink.hasCoordinator(hazelcast)) {
                return hazelcast;
            }
            hazelcast.getLifecycleService().terminate();
        } catch (ExecutionException e) {
            throw new LinkFailure(Kind.UNANSWERED, "the cluster could not be joined", e);
        } catch (InterruptedException e) {
            joining.cancel(false);
            throw e;
        }
        throw new LinkFailure(
                Kind.UNANSWERED, "there is no coordinator in the cluster " + address.name());
    }

    private static void join(
            Member member, MutualTls tls, CompletableFuture<HazelcastInstance> joining) {
        try {
            var hazelcast = member.start(tls);
            if (!joining.complete(hazelcast)) {
                hazelcast.getLifecycleService().terminate(); // nobody waits for it any more
            }
        } catch (RuntimeException e) {
            joining.completeExceptionally(e);
        }
    }

    private Vertx openBus(HazelcastInstance hazelcast, MutualTls tls)
            throws LinkFailure, InterruptedException {
        var builder = Vertx.builder().withClusterManager(new HazelcastClusterManager(hazelcast));
        Future<Vertx> opening = tls.openBus(builder, ClusterSettings.vertx(), config.clusterHost());
        try {
            return opening.toCompletionStage()
                    .toCompletableFuture()
                    .get(JOIN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            opening.onSuccess(Vertx::close);
            throw new LinkFailure(Kind.UNANSWERED, "the event bus could not be opened", e);
        } catch (InterruptedException e) {
            opening.onSuccess(Vertx::close);
            throw e;
        }
    }

    /** Why this daemon must not join with {@code config}, in a sentence; empty when it may. */
    public static Optional<String> objection(WorkerConfig config) {
        if (config.transport() != WorkerConfig.Transport.CLUSTER) {
            return Optional.empty();
        }
        try {
            return InetAddress.getByName(config.clusterHost()).isAnyLocalAddress()
                    ? Optional.of(
                            "The cluster host "
                                    + config.clusterHost()
                                    + " means every address of this machine: name the one that the"
                                    + " coordinators reach.")
                    : Optional.empty();
        } catch (UnknownHostException _) {
            return Optional.of("The cluster host " + config.clusterHost() + " is unknown.");
        }
    }
}
