#!/bin/sh
# Compiles the state machine of a task from the sources at hand and tries every move of it.
set -eu

findings=$(git rev-parse --absolute-git-dir)/demo
classes=$findings/classes
rm -rf "$classes"
mkdir -p "$classes"

echo 'Compiling the task lifecycle ...'
find protocol/src/main/java/dev/muster/protocol/task -name '*.java' ! -name package-info.java >"$findings/sources"
cat >"$findings/Check.java" <<'JAVA'
import dev.muster.protocol.task.TaskLifecycle;
import dev.muster.protocol.task.TaskState;
import dev.muster.protocol.task.Trigger;
import java.util.EnumSet;

/** From QUEUED every state must be reachable, and every move must be one that the table allows. */
class Check {
    public static void main(String[] args) {
        var reached = EnumSet.of(TaskState.QUEUED);
        var moves = 0;
        var refused = 0;
        for (var before = 0; before != reached.size(); ) {
            before = reached.size();
            for (var state : EnumSet.copyOf(reached)) {
                for (var trigger : Trigger.values()) {
                    TaskLifecycle.next(state, trigger).ifPresent(reached::add);
                }
            }
        }
        for (var state : TaskState.values()) {
            for (var trigger : Trigger.values()) {
                if (TaskLifecycle.next(state, trigger).isPresent()) {
                    moves++;
                } else {
                    refused++;
                }
            }
        }
        if (reached.size() != TaskState.values().length || moves != TaskLifecycle.TABLE.size()) {
            System.err.println("only " + reached + " can be reached, " + moves + " moves");
            System.exit(1);
        }
        System.out.println(reached.size() + " states, all reachable; "
                + moves + " moves allowed, " + refused + " refused");
    }
}
JAVA
"$JAVA_HOME/bin/javac" -proc:none -d "$classes" "@$findings/sources" "$findings/Check.java"
echo 'Trying every move ...'
"$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$classes" Check | tee "$findings/check"
