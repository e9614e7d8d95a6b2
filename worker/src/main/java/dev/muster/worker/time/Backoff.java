package dev.muster.worker.time;

import java.time.Duration;

/** Pauses that double from one failure to the next, up to a limit, each with jitter. One thread. */
public final class Backoff {

    private final Time time;
    private final Duration first;
    private final Duration most;
    private Duration next;

    public Backoff(Time time, Duration first, Duration most) {
        this.time = time;
        this.first = first;
        this.most = most;
        this.next = first;
    }

    /** Blocks for the next pause. */
    public void pause() throws InterruptedException {
        var pause = next;
        var doubled = next.multipliedBy(2);
        next = doubled.compareTo(most) < 0 ? doubled : most;
        time.sleep(time.jittered(pause, 0.5));
    }

    /** Something worked: the next pause is a short one again. */
    public void reset() {
        next = first;
    }
}
