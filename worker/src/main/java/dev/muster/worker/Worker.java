package dev.muster.worker;

import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.question.Reply;
import dev.muster.worker.agent.AgentTypes;
import dev.muster.worker.disk.Disk;
import dev.muster.worker.identity.Credentials;
import dev.muster.worker.identity.DataDirectory;
import dev.muster.worker.identity.IdentityException;
import dev.muster.worker.identity.Introduction;
import dev.muster.worker.identity.LastBoot;
import dev.muster.worker.link.ClusterDialer;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.Dialer;
import dev.muster.worker.link.GatewayDialer;
import dev.muster.worker.question.Questions;
import dev.muster.worker.question.Respondent;
import dev.muster.worker.relay.Relay;
import dev.muster.worker.run.RunLoop;
import dev.muster.worker.run.Runner;
import dev.muster.worker.run.Self;
import dev.muster.worker.time.Time;
import dev.muster.worker.user.RunAs;
import dev.muster.worker.user.RunAsFailure;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The worker daemon. Started once, closed once. Thread-safe. */
public final class Worker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Worker.class);

    /** How long reports may take to leave after the last process ended. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final WorkerConfig config;
    private final DataDirectory directory;
    private final Credentials credentials;
    private final Tools tools;
    private final Contact contact;
    private final Relay relay;
    private final RunLoop runs;
    private final Questions questions;

    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable String reason;

    private Worker(
            WorkerConfig config,
            List<String> capabilities,
            DataDirectory directory,
            Credentials credentials,
            Tools tools,
            Time time)
            throws IOException {
        this.config = config;
        this.directory = directory;
        this.credentials = credentials;
        this.tools = tools;

        this.contact =
                new Contact(
                        dialer(config, credentials, time),
                        credentials,
                        config.answerWithin(),
                        time,
                        this::endFor);
        this.relay = new Relay(config.server(), credentials);
        var self = self(credentials.machine(), time.newId(), config, capabilities);
        this.runs =
                new RunLoop(
                        contact,
                        self,
                        time,
                        tools.runner(contact, self, relay),
                        new Disk(directory.path(), config.disk().floor()),
                        new LastBoot(directory),
                        config.killGrace(),
                        relay::open);
        this.questions = new Questions(contact, self, tools.respondent(relay));
    }

    private static Dialer dialer(WorkerConfig config, Credentials credentials, Time time) {
        return switch (config.transport()) {
            case GATEWAY -> new GatewayDialer(config.server(), credentials);
            case CLUSTER -> new ClusterDialer(config, credentials, time);
        };
    }

    /**
     * Starts a daemon: takes its directory, ends what a crash left behind, becomes its machine
     * (waiting for a coordinator if it must), then connects in the background.
     *
     * @throws StartFailure if it can never start like this
     */
    public static Worker start(WorkerConfig config) throws StartFailure, InterruptedException {
        return open(config, Workshop::open, Time.system());
    }

    /** The same with attempts run by {@code runner}. */
    public static Worker start(WorkerConfig config, Runner runner)
            throws StartFailure, InterruptedException {
        return start(config, runner, Time.system());
    }

    /** The same by another clock. */
    static Worker start(WorkerConfig config, Runner runner, Time time)
            throws StartFailure, InterruptedException {
        return open(config, (_, _, _) -> new Plugged(runner), time);
    }

    private static Worker open(WorkerConfig config, Opening opening, Time time)
            throws StartFailure, InterruptedException {
        var objection = ClusterDialer.objection(config);
        if (objection.isPresent()) {
            throw new StartFailure(objection.get());
        }
        try {
            var user = user(config);
            var directory = DataDirectory.claim(config.data());
            Tools tools = null;
            try {
                tools = opening.open(config, directory, user);
                var capabilities = Host.capabilities(AgentTypes.of(config.agents()), user);
                var credentials = enrol(config, capabilities, directory, time);
                var worker = new Worker(config, capabilities, directory, credentials, tools, time);
                worker.begin();
                return worker;
            } catch (StartFailure
                    | IdentityException
                    | IOException
                    | InterruptedException
                    | RuntimeException e) {
                if (tools != null) {
                    tools.close();
                }
                release(directory);
                throw e;
            }
        } catch (IdentityException | IOException e) {
            throw new StartFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private static Optional<RunAs> user(WorkerConfig config)
            throws StartFailure, InterruptedException {
        try {
            return config.runAs().isPresent()
                    ? Optional.of(RunAs.of(config.runAs().get()))
                    : Optional.empty();
        } catch (RunAsFailure e) {
            throw new StartFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private static Credentials enrol(
            WorkerConfig config, List<String> capabilities, DataDirectory directory, Time time)
            throws IdentityException, InterruptedException {
        var self = new Introduction(config.name(), capabilities, config.slots(), Host.hardware());
        var inCluster = config.transport() == WorkerConfig.Transport.CLUSTER;
        return Credentials.obtain(
                config.server(), directory, config.token(), self, inCluster, time);
    }

    private static Self self(
            UUID machine, UUID boot, WorkerConfig config, List<String> capabilities) {
        var version = Worker.class.getPackage().getImplementationVersion();
        return new Self(
                machine,
                boot,
                version == null ? "development" : version,
                capabilities,
                config.slots());
    }

    private void begin() {
        credentials.keepFresh(this::endFor);
        contact.start(runs::greet, this::obey);
        runs.start();
        log.info("worker started machine={} slots={}", credentials.machine(), config.slots());
    }

    private void obey(ToWorker order) {
        switch (order) {
            case ToWorker.Stop(_, var lease) -> runs.stop(lease);
            case ToWorker.Answer(_, var answer) -> runs.answer(answer);
            case ToWorker.Ask ask -> questions.take(ask);
            case ToWorker.OpenTerminal open -> relay.open(open);
        }
    }

    /** Whether it had contact with a coordinator within {@code atMost}. */
    public boolean awaitConnected(Duration atMost) throws InterruptedException {
        return contact.awaitConnected(atMost);
    }

    /** The machine it is. */
    public UUID machine() {
        return credentials.machine();
    }

    /** How many attempts run now. */
    public int running() {
        return runs.running();
    }

    /** Takes no new attempts; those that run go on. */
    public void drain() {
        runs.drain();
    }

    /** Blocks until closed; answers with a sentence why, if the daemon ended of its own accord. */
    public Optional<String> awaitClosed() throws InterruptedException {
        closed.await();
        return Optional.ofNullable(reason);
    }

    /** The machine's rights are gone: nothing here may run on, and nobody is to be told. */
    private void endFor(String sentence) {
        Thread.ofVirtual()
                .name("ending")
                .start(
                        () -> {
                            if (closing.compareAndSet(false, true)) {
                                log.error("worker ends: {}", sentence);
                                reason = sentence;
                                closeOnce(true);
                            }
                        });
    }

    /**
     * Ends what runs and tells so, takes leave, and lets the directory go. Bounded by the kill
     * grace and a few seconds.
     */
    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            closeOnce(false);
        }
        try {
            if (!closed.await(bound().multipliedBy(3).toMillis(), TimeUnit.MILLISECONDS)) {
                log.error("worker did not close in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeOnce(boolean silently) {
        try {
            questions.close();
            endRuns(silently);
            tools.close();
            // last, so that who is at a shell is told that it ended
            relay.close();
            runs.close();
            contact.close();
            credentials.close();
        } finally {
            release(directory);
            log.info("worker closed machine={}", credentials.machine());
            closed.countDown();
        }
    }

    private void endRuns(boolean silently) {
        try {
            if (silently) {
                runs.endSilently(bound());
            } else {
                runs.end(bound());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration bound() {
        return config.killGrace().plus(LAST_WORDS);
    }

    private static void release(DataDirectory directory) {
        try {
            directory.close();
        } catch (IOException e) {
            log.warn("data directory could not be released", e);
        }
    }

    /** Takes what attempts are run with. */
    @FunctionalInterface
    private interface Opening {
        Tools open(WorkerConfig config, DataDirectory directory, Optional<RunAs> user)
                throws StartFailure, InterruptedException;
    }

    private record Plugged(Runner runner) implements Tools {
        @Override
        public Runner runner(Contact contact, Self self, Relay relay) {
            return runner;
        }

        @Override
        public Respondent respondent(Relay relay) {
            return _ ->
                    new Reply.Refused(
                            Reply.Refusal.WORKSPACE_GONE, "This worker has no workspaces.");
        }

        @Override
        public void close() {}
    }
}
