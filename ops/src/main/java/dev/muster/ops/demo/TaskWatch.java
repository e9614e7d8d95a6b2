package dev.muster.ops.demo;

import dev.muster.ops.client.Event;
import dev.muster.ops.client.LogLine;
import dev.muster.ops.client.MusterClient;
import dev.muster.ops.client.Task;
import dev.muster.ops.terminal.Complaint;
import dev.muster.ops.terminal.Screen;
import dev.muster.protocol.terminal.TerminalText;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;

/** Shows a task while it runs: stages as they begin and end, what its terminal prints, the time. */
final class TaskWatch {

    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** Something to show, at its time. */
    private record Moment(Instant at, Runnable show) {}

    private final MusterClient client;
    private final Screen screen;
    private final int stages;
    private long nextLine;
    private int events;
    private long stageBegan;
    private String status = "";

    /**
     * For one task, once.
     *
     * @param stages how many the pipeline has
     */
    TaskWatch(MusterClient client, Screen screen, int stages) {
        this.client = client;
        this.screen = screen;
        this.stages = stages;
    }

    /** Returns the task as it ended. */
    Task untilEnd(long id) throws InterruptedException {
        var begun = System.nanoTime();
        while (true) {
            var task = client.task(id);
            showNews(id, task.hasEnded());
            if (task.hasEnded()) {
                return task;
            }
            showStatus(task);
            var elapsed = Duration.ofNanos(System.nanoTime() - begun);
            if (elapsed.compareTo(LONGEST) > 0) {
                throw new Complaint(
                        "the task is still %s after %d minutes; its log is above"
                                .formatted(task.status(), LONGEST.toMinutes()));
            }
            var doing =
                    task.stage() == null ? task.status() : task.stage() + " is " + task.status();
            screen.now("%3d s  %s".formatted(elapsed.toSeconds(), doing));
            Thread.sleep(LOOK);
        }
    }

    private void showStatus(Task task) {
        if (task.stage() == null && !task.status().equals(status)) {
            status = task.status();
            screen.line("It is " + status + ".");
        }
    }

    /** Log and events come on different ways, so they are put in order by their time. */
    private void showNews(long id, boolean hasEnded) {
        var news = new ArrayList<Moment>();
        for (var event : client.events(id, events)) {
            events++;
            news.add(new Moment(Instant.parse(event.at()), () -> show(event)));
        }
        // The last line may still grow while the task runs, so it is left for the next look.
        var lines = client.log(id, nextLine);
        for (var line : hasEnded || lines.isEmpty() ? lines : lines.subList(0, lines.size() - 1)) {
            nextLine = line.n() + 1;
            news.add(new Moment(Instant.parse(line.at()), () -> show(line)));
        }
        news.sort(Comparator.comparing(Moment::at));
        news.forEach(moment -> moment.show().run());
    }

    private void show(Event event) {
        if (!event.type().equals("stage_change")) {
            return;
        }
        var elapsed = event.number("elapsedMillis");
        if (event.word("status").equals("started")) {
            stageBegan = elapsed;
            screen.heading(
                    "Stage %d of %d: %s"
                            .formatted(
                                    event.number("stageIndex") + 1, stages, event.word("stage")));
            return;
        }
        screen.line(
                "  %s %s after %.1f s"
                        .formatted(
                                event.word("stage"),
                                event.word("status"),
                                (elapsed - stageBegan) / 1000.0));
    }

    private void show(LogLine line) {
        var text = TerminalText.plain(line.text());
        if (!text.isBlank()) {
            screen.quiet("  | " + text);
        }
    }
}
