package dev.muster.coordinator.report;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Pushed;
import dev.muster.protocol.message.Report;
import dev.muster.protocol.message.Try;
import dev.muster.protocol.message.Work;
import dev.muster.protocol.task.TaskState;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * What a report does to its task once it is accepted. Pure.
 *
 * @param starts whether the task leaves ASSIGNED here
 * @param stage index of the newest stage it tells of; null if it tells of none
 * @param go which try of that stage it is; null if that is tried once, or it tells of none
 * @param gate index of the stage at whose gate it waits here; null if at none
 * @param end how the task ends here, COMPLETED or FAILED; null if it goes on
 * @param events in order
 */
record Effect(
        boolean starts,
        @Nullable Integer stage,
        @Nullable Try go,
        @Nullable Integer gate,
        @Nullable TaskState end,
        @Nullable String reason,
        @Nullable String detail,
        @Nullable String branch,
        @Nullable JsonObject work,
        List<Event> events) {

    private static final int LONGEST_DETAIL = 2000;

    record Event(String type, JsonObject data) {}

    /** What {@code report} does when none of its facts is known yet. */
    static Effect of(Report report) {
        var reader = new Reader();
        for (int i = 0; i < report.facts().size(); i++) {
            reader.read(report.facts().get(i), report.first() + i == 1);
        }
        return reader.effect();
    }

    /** Goes through the facts in order. */
    private static final class Reader {
        private boolean starts;
        private @Nullable Integer stage;
        private @Nullable Try go;
        // nobody is asked at a gate that was left by the end of the report
        private Fact.@Nullable GateOpened gate;
        private @Nullable TaskState end;
        private @Nullable String reason;
        private @Nullable String detail;
        private @Nullable String branch;
        private @Nullable JsonObject work;
        private final List<Event> events = new ArrayList<>();

        private void read(Fact fact, boolean isFirst) {
            // whoever only asks has not left the gate
            gate = fact instanceof Fact.AgentAsked ? gate : null;
            switch (fact) {
                case Fact.GateOpened opened -> {
                    if (isFirst) {
                        start(opened.branch());
                    }
                    stage = opened.stage();
                    go = null;
                    gate = opened;
                }
                case Fact.StageStarted started -> {
                    if (isFirst) {
                        start(started.branch());
                    }
                    stage = started.stage();
                    go = started.go();
                    events.add(
                            stageEvent(
                                    started.stage(),
                                    started.name(),
                                    "started",
                                    started.atMillis(),
                                    go));
                }
                case Fact.StageEnded ended -> {
                    stage = ended.stage();
                    go = ended.go();
                    var event =
                            stageEvent(
                                    ended.stage(),
                                    ended.name(),
                                    ended.ok() ? "completed" : "failed",
                                    ended.atMillis(),
                                    go);
                    if (ended.exitStatus() != null) {
                        event.data().put("exitStatus", ended.exitStatus());
                    }
                    if (ended.reason() != null) {
                        event.data().put("reason", cut(ended.reason()));
                    }
                    events.add(event);
                }
                case Fact.AgentAsked asked ->
                        events.add(
                                new Event(
                                        "agent_asks",
                                        new JsonObject()
                                                .put("stageIndex", asked.stage())
                                                .put("stage", cut(asked.name()))
                                                .put("message", cut(asked.message()))
                                                .put("elapsedMillis", asked.atMillis())));
                case Fact.Succeeded succeeded -> {
                    end = TaskState.COMPLETED;
                    work = json(succeeded.work());
                    tellPush(succeeded.work());
                    events.add(moved(TaskState.RUNNING, TaskState.COMPLETED));
                }
                case Fact.Failed failed -> {
                    end = TaskState.FAILED;
                    reason = cut(failed.reason());
                    detail = cut(failed.detail());
                    work = json(failed.work());
                    var event =
                            moved(
                                    isFirst ? TaskState.ASSIGNED : TaskState.RUNNING,
                                    TaskState.FAILED);
                    event.data().put("reason", reason).put("detail", detail);
                    events.add(event);
                }
            }
        }

        private void start(@Nullable String onBranch) {
            starts = true;
            branch = onBranch == null ? null : cut(onBranch);
            events.add(moved(TaskState.ASSIGNED, TaskState.RUNNING));
        }

        private void tellPush(@Nullable Work left) {
            var pushed = left == null ? null : left.pushed();
            if (pushed != null) {
                var data = new JsonObject().put("branch", cut(left.branch()));
                data.put("commit", pushed.commit());
                events.add(
                        pushed.ref() == null
                                ? new Event("push_skipped", data.put("reason", "nothing_ahead"))
                                : new Event("pushed", data.put("ref", pushed.ref())));
            }
        }

        private Effect effect() {
            if (gate != null) {
                waitAt(gate);
            }
            return new Effect(
                    starts,
                    stage,
                    go,
                    gate == null ? null : gate.stage(),
                    end,
                    reason,
                    detail,
                    branch,
                    work,
                    List.copyOf(events));
        }

        private void waitAt(Fact.GateOpened opened) {
            reason = "GATE";
            detail = cut("Stage '" + opened.name() + "' waits for an answer.");
            var told = stageEvent(opened.stage(), opened.name(), "opened", opened.atMillis(), null);
            events.add(new Event("gate_change", told.data()));
            var suspended = moved(TaskState.RUNNING, TaskState.SUSPENDED);
            suspended.data().put("reason", reason);
            events.add(suspended);
        }
    }

    private static Event moved(TaskState from, TaskState to) {
        return new Event(
                "state_change", new JsonObject().put("from", from.name()).put("to", to.name()));
    }

    private static Event stageEvent(
            int stage, String name, String status, long atMillis, @Nullable Try go) {
        var data =
                new JsonObject()
                        .put("stageIndex", stage)
                        .put("stage", cut(name))
                        .put("status", status)
                        .put("elapsedMillis", atMillis);
        if (go != null) {
            data.put("try", go.number()).put("tries", go.of());
        }
        return new Event("stage_change", data);
    }

    private static @Nullable JsonObject json(@Nullable Work work) {
        if (work == null) {
            return null;
        }
        var json =
                new JsonObject()
                        .put("branch", cut(work.branch()))
                        .put("base", cut(work.base()))
                        .put("head", cut(work.head()))
                        .put("commits", work.commits())
                        .put("filesChanged", work.filesChanged())
                        .put("insertions", work.insertions())
                        .put("deletions", work.deletions())
                        .put("dirty", work.dirty());
        if (work.pushed() != null) {
            json.put("push", json(work.pushed()));
        }
        return json;
    }

    private static JsonObject json(Pushed pushed) {
        var json = new JsonObject().put("commit", pushed.commit());
        return pushed.ref() == null
                ? json.put("state", "nothing")
                : json.put("state", "pushed").put("ref", pushed.ref());
    }

    /** A worker's text, short and without what PostgreSQL cannot store. */
    private static String cut(String text) {
        var clean = text.replace("\0", "");
        if (clean.length() <= LONGEST_DETAIL) {
            return clean;
        }
        boolean cutsPair = Character.isHighSurrogate(clean.charAt(LONGEST_DETAIL - 1));
        return clean.substring(0, cutsPair ? LONGEST_DETAIL - 1 : LONGEST_DETAIL);
    }
}
