package dev.muster.worker.run;

import dev.muster.protocol.message.Addresses;
import dev.muster.protocol.message.GateAnswer;
import dev.muster.protocol.message.Hello;
import dev.muster.protocol.message.LeaseRef;
import dev.muster.protocol.message.Load;
import dev.muster.protocol.message.ToWorker;
import dev.muster.protocol.message.Welcome;
import dev.muster.protocol.wire.Wire;
import dev.muster.worker.disk.Disk;
import dev.muster.worker.identity.LastBoot;
import dev.muster.worker.link.Contact;
import dev.muster.worker.link.Link;
import dev.muster.worker.link.LinkFailure;
import dev.muster.worker.time.Time;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** Everything that happens on a machine that has contact: its parts, and their start and end. */
public final class RunLoop implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RunLoop.class);

    private static final Duration WELCOME = Duration.ofSeconds(2);
    private static final int GREETINGS = 5;

    private final Self self;
    private final Time time;
    private final LastBoot last;
    private final Optional<UUID> predecessor;
    private final Attempts attempts;
    private final SelfFence fence;
    private final Uplink uplink;
    private final PullLoop pulls;
    private final Heartbeats heartbeats;
    private final Optional<Promotions> promotions;

    /**
     * Waits for contact, then asks for work.
     *
     * @param runner runs what comes
     * @param disk told of with each heartbeat; without room on it nothing is asked for
     * @param last which daemon was this machine before
     * @param killGrace how long a process that was asked to end may take before it is killed
     * @param terminals serves a terminal for as long as it is wanted; may block
     * @throws IOException if that cannot be read
     */
    public RunLoop(
            Contact contact,
            Self self,
            Time time,
            Runner runner,
            Disk disk,
            LastBoot last,
            Duration killGrace,
            Consumer<ToWorker.OpenTerminal> terminals)
            throws IOException {
        this.self = self;
        this.time = time;
        this.last = last;
        this.predecessor = last.read();
        this.attempts = new Attempts(self.slots(), disk::hasRoom);
        this.fence = new SelfFence(time, attempts, killGrace);
        this.uplink = new Uplink(contact, self, time, attempts, fence);
        this.pulls =
                new PullLoop(
                        contact,
                        self,
                        time,
                        attempts,
                        fence,
                        assignment ->
                                new AttemptRun(assignment, runner, time, uplink::ready, attempts),
                        runner::mirrors);
        var meter = new LoadMeter(disk);
        this.heartbeats =
                new Heartbeats(
                        contact, self, time, attempts, fence, () -> measured(meter), terminals);
        this.promotions =
                runner.pushes()
                        .map(pushes -> new Promotions(contact, self, time, attempts, pushes));
        attempts.onFree(pulls::poke);
    }

    private Load measured(LoadMeter meter) {
        var load = meter.sample();
        // the disk may have room again
        pulls.poke();
        return load;
    }

    /** Goes on with what was pushed before, and starts to ask for work. */
    public void start() {
        promotions.ifPresent(Promotions::start);
        pulls.poke();
    }

    /**
     * Says on a new link who this is and what it still runs; ends what it must not run any more.
     */
    public void greet(Link link) throws LinkFailure, InterruptedException {
        var held = attempts.held();
        var hello =
                new Hello(
                        Wire.VERSION,
                        self.machine(),
                        self.boot(),
                        self.version(),
                        self.capabilities(),
                        self.slots(),
                        held,
                        attempts.finished(held),
                        predecessor.orElse(null));
        long asked = time.nanos();
        var welcome = greet(link, hello);
        remember();
        welcome.stop().forEach(attempts::revoke);
        fence.startWindow(
                welcome.startMillis() == null ? null : Duration.ofMillis(welcome.startMillis()));
        fence.kept(welcome.kept(), asked);
        heartbeats.every(Duration.ofMillis(welcome.heartbeatMillis()));
    }

    private void remember() {
        try {
            last.write(self.boot());
        } catch (IOException e) {
            log.warn("boot not noted, so the next daemon waits until this one is silent", e);
        }
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

    /** Ends an attempt whose lease is gone. */
    public void stop(LeaseRef lease) {
        attempts.revoke(lease);
    }

    /** Lets an attempt that waits at a gate go on. */
    public void answer(GateAnswer answer) {
        attempts.answer(answer);
    }

    /** How many attempts run now, or wait at a gate. */
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
        promotions.ifPresent(Promotions::close);
        heartbeats.close();
        fence.close();
        uplink.close();
    }
}
