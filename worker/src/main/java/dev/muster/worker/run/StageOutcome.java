package dev.muster.worker.run;

import dev.muster.protocol.message.Fact;
import dev.muster.protocol.message.Try;
import dev.muster.protocol.pipeline.Stage;
import dev.muster.worker.disk.Disk;
import dev.muster.worker.journal.JournalFailure;
import dev.muster.worker.terminal.StageEnd;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** What the end of a stage means for its attempt, and how it is told. */
final class StageOutcome {

    private StageOutcome() {}

    /** Why the attempt failed: a stable word, and a sentence for a person. */
    record Failure(String reason, String detail) {}

    /** Whether the stage itself is to blame, so that another try makes sense. */
    static boolean isTheStagesOwn(StageEnd end) {
        return switch (end) {
            case StageEnd.Exited _,
                    StageEnd.ShellDied _,
                    StageEnd.TimedOut _,
                    StageEnd.FellSilent _,
                    StageEnd.Told _ ->
                    true;
            case StageEnd.AgentMissing _,
                    StageEnd.SecretMissing _,
                    StageEnd.CommandRefused _,
                    StageEnd.AgentNotReady _,
                    StageEnd.AgentUnfit _,
                    StageEnd.Stopped _,
                    StageEnd.OutputLost _ ->
                    false;
        };
    }

    /** Whether no other stage can be run after it: the daemon stops, or nothing can be logged. */
    static boolean endsTheRest(StageEnd end) {
        return end instanceof StageEnd.Stopped || end instanceof StageEnd.OutputLost;
    }

    /** How it is told. */
    static Fact.StageEnded fact(
            long atMillis, int index, Stage stage, StageEnd end, @Nullable Try go) {
        var name = stage.name();
        return switch (end) {
            case StageEnd.Exited(int status) when status == 0 ->
                    new Fact.StageEnded(atMillis, index, name, true, status, null, go);
            case StageEnd.Exited(int status) ->
                    new Fact.StageEnded(atMillis, index, name, false, status, "exit_status", go);
            case StageEnd.ShellDied(int status, _) ->
                    new Fact.StageEnded(atMillis, index, name, false, status, "shell_died", go);
            case StageEnd.TimedOut _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "timeout", go);
            case StageEnd.Told(boolean ok, _) ->
                    new Fact.StageEnded(
                            atMillis, index, name, ok, null, ok ? null : "agent_failed", go);
            case StageEnd.AgentMissing _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "agent_missing", go);
            case StageEnd.SecretMissing _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "secret_missing", go);
            case StageEnd.CommandRefused _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "command_refused", go);
            case StageEnd.AgentNotReady _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "agent_not_ready", go);
            case StageEnd.AgentUnfit(var reason, _) ->
                    new Fact.StageEnded(atMillis, index, name, false, null, reason, go);
            case StageEnd.FellSilent _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "idle_timeout", go);
            case StageEnd.Stopped _ ->
                    new Fact.StageEnded(atMillis, index, name, false, null, "stopped", go);
            case StageEnd.OutputLost(var why) ->
                    new Fact.StageEnded(atMillis, index, name, false, null, reasonOf(why), go);
        };
    }

    /** Why the attempt fails with it. */
    static Failure failure(Stage stage, StageEnd end, @Nullable Try go) {
        var name = "Stage " + stage.name() + (go == null ? "" : " (" + go + ")");
        return switch (end) {
            case StageEnd.Exited(int status) ->
                    new Failure("stage_failed", name + " ended with exit status " + status + ".");
            case StageEnd.ShellDied(_, var how) ->
                    new Failure("stage_failed", name + " failed: " + how + ".");
            case StageEnd.TimedOut(var limit) ->
                    new Failure(
                            "stage_timeout",
                            name + " ran longer than its " + limit.toSeconds() + " s.");
            case StageEnd.Told(_, var message) when message.isEmpty() ->
                    new Failure("stage_failed", name + " failed, as its agent said.");
            case StageEnd.Told(_, var message) ->
                    new Failure("stage_failed", name + " failed, its agent said: " + message);
            case StageEnd.AgentMissing(var program) ->
                    new Failure(
                            "agent_missing",
                            name + " needs the program " + program + ", which is not here.");
            case StageEnd.SecretMissing(var secret) ->
                    new Failure(
                            "secret_missing",
                            name + " needs the secret " + secret + ", which its project lacks.");
            case StageEnd.CommandRefused(var why) ->
                    new Failure("command_refused", name + " was not run. " + why);
            case StageEnd.AgentNotReady(var limit) ->
                    new Failure(
                            "worker_error",
                            name
                                    + " failed: its agent took no prompt within "
                                    + limit.toSeconds()
                                    + " s.");
            case StageEnd.AgentUnfit(var reason, var line) ->
                    new Failure(reason, name + " failed, its agent said: " + line);
            case StageEnd.FellSilent(var limit) ->
                    new Failure(
                            "stage_idle_timeout",
                            name + " printed nothing for " + limit.toSeconds() + " s.");
            case StageEnd.Stopped _ -> new Failure("worker_stopped", name + " was stopped.");
            case StageEnd.OutputLost(var why) ->
                    new Failure(
                            reasonOf(why, "worker_error"),
                            name + " was ended, its log could not be kept: " + why.getMessage());
        };
    }

    /** A full disk is nobody's fault but the machine's, whatever could not be written. */
    static String reasonOf(Throwable why, String usual) {
        return Disk.isFull(why) ? "disk_full" : usual;
    }

    private static String reasonOf(IOException why) {
        return why instanceof JournalFailure failure ? failure.reason() : "output_lost";
    }
}
