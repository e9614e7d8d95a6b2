package dev.muster.coordinator.model;

/**
 * What somebody does. A step says whom it is about by what is there when its turn comes: a machine
 * by its place, a task by how many were made after it, a right by how many were granted after it,
 * each modulo how many there are. So any part of a sequence is a sequence, and shrinking has an
 * easy life.
 */
sealed interface Step {

    /** What is told of an attempt. */
    enum Told {
        /** What an honest worker tells next. */
        USUAL,
        STARTED,
        ASKED,
        WENT_ON,
        SUCCEEDED,
        FAILED
    }

    /** How what is told, or printed, fits what was told before. */
    enum Fit {
        /** It is next. */
        NEXT,
        /** The last again. */
        AGAIN,
        /** One is missing in between. */
        AHEAD,
        /** It is next, and another machine says it. */
        STRANGER
    }

    /** A person asks for a task; {@code pin} beyond the machines is none. */
    record Create(Project project, int priority, int pin) implements Step {}

    record Cancel(int task) implements Step {}

    record Retry(int task, boolean goesOn) implements Step {}

    /**
     * A person answers a question.
     *
     * @param gate of those ever asked, the newest is 0
     * @param named whether with the question's own id
     */
    record Answer(int gate, boolean named, boolean first) implements Step {}

    record Drain(int machine) implements Step {}

    record Undrain(int machine) implements Step {}

    record Decommission(int machine) implements Step {}

    record Pull(int machine, int credit) implements Step {}

    /** Each machine gets a task of its own and begins one. */
    record EachBegins() implements Step {}

    /** A daemon is granted something and dies, and the next one is granted it, or another. */
    record GrantAnew(int machine) implements Step {}

    /** Two machines at two coordinators, each for one. */
    record PullTogether(int machine) implements Step {}

    /**
     * A machine tells something of an attempt.
     *
     * @param right of those that workers have; from {@link Steps#HELD} on, of those that they had
     */
    record Tell(int right, Told told, Fit fit) implements Step {}

    /** The same outcome through two coordinators at once. */
    record TellTwice(int right, boolean succeeded) implements Step {}

    /** The terminal of an attempt prints. */
    record Print(int right, int bytes, Fit fit) implements Step {}

    /** What an attempt runs ends, and its outcome waits to be told. */
    record Finish(int right) implements Step {}

    /**
     * A machine begins a task, is silent until that is given up, has finished when it is back, and
     * says so.
     *
     * @param anew whether a former daemon was granted it, too
     * @param retried whether a person retried it meanwhile
     */
    record FinishInSilence(
            int machine, Project project, boolean anew, boolean retried, Told first, Told second)
            implements Step {}

    /** A worker forgets what it had. */
    record Forget(int right) implements Step {}

    record Beat(int machine) implements Step {}

    /** A beat that names what its worker has no more, as over or not, and nothing else. */
    record BeatOfThePast(int machine, boolean finished) implements Step {}

    /** From now on it does not beat by itself. */
    record FallSilent(int machine) implements Step {}

    /** The network is cut: all machines fall silent. */
    record Cut() implements Step {}

    /** One that is silent beats, and goes on. */
    record Return(int machine) implements Step {}

    /** The same daemon on a new connection. */
    record Reconnect(int machine) implements Step {}

    /** A new daemon; {@code knows} that the former is dead. */
    record Restart(int machine, boolean knows) implements Step {}

    /** The hello of a former daemon comes late. */
    record HelloFromTheGrave(int machine) implements Step {}

    /** So often two minutes pass: machines that are not silent beat, and leases are swept. */
    record Pass(int times) implements Step {}

    /** No coordinator is there for 15 minutes. */
    record Outage() implements Step {}

    record SweepGates() implements Step {}
}
