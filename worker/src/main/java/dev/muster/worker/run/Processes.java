package dev.muster.worker.run;

import dev.muster.protocol.message.LeaseRef;
import dev.muster.worker.process.Cookie;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one attempt started. Its end is told, and its slot is free, when nothing of that is alive:
 * else the next attempt would meet it. What cannot even be killed, since it hangs in the system, is
 * waited for no longer than {@link #AFTER_KILL}, and named. Thread-safe.
 */
final class Processes {

    private static final Logger log = LoggerFactory.getLogger(Processes.class);

    static final Duration AFTER_KILL = Duration.ofSeconds(30);

    private final LeaseRef lease;
    private final Cookie.Family family;
    private final Stages stages;
    private final Set<Cookie> cookies = ConcurrentHashMap.newKeySet();

    Processes(LeaseRef lease, Cookie.Family family, Stages stages) {
        this.lease = lease;
        this.family = family;
        this.stages = stages;
    }

    /** What the processes of a further terminal of it carry. */
    Cookie next() {
        var cookie = family.next();
        cookies.add(cookie);
        return cookie;
    }

    /**
     * Waits until nothing is alive of its terminals, which are closed.
     *
     * @return what cannot be killed, in words; empty if nothing lives
     */
    List<String> awaitGone() throws InterruptedException {
        var left = stages.awaitGone(cookies, AFTER_KILL);
        if (!left.isEmpty()) {
            log.error(
                    "what cannot be killed lives on beside what comes {} processes={}",
                    lease,
                    left);
        }
        return left;
    }
}
