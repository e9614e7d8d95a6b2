package dev.muster.worker.run;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Welcome;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.Link;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.time.Time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;

/** Everything that happens on a machine that has contact: its parts, and their start and end. */
public final class RunLoop implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RunLoop.class);

    private static final Duration WELCOME = Duration.ofSeconds(2);
    private static final int GREETINGS = 5;

    private final Self self;
    private final Attempts attempts;
    private final Uplink uplink;
    private final PullLoop pulls;
    private final Heartbeats heartbeats;

    /**
     * Waits for contact, then asks for work.
     *
     * @param runner runs what comes
     * @param disk a directory on the disk whose load is told
     */
    public RunLoop(Contact contact, Self self, Time time, Runner runner, Path disk) {
        this.self = self;
        this.attempts = new Attempts(self.slots());
        this.uplink = new Uplink(contact, self, time, attempts);
        this.pulls =
                new PullLoop(
                        contact,
                        self,
                        time,
                        attempts,
                        assignment ->
                                new AttemptRun(assignment, runner, time, uplink::ready, attempts));
        this.heartbeats =
                new Heartbeats(contact, self, time, attempts, new LoadMeter(disk)::sample);
        attempts.onFree(pulls::poke);
    }

    /** Starts to ask for work. */
    public void start() {
        pulls.poke();
    }

    /**
     * Says on a new link who this is and what it still runs; ends what it must not run any more.
     */
    public void greet(Link link) throws LinkFailure, InterruptedException {
        var hello =
                new Hello(
                        Wire.VERSION,
                        self.machine(),
                        self.boot(),
                        self.version(),
                        self.capabilities(),
                        self.slots(),
                        attempts.held());
        var welcome = greet(link, hello);
        welcome.stop().forEach(attempts::revoke);
        heartbeats.every(Duration.ofMillis(welcome.heartbeatMillis()));
    }

    /** For the first moments after a join, requests may get lost. */
    private static Welcome greet(Link link, Hello hello) throws LinkFailure, InterruptedException {
        for (int go = 1; ; go++) {
            try {
                return link.ask(Addresses.HELLO, hello, Welcome.class, WELCOME);
            } catch (LinkFailure e) {
                if (e.kind() != LinkFailure.Kind.UNANSWERED || go == GREETINGS) {
                    throw e;
                }
            }
        }
    }

    /** Obeys. */
    public void order(ToWorker order) {
        switch (order) {
            case ToWorker.Stop(_, var lease) -> attempts.revoke(lease);
        }
    }

    /** How many attempts run now. */
    public int running() {
        return attempts.running();
    }

    /** No new attempts; those that run go on. */
    public void drain() {
        attempts.drain();
        pulls.close();
    }

    /** Ends every attempt and tells so; returns when all is told, or after {@code atMost}. */
    public void end(Duration atMost) throws InterruptedException {
        drain();
        attempts.stopAll(false);
        if (!attempts.awaitNone(atMost)) {
            log.warn("attempts were left untold attempts={}", attempts.held());
        }
    }

    /** Ends every attempt and tells nobody: the machine's rights are another daemon's now. */
    public void endSilently(Duration atMost) throws InterruptedException {
        drain();
        attempts.stopAll(true);
        if (!attempts.awaitNone(atMost)) {
            log.warn("attempts did not end in time count={}", attempts.running());
        }
    }

    @Override
    public void close() {
        drain();
        heartbeats.close();
        uplink.close();
    }
}
