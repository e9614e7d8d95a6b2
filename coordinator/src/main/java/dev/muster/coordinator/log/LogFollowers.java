package dev.muster.coordinator.log;

import dev.muster.coordinator.http.Caller;
import dev.muster.coordinator.http.Feed;
import dev.muster.coordinator.http.Frame;
import dev.muster.coordinator.log.LogStore.LogId;
import dev.muster.coordinator.log.LogStore.LogState;
import dev.muster.coordinator.time.Loops;
import dev.muster.coordinator.time.Watch;

import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Lets people follow the lines of an attempt's log until the attempt ends. A line is told once it
 * is whole, and never again; where the log begins anew, since the attempt was granted anew, that is
 * said first. Thread-safe.
 */
public final class LogFollowers implements AutoCloseable {

    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final int MOST_AT_ONCE = 200;

    private final Logs logs;
    private final Watch<LogId, LogState> watch;

    public LogFollowers(Logs logs, Loops loops) {
        this.logs = logs;
        this.watch = new Watch<>(loops, "followed logs", LOOK_EVERY, logs::states);
    }

    public void start() {
        watch.start();
    }

    /** Whether there is nothing behind {@code place}, and never will be. */
    boolean isAtEnd(LogPlace place) {
        var log = new LogId(place.task(), place.attempt());
        return state(log)
                .filter(state -> state.ended() && state.fence() == place.fence())
                .filter(_ -> read(place, true, 1).isEmpty())
                .isPresent();
    }

    /**
     * The lines from {@code place} on, as they come.
     *
     * @param visible whether a reader may see the task
     */
    Feed follow(LogPlace place, Predicate<Caller.Person> visible) {
        return new LogFeed(place, visible);
    }

    private Optional<LogState> state(LogId log) {
        return Optional.ofNullable(logs.states(Set.of(log)).get(log));
    }

    private List<LogLine> read(LogPlace place, boolean ended, int most) {
        return ended
                ? logs.lines(place.task(), place.attempt(), place.line(), most)
                : logs.wholeLines(place.task(), place.attempt(), place.line(), most);
    }

    @Override
    public void close() {
        watch.close();
    }

    private final class LogFeed implements Feed {
        private final LogId log;
        private final Predicate<Caller.Person> visible;
        private LogPlace place;
        private boolean over;

        private LogFeed(LogPlace place, Predicate<Caller.Person> visible) {
            this.log = new LogId(place.task(), place.attempt());
            this.place = place;
            this.visible = visible;
        }

        @Override
        public List<Frame> next(Duration atMost) throws InterruptedException {
            var state = state(log);
            if (state.isEmpty() || state.get().fence() == 0) {
                watch.await(log, state.orElse(null), atMost);
                return List.of();
            }
            var frames = new ArrayList<Frame>();
            begin(state.get().fence(), frames);
            boolean mayHaveMore = state.get().ended() || state.get().lines() > place.line();
            var lines =
                    mayHaveMore
                            ? read(place, state.get().ended(), MOST_AT_ONCE)
                            : List.<LogLine>of();
            if (lines.isEmpty() && frames.isEmpty() && !state.get().ended()) {
                watch.await(log, state.get(), atMost);
                return List.of();
            }
            if (!lines.isEmpty() && isAnew(state.get().fence())) {
                // read while it began anew, so they may be of either; the next call tells
                return frames;
            }
            for (var line : lines) {
                place = place.at(line.n() + 1);
                frames.add(new Frame("line", place.word(), json(line)));
            }
            if (lines.isEmpty() && state.get().ended()) {
                over = true;
                frames.add(
                        new Frame(
                                "end",
                                place.word(),
                                new JsonObject().put("attempt", log.attempt())));
            }
            return frames;
        }

        private void begin(long fence, List<Frame> frames) {
            if (place.fence() == fence) {
                return;
            }
            if (place.fence() != 0) {
                frames.add(new Frame("anew", null, new JsonObject().put("attempt", log.attempt())));
                place = place.at(0);
            }
            place = place.under(fence);
        }

        private boolean isAnew(long fence) {
            return state(log).filter(now -> now.fence() == fence).isEmpty();
        }

        @Override
        public boolean isOver() {
            return over;
        }

        @Override
        public boolean mayGoOn(Caller.Person reader) {
            return visible.test(reader);
        }

        @Override
        public void close() {
            // it holds nothing between two calls
        }
    }

    static JsonObject json(LogLine line) {
        return new JsonObject().put("n", line.n()).put("at", line.at()).put("text", line.text());
    }
}
